/** Numbered events, read and encoded once for all their watchers. */
import { logError } from '../../adapters/log.ts'

/** Events in one read: a slow reader's backlog stays in the log, not in memory. */
export const BATCH = 32
/** Enough for watchers that start, that resume and that are up to date. */
const MAX_KEPT = 4

const encoder = new TextEncoder()

/** Consecutive events, as one chunk for every stream that needs them. */
export interface Batch {
  readonly lastSeq: number
  readonly bytes: Uint8Array
}

export const batchOf = (lastSeq: number, text: string): Batch => ({
  lastSeq,
  bytes: encoder.encode(text),
})

type Advance = (lastSeq?: number, next?: Batch) => void

export interface FeedLog {
  readonly lastSeq: number
  /** The first events after a sequence number; undefined if there are none. */
  readonly read: (afterSeq: number) => Batch | undefined
  /** Whether no further event is certain to come. */
  readonly isOver: () => boolean
  /** Calls `advance` at each new event, from the first watcher until the result is called. */
  readonly listen: (advance: Advance) => () => void
}

export type Feed = ReturnType<typeof createFeed>

export const createFeed = ({ lastSeq: atFirst, read, isOver, listen }: FeedLog) => {
  /** Functions that wake the watchers. */
  const watchers = new Set<() => void>()
  /** By the number of the event before each batch. */
  const kept = new Map<number, Batch>()
  let lastSeq = atFirst
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
    for (const wake of watchers) {
      try {
        wake()
      } catch (error) {
        logError('watcher_failed', error)
      }
    }
  }

  return {
    lastSeq: () => lastSeq,
    isWatched: () => watchers.size > 0,
    isOver,
    /** The first events after a sequence number; undefined if there are none. */
    after: (seq: number): Batch | undefined => {
      if (seq >= lastSeq) return undefined
      const known = kept.get(seq)
      const batch = known ?? read(seq)
      if (known === undefined && batch !== undefined) keep(seq, batch)
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
