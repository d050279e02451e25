/** A generation's callback address and video signature, made before the turn that sends it. */
import type { GenerationRecord } from '../../domain/generation/generation.ts'

export interface Signer {
  /** Where fal's webhook for a generation comes back to, below the gateway's own origin. */
  readonly webhookUrl: (origin: string, accountId: string, generationId: string) => Promise<string>
  /** What opens the address of its video. */
  readonly videoSig: (accountId: string, generationId: string) => Promise<string>
}

export type Addressed = Pick<GenerationRecord, 'id' | 'accountId' | 'webhookOrigin'>

export interface Address {
  readonly webhookUrl: string | undefined
  readonly videoSig: string
}

interface Ready {
  readonly id: string
  readonly making: Promise<Address>
  readonly made: Address | undefined
}

export class Addresses {
  readonly #signer: Signer
  /** The address of the generation that is being admitted in this turn. */
  #ready: Ready | undefined

  constructor(signer: Signer) {
    this.#signer = signer
  }

  /**
   * Runs what may admit a generation, once its address is made: signing takes more than the one
   * turn in which it can be claimed and sent.
   */
  async whenReady<T>(asked: Addressed, admit: () => T): Promise<T> {
    const making = this.of(asked)
    const made = await making.catch(() => undefined)
    this.#ready = { id: asked.id, making, made }
    try {
      return admit()
    } finally {
      this.#ready = undefined
    }
  }

  /** The address that is made, so that it can be sent in this turn; undefined if none is. */
  ready({ id }: Pick<Addressed, 'id'>): Address | undefined {
    return this.#ready?.id === id ? this.#ready.made : undefined
  }

  async of({ id, accountId, webhookOrigin }: Addressed): Promise<Address> {
    if (this.#ready?.id === id) return this.#ready.making
    const [videoSig, webhookUrl] = await Promise.all([
      this.#signer.videoSig(accountId, id),
      webhookOrigin === null ? undefined : this.#signer.webhookUrl(webhookOrigin, accountId, id),
    ])
    return { webhookUrl, videoSig }
  }
}
