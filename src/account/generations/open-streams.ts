/** The open event streams of an account: limits their number, and ends them with their key. */
import type { AccountEventType } from '../../contract/events.ts'
import { MAX_ACCOUNT_STREAM_MS, MAX_STREAMS_OF_ACCOUNT } from '../../domain/account-event.ts'
import { isClientSecretKeyId } from '../../domain/client-secret.ts'
import {
  MAX_STREAMS_OF_CLIENT_SECRET,
  MAX_STREAMS_OF_GENERATION,
} from '../../domain/generation/event.ts'
import type { Core } from '../core.ts'
import type { Keys } from '../keys.ts'
import type { AccountLog } from '../events/log.ts'
import type { Feed } from './feed.ts'
import { encodeEvent, encodeForFal, feedOfAccount, feedOfGeneration } from './feeds.ts'
import type { Listeners } from './listeners.ts'
import { createEventStream, type EventStream } from './streams.ts'

/** Only a write shows that a client is gone, so one goes out at least this often. */
const HEARTBEAT_MS = 12_000

const formatOf = (query: URLSearchParams) => {
  const origin = query.get('origin')
  if (query.get('as') !== 'fal') return { name: `own ${origin}`, encode: encodeEvent(origin) }
  const hasLogs = query.get('logs') === '1'
  return { name: hasLogs ? 'fal with logs' : 'fal', encode: encodeForFal(hasLogs) }
}

type Groups = Map<string, Set<EventStream>>

/** Groups the streams of the whole account; no generation has this id. */
const ACCOUNT = ''

export type OpenStreams = ReturnType<typeof createOpenStreams>

export const createOpenStreams = (
  core: Core,
  listeners: Listeners,
  keys: Keys,
  log: AccountLog,
) => {
  /** The watched feeds, by generation and format. */
  const feeds = new Map<string, Feed>()
  const ofAccount = new Set<(lastSeq: number) => void>()
  const ofGeneration: Groups = new Map()
  const ofKey: Groups = new Map()
  /** One timer for all streams: one for each would cost time and memory. */
  let heartbeat: number | null = null

  /** Answers a request to the object's `fetch` for a stream of a generation or of the account. */
  const open = (request: Request): Response => {
    const { pathname, searchParams: query } = new URL(request.url)
    return pathname === '/account-events' ? openAccount(query) : openGeneration(query)
  }

  const openGeneration = (query: URLSearchParams): Response => {
    const id = query.get('id') ?? ''
    const { name: format, encode } = formatOf(query)
    const name = `${id} ${format}`
    const record = core.store.read(id)?.record
    const feed = feeds.get(name) ?? (record && feedOfGeneration(core, listeners, record, encode))
    if (feed === undefined) return new Response(null, { status: 404 })
    const afterSeq = Number(query.get('after') ?? 0)
    return start(query, id, name, feed, afterSeq)
  }

  const openAccount = (query: URLSearchParams): Response => {
    const types = query.get('types')
    const chosen = types === null ? null : (types.split(',') as AccountEventType[])
    const origin = query.get('origin')
    const name = `${ACCOUNT} ${types} ${origin}`
    const feed = feeds.get(name) ?? feedOfAccount(log, chosen, origin, ofAccount)
    const afterSeq = Number(query.get('after') ?? feed.lastSeq())
    const page = log.page({ after: afterSeq, limit: 1, types: null })
    if (page.type === 'expired') return new Response(null, { status: 410 })
    return start(query, ACCOUNT, name, feed, afterSeq)
  }

  const start = (query: URLSearchParams, id: string, name: string, feed: Feed, after: number) => {
    const keyId = query.get('key') ?? ''
    // A key with open streams has not ended, or they would be closed.
    const isKnown = ofKey.has(keyId)
    if (!isKnown && keys.hasEnded(keyId)) return new Response(null, { status: 401 })
    const full = fullFor(id, keyId)
    if (full !== undefined) return new Response(full, { status: 429 })
    if (feed.isOver() && feed.lastSeq() <= after) return new Response(null, { status: 204 })

    const longestMs = id === ACCOUNT ? Date.now() + MAX_ACCOUNT_STREAM_MS : Infinity
    const untilMs = Math.min(Number(query.get('until') ?? Infinity), longestMs)
    const stream = createEventStream(feed, after, untilMs)
    feeds.set(name, feed)
    heartbeat ??= setInterval(beat, HEARTBEAT_MS)
    const detach = [
      feed.join(stream.wake),
      join(ofGeneration, id, stream),
      join(ofKey, keyId, stream),
    ]
    const body = stream.open(() => {
      for (const each of detach) each()
      if (!feed.isWatched()) feeds.delete(name)
      if (feeds.size > 0) return
      clearInterval(heartbeat)
      heartbeat = null
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }

  const afterRevoked = (keyId: string): void => {
    for (const stream of ofKey.get(keyId) ?? []) stream.end()
  }

  /** Any commit may have added to the account's log. */
  const afterCommit = (): void => {
    if (ofAccount.size === 0) return
    const lastSeq = log.lastSeq()
    for (const advance of ofAccount) advance(lastSeq)
  }

  const beat = (): void => {
    for (const streams of ofGeneration.values()) {
      for (const stream of streams) stream.beat()
    }
  }

  /** What has too many open streams; undefined if nothing has. */
  const fullFor = (group: string, keyId: string): string | undefined => {
    const open = ofKey.get(keyId)?.size ?? 0
    if (isClientSecretKeyId(keyId) && open >= MAX_STREAMS_OF_CLIENT_SECRET) return 'client_secret'
    const watching = ofGeneration.get(group)?.size ?? 0
    if (group === ACCOUNT) return watching >= MAX_STREAMS_OF_ACCOUNT ? 'account' : undefined
    return watching >= MAX_STREAMS_OF_GENERATION ? 'generation' : undefined
  }

  return { open, afterRevoked, afterCommit }
}

const join = (groups: Groups, name: string, stream: EventStream): (() => void) => {
  const group = groups.get(name) ?? new Set()
  groups.set(name, group.add(stream))
  return () => {
    group.delete(stream)
    if (group.size === 0) groups.delete(name)
  }
}
