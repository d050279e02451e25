/** Where fal's webhook for a generation comes back to: signed before the turn that sends it. */
import type { GenerationRecord } from '../../domain/generation/generation.ts'

/** Makes the address for a generation, below the gateway's own origin. */
export type WebhookUrl = (
  origin: string,
  accountId: string,
  generationId: string,
) => Promise<string>

export type Addressed = Pick<GenerationRecord, 'id' | 'accountId' | 'webhookOrigin'>

/** An address that is made, or could not be. */
interface Ready {
  readonly id: string
  readonly address: Promise<string | undefined>
  readonly url: string | undefined
}

export class Addresses {
  readonly #webhookUrl: WebhookUrl
  /** That of what is being admitted in this turn. */
  #ready: Ready | undefined

  constructor(webhookUrl: WebhookUrl) {
    this.#webhookUrl = webhookUrl
  }

  /**
   * Runs what may admit a generation, once its address is made: signing takes more than the one
   * turn in which it can be claimed and sent.
   */
  async whenReady<T>(asked: Addressed, admit: () => T): Promise<T> {
    const address = this.of(asked)
    const url = await address.catch(() => undefined)
    this.#ready = { id: asked.id, address, url }
    try {
      return admit()
    } finally {
      this.#ready = undefined
    }
  }

  /** Whether the address is made, or none is needed, so that it can be sent in this turn. */
  isReady(asked: Addressed): boolean {
    return asked.webhookOrigin === null || this.ready(asked) !== undefined
  }

  /** The address that is made; undefined where none is. */
  ready({ id }: Pick<Addressed, 'id'>): string | undefined {
    return this.#ready?.id === id ? this.#ready.url : undefined
  }

  /** Makes the address, if it is not made; undefined where no webhook can come. */
  async of({ id, accountId, webhookOrigin }: Addressed): Promise<string | undefined> {
    if (this.#ready?.id === id) return this.#ready.address
    return webhookOrigin === null ? undefined : this.#webhookUrl(webhookOrigin, accountId, id)
  }
}
