/** Feeds: the numbered events of a generation or of the account, encoded once for all watchers. */
import { attempt } from '../../adapters/log.ts'
import type { AccountEventType } from '../../contract/events.ts'
import { isFinal } from '../../contract/status.ts'
import { renderAccountEvent, renderEvent, type StoredEvent } from '../../domain/generation/event.ts'
import { falStreamed } from '../../domain/generation/fal-view.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import type { AccountLog } from '../events/log.ts'
import type { Core } from '../core.ts'
import type { Listeners } from './listeners.ts'

/** Events in one read: a slow reader's backlog stays in the log, not in memory. */
const BATCH = 32
/** Enough for watchers that start, that resume and that are up to date. */
const MAX_KEPT = 4

/** Consecutive events, as one chunk for every stream that needs them. */
export interface Batch {
  readonly lastSeq: number
  readonly bytes: Uint8Array
}

const encoder = new TextEncoder()
const batchOf = (lastSeq: number, texts: readonly string[]): Batch => ({
  lastSeq,
  bytes: encoder.encode(texts.join('')),
})

type Advance = (lastSeq?: number, next?: Batch) => void

export type Feed = ReturnType<typeof createFeed>

/**
 * @param read returns the first events after a sequence number; undefined if there are none
 * @param isOver whether no further event is certain to come
 * @param listen calls `advance` at each new event, from the first watcher until the last has left
 */
const createFeed = (
  seqAtFirst: number,
  read: (afterSeq: number) => Batch | undefined,
  isOver: () => boolean,
  listen: (advance: Advance) => () => void,
) => {
  /** Functions that wake the watchers. */
  const watchers = new Set<() => void>()
  /** By the number of the event before each batch. */
  const kept = new Map<number, Batch>()
  let lastSeq = seqAtFirst
  let unlisten = (): void => undefined

  const keep = (afterSeq: number, batch: Batch): void => {
    kept.set(afterSeq, batch)
    const [oldest] = kept.keys()
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest)
  }

  /** Notes the log's new end, and keeps the events up to it if the caller has them. */
  const advance: Advance = (newest = lastSeq, next) => {
    if (next !== undefined) keep(lastSeq, next)
    lastSeq = newest
    for (const wake of watchers) attempt('watcher_failed', wake)
  }

  return {
    lastSeq: () => lastSeq,
    isWatched: () => watchers.size > 0,
    isOver,
    /** The first events after a sequence number; undefined if there are none. */
    after: (seq: number): Batch | undefined => {
      if (seq >= lastSeq) return undefined
      const batch = kept.get(seq) ?? read(seq)
      if (batch !== undefined) keep(seq, batch)
      return batch
    },
    /** Calls `wake` at each new event; returns the function that stops it. */
    join: (wake: () => void): (() => void) => {
      watchers.add(wake)
      if (watchers.size === 1) unlisten = listen(advance)
      return () => {
        if (watchers.delete(wake) && watchers.size === 0) unlisten()
      }
    },
  }
}

/** Encodes an event for a stream; empty leaves it out. */
type Encode = (event: StoredEvent, current: GenerationRecord) => string

const encoded = (id: number, type: string, data: object): string =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`

const encoderFor = (query: URLSearchParams): Encode => {
  const origin = query.get('origin')
  const hasLogs = query.get('logs') === '1'
  if (query.get('as') !== 'fal') {
    return (event, current) => encoded(event.seq, event.type, renderEvent(event, current, origin))
  }
  // As in fal's own status stream: without numbers, one status a line.
  return (event, current) => {
    if (event.type === 'generation.log' && !hasLogs) return ''
    const status = falStreamed(event, current)
    return status ? `data: ${JSON.stringify(status)}\n\n` : ''
  }
}

export const feedOfGeneration = (
  { store }: Core,
  listeners: Listeners,
  known: GenerationRecord,
  query: URLSearchParams,
): Feed => {
  const { id } = known
  const encode = encoderFor(query)
  let record = known
  const tell = (events: readonly StoredEvent[]): Batch | undefined => {
    const last = events.at(-1)
    const texts = events.map((event) => encode(event, record))
    return last && batchOf(last.seq, texts)
  }
  return createFeed(
    store.lastSeq(id),
    (afterSeq) => tell(store.events(id, afterSeq, BATCH)),
    () => isFinal(record.status),
    (advance) =>
      listeners.listen(id, ({ after, events }) => {
        record = after
        advance(events.at(-1)?.seq, tell(events.slice(0, BATCH)))
      }),
  )
}

/** @param watched functions to call with the log's end after a commit */
export const feedOfAccount = (
  log: AccountLog,
  query: URLSearchParams,
  watched: Set<(lastSeq: number) => void>,
): Feed => {
  const types = (query.get('types')?.split(',') ?? null) as AccountEventType[] | null
  const origin = query.get('origin')
  return createFeed(
    log.lastSeq(),
    (after) => {
      const page = log.page({ after, limit: BATCH, types })
      if (page.type === 'expired') return undefined
      const texts = page.events.map((event) =>
        encoded(event.seq, event.type, renderAccountEvent(event, origin)),
      )
      return batchOf(page.cursor, texts)
    },
    () => false,
    (advance) => {
      watched.add(advance)
      return () => watched.delete(advance)
    },
  )
}
