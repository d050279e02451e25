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

/** The same as text, from the log of a feed. */
export interface Told {
  readonly lastSeq: number
  readonly text: string
}

export interface Watcher {
  wake(): void
}

export interface FeedLog {
  readonly lastSeq: number
  /** The first events after a sequence number; undefined if there are none. */
  read(afterSeq: number): Told | undefined
  /** Whether no further event is certain to come. */
  isOver(): boolean
  /** Calls `advance` at each new event, from the first watcher until the result is called. */
  listen(feed: Feed): () => void
}

export class Feed {
  readonly #log: FeedLog
  readonly #watchers = new Set<Watcher>()
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
    return this.#kept.get(seq) ?? this.#keep(seq, this.#log.read(seq))
  }

  /** Wakes a watcher at each new event; returns the function that stops it. */
  join(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    if (this.#watchers.size === 1) this.#unlisten = this.#log.listen(this)
    return () => {
      if (this.#watchers.delete(watcher) && this.#watchers.size === 0) this.#unlisten()
    }
  }

  /** Notes the log's new end, and keeps the events up to it if the caller has them. */
  advance(lastSeq: number, next?: Told): void {
    this.#keep(this.#lastSeq, next)
    this.#lastSeq = lastSeq
    for (const watcher of this.#watchers) {
      try {
        watcher.wake()
      } catch (error) {
        logError('watcher_failed', error)
      }
    }
  }

  #keep(afterSeq: number, told: Told | undefined): Batch | undefined {
    if (told === undefined) return undefined
    const batch = { lastSeq: told.lastSeq, bytes: encoder.encode(told.text) }
    this.#kept.set(afterSeq, batch)
    const oldest = this.#kept.keys().next()
    if (this.#kept.size > MAX_KEPT && !oldest.done) this.#kept.delete(oldest.value)
    return batch
  }
}
