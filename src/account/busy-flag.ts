/** Tells the Directory that this account is busy, at once, or idle, after ten quiet minutes. */
import type { Core } from './core.ts'
import type { Change, ChangeListener } from './generations/journal.ts'
import type { Timed } from './timed.ts'

/** The name in `meta` of the account's id, while the Directory has it as busy. */
export const BUSY = 'busy'
/** An account that has just finished something often begins something else soon. */
const QUIET_MS = 600_000

export class BusyFlag implements ChangeListener {
  readonly #core: Pick<Core, 'meta' | 'outbox' | 'store'>
  readonly #timed: readonly Timed[]
  /** Since when nothing is left to do; null while that is not known in this process. */
  #quietSinceMs: number | null = null

  /** @param timed what makes the account busy while any of it is due some time */
  constructor(core: Pick<Core, 'meta' | 'outbox' | 'store'>, timed: readonly Timed[]) {
    this.#core = core
    this.#timed = timed
  }

  /** Tells the Directory that there is work, if it does not know. */
  beforeCommit(accountId: string, nowMs: number, changes: readonly Change[]): void {
    const { meta, outbox } = this.#core
    this.#quietSinceMs = null
    if (meta.read(BUSY) !== undefined) return
    // What has just changed is not counted before it is committed.
    if (!changes.some(({ due }) => due !== null) && !this.#hasWork()) return
    meta.write(BUSY, accountId)
    outbox.add({ kind: 'busy', key: `account:${accountId}`, value: 'yes' }, nowMs)
  }

  /** Notes since when nothing is left to do. */
  noteQuiet(nowMs: number): void {
    if (this.#quietSinceMs === null && this.#quietAccountId() !== undefined) {
      this.#quietSinceMs = nowMs
    }
  }

  /** When the Directory is to hear that nothing is left to do; null if something is left to do. */
  nextDueMs(): number | null {
    if (this.#quietAccountId() === undefined) return null
    // Another process may have known since when. Kept, that would be a row for each generation.
    this.#quietSinceMs ??= this.#core.store.lastEndMs() ?? Date.now()
    return this.#quietSinceMs + QUIET_MS
  }

  /** Tells the Directory, if it is time. Called inside a transaction. */
  oweIdle(nowMs: number): void {
    const { meta, outbox } = this.#core
    const accountId = this.#quietAccountId()
    if (accountId === undefined || (this.nextDueMs() ?? Infinity) > nowMs) return
    meta.remove(BUSY)
    outbox.add({ kind: 'busy', key: `account:${accountId}`, value: 'no' }, nowMs)
  }

  /**
   * The account's id if the Directory has it as busy and nothing is left to do. What the
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
