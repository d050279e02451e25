/** Tells the Directory that this account is busy (at once) or idle (after ten quiet minutes). */
import type { Core } from './core.ts'
import type { Change, ChangeListener } from './generations/journal.ts'
import type { Timed } from './timed.ts'

/** The key in `meta` of the account's id, which is there while the Directory lists it as busy. */
export const BUSY = 'busy'
/** An account that has just finished its work often gets more soon. */
const QUIET_MS = 600_000

export class BusyFlag implements ChangeListener {
  readonly #core: Pick<Core, 'meta' | 'outbox' | 'store'>
  readonly #timed: readonly Timed[]
  /** When the work ran out; null while this process does not know. */
  #quietSinceMs: number | null = null

  /** @param timed the account is busy while any of these has a due time */
  constructor(core: Pick<Core, 'meta' | 'outbox' | 'store'>, timed: readonly Timed[]) {
    this.#core = core
    this.#timed = timed
  }

  beforeCommit(accountId: string, nowMs: number, changes: readonly Change[]): void {
    const { meta, outbox } = this.#core
    this.#quietSinceMs = null
    if (meta.read(BUSY) !== undefined) return
    // `#hasWork` does not count a change before it is committed.
    if (!changes.some(({ due }) => due !== null) && !this.#hasWork()) return
    meta.write(BUSY, accountId)
    outbox.add({ kind: 'busy', key: `account:${accountId}`, value: 'yes' }, nowMs)
  }

  noteQuiet(nowMs: number): void {
    if (this.#quietSinceMs === null && this.#quietAccountId() !== undefined) {
      this.#quietSinceMs = nowMs
    }
  }

  /** When to tell the Directory that the account is idle; null if it is not, or was told. */
  nextDueMs(): number | null {
    if (this.#quietAccountId() === undefined) return null
    // An earlier process may have known it; storing it would write a row for each generation.
    this.#quietSinceMs ??= this.#core.store.lastEndMs() ?? Date.now()
    return this.#quietSinceMs + QUIET_MS
  }

  /** Tells the Directory if it is time. Called inside a transaction. */
  oweIdle(nowMs: number): void {
    const { meta, outbox } = this.#core
    const accountId = this.#quietAccountId()
    if (accountId === undefined || (this.nextDueMs() ?? Infinity) > nowMs) return
    meta.remove(BUSY)
    outbox.add({ kind: 'busy', key: `account:${accountId}`, value: 'no' }, nowMs)
  }

  /**
   * The account's id if the Directory lists it as busy and no work is left. Pending outbox writes
   * count as work: they still need the cron trigger.
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
