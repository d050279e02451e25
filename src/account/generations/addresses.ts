/** A generation's callback URL and video signature, made before the turn that sends it. */
import type { GenerationRecord } from '../../domain/generation/generation.ts'

export interface Signer {
  /** The URL for fal's webhook about a generation, below the gateway's own origin. */
  readonly webhookUrl: (origin: string, accountId: string, generationId: string) => Promise<string>
  /** The signature in the URL of its video. */
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

export type Addresses = ReturnType<typeof createAddresses>

export const createAddresses = (signer: Signer) => {
  /** The address of the generation that is being admitted in this turn. */
  let ready: Ready | undefined

  const of = async ({ id, accountId, webhookOrigin }: Addressed): Promise<Address> => {
    if (ready?.id === id) return ready.making
    const [videoSig, webhookUrl] = await Promise.all([
      signer.videoSig(accountId, id),
      webhookOrigin === null ? undefined : signer.webhookUrl(webhookOrigin, accountId, id),
    ])
    return { webhookUrl, videoSig }
  }

  /**
   * Runs `admit` once the address is made: signing takes longer than the one turn in which a
   * generation is claimed and sent.
   */
  const whenReady = async <T>(asked: Addressed, admit: () => T): Promise<T> => {
    const making = of(asked)
    const made = await making.catch(() => undefined)
    ready = { id: asked.id, making, made }
    try {
      return admit()
    } finally {
      ready = undefined
    }
  }

  return {
    of,
    whenReady,
    /** The address, if it is made and so can be sent in this turn. */
    ready: ({ id }: Pick<Addressed, 'id'>) => (ready?.id === id ? ready.made : undefined),
  }
}
