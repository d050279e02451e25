/** The open event streams of an account: how many there may be, and which end with their key. */
import { isClientSecretKeyId } from '../../domain/client-secret.ts'
import {
  MAX_STREAMS_OF_CLIENT_SECRET,
  MAX_STREAMS_OF_GENERATION,
} from '../../domain/generation/event.ts'

type Close = () => void

export class StreamDesk {
  readonly #ofGeneration = new Map<string, Set<Close>>()
  readonly #ofKey = new Map<string, Set<Close>>()

  /** What keeps one more stream from being opened; undefined where nothing does. */
  fullFor(generationId: string, keyId: string): 'generation' | 'client_secret' | undefined {
    const open = this.#ofKey.get(keyId)?.size ?? 0
    if (isClientSecretKeyId(keyId) && open >= MAX_STREAMS_OF_CLIENT_SECRET) return 'client_secret'
    const watching = this.#ofGeneration.get(generationId)?.size ?? 0
    return watching >= MAX_STREAMS_OF_GENERATION ? 'generation' : undefined
  }

  /** Counts a stream in; the function that comes back counts it out. */
  note(generationId: string, keyId: string, close: Close): () => void {
    const leave = [join(this.#ofGeneration, generationId, close), join(this.#ofKey, keyId, close)]
    return () => leave.forEach((each) => each())
  }

  closeOfKey(keyId: string): void {
    for (const close of this.#ofKey.get(keyId) ?? []) close()
  }
}

const join = (groups: Map<string, Set<Close>>, name: string, close: Close): (() => void) => {
  const group = groups.get(name) ?? new Set()
  groups.set(name, group.add(close))
  return () => {
    group.delete(close)
    if (group.size === 0) groups.delete(name)
  }
}
