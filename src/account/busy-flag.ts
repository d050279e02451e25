/** What the Directory knows of this account: busy at once, idle only after a while in which nothing came. */
import type { Outbox } from './outbox.ts'
import type { Store } from './generations/store.ts'

/** Under this the account's id is kept while the Directory has it as busy. */
const BUSY = 'busy'
/** Under this, since when it has had nothing left to do; stale while it has. */
const QUIET_SINCE = 'quiet_since_ms'
/** Most accounts that have just finished something soon begin something else. */
const QUIET_MS = 600_000

export class BusyFlag {
  readonly #store: Store
  readonly #outbox: Outbox
  /** Whether anything has changed, in this process, since quiet was last noted. */
  #hasChanged = false

  constructor(store: Store, outbox: Outbox) {
    this.#store = store
    this.#outbox = outbox
  }

  /** Has the Directory told that there is work, where it does not know. Called inside a transaction. */
  oweBusy(accountId: string, nowMs: number): void {
    this.#hasChanged = true
    if (!this.#store.hasDue() || this.#store.meta(BUSY) !== undefined) return
    this.#store.setMeta(BUSY, accountId)
    this.#outbox.add({ kind: 'busy', key: `account:${accountId}`, value: 'yes' }, nowMs)
  }

  /** Notes since when nothing is left to do, where nothing is. */
  noteQuiet(nowMs: number): void {
    if (this.#accountId() === undefined) return
    if (!this.#hasChanged && this.#store.meta(QUIET_SINCE) !== undefined) return
    this.#hasChanged = false
    this.#store.setMeta(QUIET_SINCE, String(nowMs))
  }

  /** When the Directory is to hear that nothing is left to do; null where that is not so. */
  nextDueMs(): number | null {
    const sinceMs = this.#accountId() === undefined ? undefined : this.#store.meta(QUIET_SINCE)
    return sinceMs === undefined ? null : Number(sinceMs) + QUIET_MS
  }

  /** Has the Directory told, if it is time. Called inside a transaction. */
  oweIdle(nowMs: number): void {
    const accountId = this.#accountId()
    if (accountId === undefined || (this.nextDueMs() ?? Infinity) > nowMs) return
    this.#store.deleteMeta(BUSY)
    this.#outbox.add({ kind: 'busy', key: `account:${accountId}`, value: 'no' }, nowMs)
  }

  /**
   * The account's id where the Directory has it as busy and nothing is left to do. What the
   * outbox owes counts: until it is written, the second clock is needed.
   */
  #accountId(): string | undefined {
    return this.#store.hasDue() || !this.#outbox.isEmpty() ? undefined : this.#store.meta(BUSY)
  }
}
