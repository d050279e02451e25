/** The account's events as its watchers get them: read and encoded once for all of them. */
import { logError } from '../../adapters/log.ts'
import type { AccountEventType } from '../../contract/events.ts'
import { renderAccountEvent } from '../../domain/account-event.ts'
import type { Batch, Source, Watcher } from '../generations/feed.ts'
import type { ChangeListener } from '../generations/journal.ts'
import type { AccountLog } from './log.ts'

/** Events read at a time: a slow reader's backlog stays in the log, not in memory. */
const BATCH = 32
/** Enough for those who resume, and those who only hear what is new. */
const MAX_KEPT = 4

const encoder = new TextEncoder()

/** The log's events of some types, or of all. */
class AccountFeed implements Source {
  readonly #log: AccountLog
  readonly #types: readonly AccountEventType[] | null
  readonly #origin: string | null
  readonly #watchers = new Set<Watcher>()
  readonly #kept = new Map<number, Batch>()
  readonly #tellWatched: (isWatched: boolean) => void
  readonly isOver = false
  lastSeq: number

  constructor(
    log: AccountLog,
    types: readonly AccountEventType[] | null,
    origin: string | null,
    tellWatched: (isWatched: boolean) => void,
  ) {
    this.#log = log
    this.#types = types
    this.#origin = origin
    this.#tellWatched = tellWatched
    this.lastSeq = log.lastSeq()
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0
  }

  after(seq: number): Batch | undefined {
    if (seq >= this.lastSeq) return undefined
    const known = this.#kept.get(seq)
    if (known !== undefined) return known
    const page = this.#log.page({ after: seq, limit: BATCH, types: this.#types })
    if (page.type === 'expired') return undefined
    const text = page.events.map((event) => {
      const rendered = renderAccountEvent(event, this.#origin)
      return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(rendered)}\n\n`
    })
    const batch = { lastSeq: page.cursor, bytes: encoder.encode(text.join('')) }
    this.#kept.set(seq, batch)
    const oldest = this.#kept.keys().next()
    if (this.#kept.size > MAX_KEPT && !oldest.done) this.#kept.delete(oldest.value)
    return batch
  }

  join(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    this.#tellWatched(true)
    return () => {
      if (this.#watchers.delete(watcher) && !this.isWatched) this.#tellWatched(false)
    }
  }

  wake(): void {
    this.lastSeq = this.#log.lastSeq()
    for (const watcher of this.#watchers) {
      try {
        watcher.wake()
      } catch (error) {
        logError('account_watcher_failed', error)
      }
    }
  }
}

/** The feeds that are watched, each woken by whatever is committed. */
export class AccountFeeds implements ChangeListener {
  readonly #log: AccountLog
  readonly #feeds = new Map<string, AccountFeed>()

  constructor(log: AccountLog) {
    this.#log = log
  }

  /** @param origin where the gateway was reached */
  of(types: readonly AccountEventType[] | null, origin: string | null): AccountFeed {
    const name = `${types?.join() ?? ''} ${origin}`
    const known = this.#feeds.get(name)
    if (known !== undefined) return known
    const feed: AccountFeed = new AccountFeed(this.#log, types, origin, (isWatched) =>
      isWatched ? this.#feeds.set(name, feed) : this.#feeds.delete(name),
    )
    return feed
  }

  afterCommit(): void {
    for (const feed of this.#feeds.values()) feed.wake()
  }
}
