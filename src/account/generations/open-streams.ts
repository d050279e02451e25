/** The open event streams of an account: how many there may be, and which end with their key. */
import { isClientSecretKeyId } from '../../domain/client-secret.ts'
import {
  MAX_STREAMS_OF_CLIENT_SECRET,
  MAX_STREAMS_OF_GENERATION,
} from '../../domain/generation/event.ts'
import type { Core } from '../core.ts'
import type { KeyListener, Keys } from '../keys.ts'
import type { Listeners } from './listeners.ts'
import { encodeEvent, encodeForFal, openStream } from './streams.ts'

type Close = () => void

export interface OpenStreamsParts extends Pick<Core, 'store'> {
  readonly listeners: Listeners
  readonly keys: Keys
}

export class OpenStreams implements KeyListener {
  readonly #parts: OpenStreamsParts
  readonly #ofGeneration = new Map<string, Set<Close>>()
  readonly #ofKey = new Map<string, Set<Close>>()

  constructor(parts: OpenStreamsParts) {
    this.#parts = parts
  }

  /** Answers a request for a generation's stream, as the account's `fetch` takes it. */
  open(request: Request): Response {
    const { store, listeners, keys } = this.#parts
    const query = new URL(request.url).searchParams
    const id = query.get('id') ?? ''
    const keyId = query.get('key') ?? ''
    if (store.read(id) === undefined) return new Response(null, { status: 404 })
    if (keys.hasEnded(keyId)) return new Response(null, { status: 401 })
    const full = this.#fullFor(id, keyId)
    if (full !== undefined) return new Response(full, { status: 429 })
    const afterSeq = Number(query.get('after') ?? 0)
    const encode = query.get('as') === 'fal' ? encodeForFal(query.get('logs') === '1') : encodeEvent
    const until = query.get('until')
    const stream = openStream(store, listeners, id, afterSeq, encode, {
      untilMs: until === null ? Infinity : Number(until),
      register: (close) => this.#register(id, keyId, close),
    })
    if (stream === undefined) return new Response(null, { status: 204 })
    return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
  }

  afterRevoked(keyId: string): void {
    for (const close of this.#ofKey.get(keyId) ?? []) close()
  }

  /** What keeps one more stream from being opened; undefined if nothing does. */
  #fullFor(generationId: string, keyId: string): 'generation' | 'client_secret' | undefined {
    const open = this.#ofKey.get(keyId)?.size ?? 0
    if (isClientSecretKeyId(keyId) && open >= MAX_STREAMS_OF_CLIENT_SECRET) return 'client_secret'
    const watching = this.#ofGeneration.get(generationId)?.size ?? 0
    return watching >= MAX_STREAMS_OF_GENERATION ? 'generation' : undefined
  }

  /** Counts a stream in; the function that comes back counts it out. */
  #register(generationId: string, keyId: string, close: Close): () => void {
    const leave = [join(this.#ofGeneration, generationId, close), join(this.#ofKey, keyId, close)]
    return () => leave.forEach((each) => each())
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
