/** What the Directory knows of this account: busy at once, idle only after a while in which nothing came. */
import type { Core } from './core.ts'
import type { Change, ChangeListener } from './generations/journal.ts'
import type { Timed } from './timed.ts'

/** Under this the account's id is kept while the Directory has it as busy. */
const BUSY = 'busy'
/** Under this, since when it has had nothing left to do; stale while it has. */
const QUIET_SINCE = 'quiet_since_ms'
/** Most accounts that have just finished something soon begin something else. */
const QUIET_MS = 600_000

export class BusyFlag implements ChangeListener {
  readonly #core: Pick<Core, 'meta' | 'outbox'>
  readonly #timed: readonly Timed[]
  /** Whether anything has changed, in this process, since quiet was last noted. */
  #hasChanged = false

  /** @param timed what makes the account busy while any of it is due some time */
  constructor(core: Pick<Core, 'meta' | 'outbox'>, timed: readonly Timed[]) {
    this.#core = core
    this.#timed = timed
  }

  /** Has the Directory told that there is work, where it does not know. */
  beforeCommit(accountId: string, nowMs: number, changes: readonly Change[]): void {
    const { meta, outbox } = this.#core
    this.#hasChanged = true
    if (meta.read(BUSY) !== undefined) return
    // What has just changed is not counted before it is committed.
    if (!changes.some(({ due }) => due !== null) && !this.#hasWork()) return
    meta.write(BUSY, accountId)
    outbox.add({ kind: 'busy', key: `account:${accountId}`, value: 'yes' }, nowMs)
  }

  /** Notes since when nothing is left to do, where nothing is. */
  noteQuiet(nowMs: number): void {
    const { meta } = this.#core
    if (this.#quietAccountId() === undefined) return
    if (!this.#hasChanged && meta.read(QUIET_SINCE) !== undefined) return
    this.#hasChanged = false
    meta.write(QUIET_SINCE, String(nowMs))
  }

  /** When the Directory is to hear that nothing is left to do; null where that is not so. */
  nextDueMs(): number | null {
    const { meta } = this.#core
    const sinceMs = this.#quietAccountId() === undefined ? undefined : meta.read(QUIET_SINCE)
    return sinceMs === undefined ? null : Number(sinceMs) + QUIET_MS
  }

  /** Has the Directory told, if it is time. Called inside a transaction. */
  oweIdle(nowMs: number): void {
    const { meta, outbox } = this.#core
    const accountId = this.#quietAccountId()
    if (accountId === undefined || (this.nextDueMs() ?? Infinity) > nowMs) return
    meta.remove(BUSY)
    outbox.add({ kind: 'busy', key: `account:${accountId}`, value: 'no' }, nowMs)
  }

  /**
   * The account's id where the Directory has it as busy and nothing is left to do. What the
   * outbox owes counts: until it is written, the second clock is needed.
   */
  #quietAccountId(): string | undefined {
    const accountId = this.#core.meta.read(BUSY)
    if (accountId === undefined || !this.#core.outbox.isEmpty()) return undefined
    return this.#hasWork() ? undefined : accountId
  }

  #hasWork(): boolean {
    return this.#timed.some((each) => each.nextDueMs() !== null)
  }
}
