/** Tells the Directory whether this account has work, and what is wrong for it at fal. */
import { HOUR_MS } from '../domain/generation/deadlines.ts'
import { given } from '../domain/document.ts'
import type { Troubles } from '../domain/trouble.ts'
import type { Core } from './core.ts'
import type { FalBreaker } from './generations/breaker.ts'
import type { FalUser } from './generations/fal-user.ts'
import type { Change } from './generations/journal.ts'
import type { Platform } from './platform.ts'
import type { Timed } from './timed.ts'

/** The key in `meta` of the account's id, which is there while the Directory lists it as busy. */
const BUSY = 'busy'
/** An account that has just finished its work often gets more soon. */
const QUIET_MS = 600_000
/** The Directory forgets after a day what is not repeated. */
const TELL_AGAIN_MS = HOUR_MS
const NO_TROUBLES = '{}'

export type DirectoryNews = ReturnType<typeof createDirectoryNews>

/** @param timed the account is busy while any of these has a due time */
export const createDirectoryNews = (
  { meta, outbox, store, counts, transact }: Core,
  timed: readonly Timed[],
  breaker: FalBreaker,
  falUser: FalUser,
  history: Platform,
  billing: Platform,
) => {
  /** When the work ran out; null while this process does not know. */
  let quietSinceMs: number | null = null
  /** The troubles last told and when; absent if nothing is wrong. */
  const lastTold = meta.document<{ readonly text: string; readonly atMs: number }>('troubles')

  const hasWork = (): boolean => timed.some((each) => each.nextDueMs() !== null)

  /**
   * The account's id if the Directory lists it as busy and no work is left. Pending outbox writes
   * count as work: they still need the cron trigger.
   */
  const quietAccountId = (): string | undefined => {
    const accountId = meta.read(BUSY)
    if (accountId === undefined || !outbox.isEmpty()) return undefined
    return hasWork() ? undefined : accountId
  }

  /** Says at once that the account is busy. */
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

  const troubles = (): Troubles => {
    const state = breaker.now()
    // While nothing waits, nobody probes whether fal is back.
    const isAway = state.state !== 'closed' && counts.unsent() > 0
    const changedMs = counts.now().sent > 0 ? falUser.inDoubtSinceMs() : null
    return given({
      provider_unavailable: isAway ? state.sinceMs : undefined,
      fal_account_changed: changedMs ?? undefined,
      history_refused: history.refusedSinceMs() ?? undefined,
      billing_refused: billing.refusedSinceMs() ?? undefined,
    })
  }

  /** Reports troubles that are new, are over or were last told long ago, for `/healthz`. */
  const afterCommit = (): void => {
    const nowMs = Date.now()
    const text = JSON.stringify(troubles())
    const isAny = text !== NO_TROUBLES
    const told = lastTold.read()
    if (told === undefined && !isAny) return
    const isOld = isAny && nowMs > (told?.atMs ?? 0) + TELL_AGAIN_MS
    // An account with trouble has work, and `BUSY` holds the id of one with work.
    const accountId = meta.read(BUSY)
    if ((text === told?.text && !isOld) || accountId === undefined) return
    transact(() => {
      if (isAny) lastTold.write({ text, atMs: nowMs })
      else lastTold.remove()
      outbox.add({ kind: 'troubles', key: `troubles:${accountId}`, value: text }, nowMs)
    })
  }

  return { beforeCommit, noteQuiet, nextDueMs, oweIdle, afterCommit }
}
