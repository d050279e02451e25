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

export interface FeedLog {
  readonly lastSeq: number
  /** The first events after a sequence number; undefined if there are none. */
  read(afterSeq: number): Batch | undefined
  /** Whether no further event is certain to come. */
  isOver(): boolean
  /** Calls `advance` at each new event, from the first watcher until the result is called. */
  listen(feed: Feed): () => void
}

export class Feed {
  readonly #log: FeedLog
  /** Functions that wake the watchers. */
  readonly #watchers = new Set<() => void>()
  /** By the number of the event before each batch. */
  readonly #kept = new Map<number, Batch>()
  #lastSeq: number
  #unlisten = (): void => undefined

  constructor(log: FeedLog) {
    this.#log = log
    this.#lastSeq = log.lastSeq
  }

  get lastSeq(): number {
    return this.#lastSeq
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0
  }

  get isOver(): boolean {
    return this.#log.isOver()
  }

  after(seq: number): Batch | undefined {
    if (seq >= this.#lastSeq) return undefined
    const kept = this.#kept.get(seq)
    const batch = kept ?? this.#log.read(seq)
    if (kept === undefined && batch !== undefined) this.#keep(seq, batch)
    return batch
  }

  /** Calls `wake` at each new event; returns the function that stops it. */
  join(wake: () => void): () => void {
    this.#watchers.add(wake)
    if (this.#watchers.size === 1) this.#unlisten = this.#log.listen(this)
    return () => {
      if (this.#watchers.delete(wake) && this.#watchers.size === 0) this.#unlisten()
    }
  }

  /** Notes the log's new end, and keeps the events up to it if the caller has them. */
  advance(lastSeq: number, next?: Batch): void {
    if (next !== undefined) this.#keep(this.#lastSeq, next)
    this.#lastSeq = lastSeq
    for (const wake of this.#watchers) {
      try {
        wake()
      } catch (error) {
        logError('watcher_failed', error)
      }
    }
  }

  #keep(afterSeq: number, batch: Batch): void {
    this.#kept.set(afterSeq, batch)
    const oldest = this.#kept.keys().next()
    if (this.#kept.size > MAX_KEPT && !oldest.done) this.#kept.delete(oldest.value)
  }
}
