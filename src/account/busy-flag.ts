/** Tells the Directory that this account is busy (at once) or idle (after ten quiet minutes). */
import type { Core } from './core.ts'
import type { Change } from './generations/journal.ts'
import type { Timed } from './timed.ts'

/** The key in `meta` of the account's id, which is there while the Directory lists it as busy. */
export const BUSY = 'busy'
/** An account that has just finished its work often gets more soon. */
const QUIET_MS = 600_000

export type BusyFlag = ReturnType<typeof createBusyFlag>

/** @param timed the account is busy while any of these has a due time */
export const createBusyFlag = ({ meta, outbox, store }: Core, timed: readonly Timed[]) => {
  /** When the work ran out; null while this process does not know. */
  let quietSinceMs: number | null = null

  const beforeCommit = (accountId: string, nowMs: number, changes: readonly Change[]): void => {
    quietSinceMs = null
    if (meta.read(BUSY) !== undefined) return
    // `hasWork` does not count a change before it is committed.
    if (!changes.some(({ due }) => due !== null) && !hasWork()) return
    meta.write(BUSY, accountId)
    outbox.add({ kind: 'busy', key: `account:${accountId}`, value: 'yes' }, nowMs)
  }

  const noteQuiet = (nowMs: number): void => {
    if (quietSinceMs === null && quietAccountId() !== undefined) quietSinceMs = nowMs
  }

  /** When to tell the Directory that the account is idle; null if it is not, or was told. */
  const nextDueMs = (): number | null => {
    if (quietAccountId() === undefined) return null
    // An earlier process may have known it; storing it would write a row for each generation.
    quietSinceMs ??= store.lastEndMs() ?? Date.now()
    return quietSinceMs + QUIET_MS
  }

  /** Tells the Directory if it is time. Called inside a transaction. */
  const oweIdle = (nowMs: number): void => {
    const accountId = quietAccountId()
    if (accountId === undefined || (nextDueMs() ?? Infinity) > nowMs) return
    meta.remove(BUSY)
    outbox.add({ kind: 'busy', key: `account:${accountId}`, value: 'no' }, nowMs)
  }

  /**
   * The account's id if the Directory lists it as busy and no work is left. Pending outbox writes
   * count as work: they still need the cron trigger.
   */
  const quietAccountId = (): string | undefined => {
    const accountId = meta.read(BUSY)
    if (accountId === undefined || !outbox.isEmpty()) return undefined
    return hasWork() ? undefined : accountId
  }

  const hasWork = (): boolean => timed.some((each) => each.nextDueMs() !== null)

  return { beforeCommit, noteQuiet, nextDueMs, oweIdle }
}
