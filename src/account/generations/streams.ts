/** The open event streams of an account: limits their number, and ends them with their key. */
import { isClientSecretKeyId } from '../../domain/generation/permit.ts'
import {
  MAX_ACCOUNT_STREAM_MS,
  MAX_STREAMS_OF_ACCOUNT,
  MAX_STREAMS_OF_CLIENT_SECRET,
  MAX_STREAMS_OF_GENERATION,
} from '../../domain/generation/event.ts'
import type { Core } from '../core.ts'
import type { AccountLog } from '../events/log.ts'
import type { Keys } from '../keys.ts'
import { type Feed, feedOfAccount, feedOfGeneration } from './feeds.ts'
import type { Listeners } from './listeners.ts'

/** Only a write shows that a client is gone, so one goes out at least this often. */
const HEARTBEAT_MS = 12_000
/** A stream ends if its reader takes nothing for this many heartbeats. The reader can resume. */
const MAX_STALLED_BEATS = 5
const ROOM = new ByteLengthQueuingStrategy({ highWaterMark: 64 * 1024 })

const encoder = new TextEncoder()
const HEARTBEAT = encoder.encode(': heartbeat\n\n')
/** How long a client waits before it reconnects, in milliseconds. */
const RETRY_HINT = encoder.encode('retry: 1000\n\n')

/** The parts of a request that tell its feed from the others. */
const FEED = ['id', 'as', 'logs', 'types', 'origin']
/** The streams of the whole account have this in place of a generation's id. */
const ACCOUNT = ''

interface Open {
  readonly id: string
  readonly keyId: string
  readonly stream: ReturnType<typeof createEventStream>
}

export type Streams = ReturnType<typeof createStreams>

export const createStreams = (core: Core, listeners: Listeners, keys: Keys, log: AccountLog) => {
  /** The watched feeds, by what tells one from the others. */
  const feeds = new Map<string, Feed>()
  const ofAccount = new Set<(lastSeq: number) => void>()
  const streams = new Set<Open>()
  /** One timer for all streams: one for each would cost time and memory. */
  let heartbeat: number | null = null

  /** Answers a request to the object's `fetch` for a stream of a generation or of the account. */
  const open = (request: Request): Response => {
    const { pathname, searchParams: query } = new URL(request.url)
    const name = FEED.map((part) => query.get(part)).join(' ')
    return pathname === '/account-events' ? openAccount(query, name) : openGeneration(query, name)
  }

  const openGeneration = (query: URLSearchParams, name: string): Response => {
    const record = core.store.read(query.get('id') ?? '')?.record
    const feed = feeds.get(name) ?? (record && feedOfGeneration(core, listeners, record, query))
    if (feed === undefined) return new Response(null, { status: 404 })
    return start(query, name, feed, Number(query.get('after') ?? 0))
  }

  const openAccount = (query: URLSearchParams, name: string): Response => {
    const feed = feeds.get(name) ?? feedOfAccount(log, query, ofAccount)
    const after = Number(query.get('after') ?? feed.lastSeq())
    const page = log.page({ after, limit: 1, types: null })
    if (page.type === 'expired') return new Response(null, { status: 410 })
    return start(query, name, feed, after)
  }

  const start = (query: URLSearchParams, name: string, feed: Feed, after: number): Response => {
    const id = query.get('id') ?? ACCOUNT
    const keyId = query.get('key') ?? ''
    // A key with open streams has not ended, or they would be closed.
    if (ofKey(keyId).length === 0 && keys.hasEnded(keyId)) {
      return new Response(null, { status: 401 })
    }
    const full = fullFor(id, keyId)
    if (full !== undefined) return new Response(full, { status: 429 })
    if (feed.isOver() && feed.lastSeq() <= after) return new Response(null, { status: 204 })

    const longestMs = id === ACCOUNT ? Date.now() + MAX_ACCOUNT_STREAM_MS : Infinity
    const untilMs = Math.min(Number(query.get('until') ?? Infinity), longestMs)
    const stream = createEventStream(feed, after, untilMs)
    const opened = { id, keyId, stream }
    streams.add(opened)
    feeds.set(name, feed)
    heartbeat ??= setInterval(beat, HEARTBEAT_MS)
    const leave = feed.join(stream.wake)
    const body = stream.open(() => {
      streams.delete(opened)
      leave()
      if (!feed.isWatched()) feeds.delete(name)
      if (streams.size > 0) return
      clearInterval(heartbeat)
      heartbeat = null
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }

  const ofKey = (keyId: string): Open[] => [...streams].filter((open) => open.keyId === keyId)

  const afterRevoked = (keyId: string): void => {
    for (const { stream } of ofKey(keyId)) stream.end()
  }

  /** Any commit may have added to the account's log. */
  const afterCommit = (): void => {
    if (ofAccount.size === 0) return
    const lastSeq = log.lastSeq()
    for (const advance of ofAccount) advance(lastSeq)
  }

  const beat = (): void => {
    for (const { stream } of streams) stream.beat()
  }

  /** What has too many open streams; undefined if nothing has. */
  const fullFor = (id: string, keyId: string): string | undefined => {
    const isSecret = isClientSecretKeyId(keyId)
    if (isSecret && ofKey(keyId).length >= MAX_STREAMS_OF_CLIENT_SECRET) return 'client_secret'
    const watching = [...streams].filter((open) => open.id === id).length
    if (id === ACCOUNT) return watching >= MAX_STREAMS_OF_ACCOUNT ? 'account' : undefined
    return watching >= MAX_STREAMS_OF_GENERATION ? 'generation' : undefined
  }

  return { open, afterRevoked, afterCommit }
}

/**
 * A feed's events after a sequence number, then as they happen, as server-sent events. The stream
 * ends after the last.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export const createEventStream = (
  feed: Pick<Feed, 'after' | 'lastSeq' | 'isOver'>,
  afterSeq: number,
  untilMs: number,
) => {
  // If `afterSeq` is past the last event, the events up to it are still sent.
  let sentSeq = Math.min(afterSeq, feed.lastSeq())
  let stalledBeats = 0
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let tellEnded = (): void => undefined

  const hasRoom = (): boolean => (controller?.desiredSize ?? 0) > 0
  const hasExpired = (): boolean => Date.now() >= untilMs

  const leave = (): void => {
    if (controller === undefined) return
    controller = undefined
    tellEnded()
  }

  const end = (): void => {
    const ending = controller
    leave()
    ending?.close()
  }

  const send = (): void => {
    while (hasRoom()) {
      const batch = feed.after(sentSeq)
      if (batch === undefined) return feed.isOver() ? end() : undefined
      // Set first, since `enqueue` may call `pull` before it returns.
      sentSeq = batch.lastSeq
      if (batch.bytes.length > 0) controller?.enqueue(batch.bytes)
    }
  }

  return {
    /** `whenEnded` is called once, when the stream has ended or its reader has left. */
    open: (whenEnded: () => void): ReadableStream<Uint8Array> => {
      tellEnded = whenEnded
      const start = (started: ReadableStreamDefaultController<Uint8Array>) => {
        controller = started
        controller.enqueue(RETRY_HINT)
        send()
      }
      return new ReadableStream<Uint8Array>({ start, pull: send, cancel: leave }, ROOM)
    },
    wake: () => (hasExpired() ? end() : send()),
    /** Only a write shows whether the client is still there. */
    beat: (): void => {
      if (hasExpired()) end()
      else if (hasRoom()) {
        stalledBeats = 0
        controller?.enqueue(HEARTBEAT)
      } else if (++stalledBeats >= MAX_STALLED_BEATS) end()
    },
    end,
  }
}
