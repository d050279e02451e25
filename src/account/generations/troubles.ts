/** Tells the Directory what is wrong at fal for this account, so that `/healthz` can report it. */
import { HOUR_MS } from '../../domain/generation/deadlines.ts'
import { given } from '../../domain/given.ts'
import type { Troubles } from '../../domain/trouble.ts'
import { BUSY } from '../busy-flag.ts'
import type { Core } from '../core.ts'
import type { Platform } from '../platform.ts'
import type { FalBreaker } from './breaker.ts'
import type { FalUser } from './fal-user.ts'
import type { ChangeListener } from './journal.ts'

/** The Directory forgets after a day what is not repeated. */
const TELL_AGAIN_MS = HOUR_MS
const NOTHING = '{}'

export const createTroubleTeller = (
  { meta, outbox, counts, transact }: Core,
  breaker: FalBreaker,
  falUser: FalUser,
  history: Platform,
  billing: Platform,
): ChangeListener => {
  /** What the Directory was last told and when; absent if nothing is wrong. */
  const lastTold = meta.document<{ readonly text: string; readonly atMs: number }>('troubles')

  const now = (): Troubles => {
    const state = breaker.now()
    // While nothing waits, nobody probes whether fal is back.
    const isAway = state.state !== 'closed' && counts.unsent() > 0
    const isAnySent = counts.now().sent > 0
    const changedMs = isAnySent ? falUser.inDoubtSinceMs() : null
    return given({
      provider_unavailable: isAway ? state.sinceMs : undefined,
      fal_account_changed: changedMs ?? undefined,
      history_refused: history.refusedSinceMs() ?? undefined,
      billing_refused: billing.refusedSinceMs() ?? undefined,
    })
  }

  return {
    afterCommit: () => {
      const nowMs = Date.now()
      const text = JSON.stringify(now())
      const isAny = text !== NOTHING
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
    },
  }
}
