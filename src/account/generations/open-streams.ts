/** The open event streams of an account: how many there may be, and which end with their key. */
import { isClientSecretKeyId } from '../../domain/client-secret.ts'
import {
  MAX_STREAMS_OF_CLIENT_SECRET,
  MAX_STREAMS_OF_GENERATION,
} from '../../domain/generation/event.ts'
import type { Core } from '../core.ts'
import type { KeyListener, Keys } from '../keys.ts'
import { Feed } from './feed.ts'
import type { Listeners } from './listeners.ts'
import { encodeEvent, encodeForFal, EventStream } from './streams.ts'

/** A write is the only way to notice that a client has gone, so one goes out at least this often. */
const HEARTBEAT_MS = 12_000

/** How the events of a stream are written. */
const FORMATS = {
  own: encodeEvent,
  fal: encodeForFal(false),
  fal_with_logs: encodeForFal(true),
} as const

const formatOf = (query: URLSearchParams): keyof typeof FORMATS => {
  if (query.get('as') !== 'fal') return 'own'
  return query.get('logs') === '1' ? 'fal_with_logs' : 'fal'
}

type Groups = Map<string, Set<EventStream>>

export interface OpenStreamsParts extends Pick<Core, 'store'> {
  readonly listeners: Listeners
  readonly keys: Keys
}

export class OpenStreams implements KeyListener {
  readonly #parts: OpenStreamsParts
  /** Those that are watched, by generation and format. */
  readonly #feeds = new Map<string, Feed>()
  readonly #ofGeneration: Groups = new Map()
  readonly #ofKey: Groups = new Map()
  /** One timer for all streams: each of its own costs time and memory. */
  #heartbeat: number | null = null

  constructor(parts: OpenStreamsParts) {
    this.#parts = parts
  }

  /** Answers a request for a generation's stream, as the account's `fetch` takes it. */
  open(request: Request): Response {
    const query = new URL(request.url).searchParams
    const id = query.get('id') ?? ''
    const keyId = query.get('key') ?? ''
    const format = formatOf(query)
    const name = `${id} ${format}`
    const feed = this.#feeds.get(name) ?? this.#newFeed(id, format)
    if (feed === undefined) return new Response(null, { status: 404 })
    // A key whose streams are open has not ended, or they would be closed.
    const isKnown = this.#ofKey.has(keyId)
    if (!isKnown && this.#parts.keys.hasEnded(keyId)) return new Response(null, { status: 401 })
    const full = this.#fullFor(id, keyId)
    if (full !== undefined) return new Response(full, { status: 429 })
    const afterSeq = Number(query.get('after') ?? 0)
    if (feed.isOver && feed.lastSeq <= afterSeq) return new Response(null, { status: 204 })

    const untilMs = Number(query.get('until') ?? Infinity)
    const stream = new EventStream({ feed, afterSeq, untilMs })
    this.#feeds.set(name, feed)
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS)
    const leave = [
      feed.join(stream),
      join(this.#ofGeneration, id, stream),
      join(this.#ofKey, keyId, stream),
    ]
    const body = stream.open(() => {
      for (const each of leave) each()
      if (!feed.isWatched) this.#feeds.delete(name)
      if (this.#feeds.size > 0) return
      clearInterval(this.#heartbeat)
      this.#heartbeat = null
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }

  afterRevoked(keyId: string): void {
    for (const stream of this.#ofKey.get(keyId) ?? []) stream.end()
  }

  #newFeed(id: string, format: keyof typeof FORMATS): Feed | undefined {
    const { store, listeners } = this.#parts
    const record = store.read(id)?.record
    return record && new Feed({ store, listeners, encode: FORMATS[format] }, record)
  }

  #beat(): void {
    for (const streams of this.#ofGeneration.values()) {
      for (const stream of streams) stream.beat()
    }
  }

  /** What keeps one more stream from being opened; undefined if nothing does. */
  #fullFor(generationId: string, keyId: string): 'generation' | 'client_secret' | undefined {
    const open = this.#ofKey.get(keyId)?.size ?? 0
    if (isClientSecretKeyId(keyId) && open >= MAX_STREAMS_OF_CLIENT_SECRET) return 'client_secret'
    const watching = this.#ofGeneration.get(generationId)?.size ?? 0
    return watching >= MAX_STREAMS_OF_GENERATION ? 'generation' : undefined
  }
}

const join = (groups: Groups, name: string, stream: EventStream): (() => void) => {
  const group = groups.get(name) ?? new Set()
  groups.set(name, group.add(stream))
  return () => {
    group.delete(stream)
    if (group.size === 0) groups.delete(name)
  }
}
