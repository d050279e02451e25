/** One generation's events as its watchers get them: read and encoded once for all of them. */
import { logError } from '../../adapters/log.ts'
import { isFinal } from '../../contract/status.ts'
import type { StoredEvent } from '../../domain/generation/event.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import type { Change } from './journal.ts'
import type { Listeners } from './listeners.ts'
import type { Store } from './store.ts'

/** Events read from the log at a time: a slow reader's backlog stays in the log, not in memory. */
const BATCH = 32
/** Enough for those who start, those who resume, and those who only hear what is new. */
const MAX_KEPT = 4

const encoder = new TextEncoder()

/** Writes an event for the reader of a stream; undefined where that reader has no use for it. */
export type Encode = (event: StoredEvent, current: GenerationRecord) => string | undefined

/** Events that follow each other, as one chunk of every stream that is to have them. */
export interface Batch {
  readonly lastSeq: number
  readonly bytes: Uint8Array
}

/** Who is told that there is more to read. */
export interface Watcher {
  wake(): void
}

/** Numbered events that a stream reads on from any of them. */
export interface Source {
  readonly lastSeq: number
  /** Whether no event is certain to come. */
  readonly isOver: boolean
  readonly isWatched: boolean
  /** The events after one of them, or the first few of those; undefined if there are none. */
  after(seq: number): Batch | undefined
  /** Wakes a watcher whenever there is more; the function that comes back stops it. */
  join(watcher: Watcher): () => void
}

export interface FeedParts {
  readonly store: Store
  readonly listeners: Listeners
  readonly encode: Encode
}

export class Feed implements Source {
  readonly #parts: FeedParts
  readonly #watchers = new Set<Watcher>()
  /** By the event that each of them follows. */
  readonly #kept = new Map<number, Batch>()
  #record: GenerationRecord
  #lastSeq: number
  #unlisten = (): void => undefined

  constructor(parts: FeedParts, record: GenerationRecord) {
    this.#parts = parts
    this.#record = record
    this.#lastSeq = parts.store.lastSeq(record.id)
  }

  get lastSeq(): number {
    return this.#lastSeq
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0
  }

  get isOver(): boolean {
    return isFinal(this.#record.status)
  }

  after(seq: number): Batch | undefined {
    if (seq >= this.#lastSeq) return undefined
    const { store } = this.#parts
    return this.#kept.get(seq) ?? this.#keep(seq, store.events(this.#record.id, seq, BATCH))
  }

  join(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    if (this.#watchers.size === 1) {
      this.#unlisten = this.#parts.listeners.listen(this.#record.id, (change) => this.#take(change))
    }
    return () => {
      if (this.#watchers.delete(watcher) && this.#watchers.size === 0) this.#unlisten()
    }
  }

  #take({ after, events }: Change): void {
    this.#record = after
    const last = events.at(-1)
    if (last !== undefined) {
      this.#keep(this.#lastSeq, events.slice(0, BATCH))
      this.#lastSeq = last.seq
    }
    for (const watcher of this.#watchers) {
      try {
        watcher.wake()
      } catch (error) {
        logError('watcher_failed', error, { generation_id: after.id })
      }
    }
  }

  #keep(afterSeq: number, events: readonly StoredEvent[]): Batch | undefined {
    const last = events.at(-1)
    if (last === undefined) return undefined
    const text = events.map((event) => this.#parts.encode(event, this.#record) ?? '').join('')
    const batch = { lastSeq: last.seq, bytes: encoder.encode(text) }
    this.#kept.set(afterSeq, batch)
    const oldest = this.#kept.keys().next()
    if (this.#kept.size > MAX_KEPT && !oldest.done) this.#kept.delete(oldest.value)
    return batch
  }
}
