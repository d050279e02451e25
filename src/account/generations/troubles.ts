/** Tells the Directory what is wrong at fal for this account, so that `/healthz` can report it. */
import { readDocument } from '../../domain/document.ts'
import { HOUR_MS } from '../../domain/generation/deadlines.ts'
import type { Troubles } from '../../domain/trouble.ts'
import { BUSY } from '../busy-flag.ts'
import type { Core } from '../core.ts'
import type { Platform } from '../platform.ts'
import type { FalBreaker } from './breaker.ts'
import type { FalUser } from './fal-user.ts'
import type { ChangeListener } from './journal.ts'

/** The key in `meta` of what the Directory was last told and when; absent if nothing is wrong. */
const TOLD = 'troubles'
/** The Directory forgets after a day what is not repeated. */
const TELL_AGAIN_MS = HOUR_MS
const NOTHING = '{}'

interface Told {
  readonly text: string
  readonly atMs: number
}

export interface TroubleTellerParts extends Pick<Core, 'meta' | 'outbox' | 'counts' | 'transact'> {
  readonly breaker: FalBreaker
  readonly falUser: FalUser
  readonly history: Platform
  readonly billing: Platform
}

export const createTroubleTeller = (parts: TroubleTellerParts): ChangeListener => {
  const { meta, outbox, counts, transact, breaker, falUser, history, billing } = parts

  const now = (): Troubles => {
    const state = breaker.now()
    // While nothing waits, nobody probes whether fal is back.
    const isAway = state.state !== 'closed' && counts.unsent() > 0
    const isAnySent = counts.now().sent > 0
    const changedMs = isAnySent ? falUser.inDoubtSinceMs() : null
    const historyMs = history.refusedSinceMs()
    const billingMs = billing.refusedSinceMs()
    return {
      ...(isAway ? { provider_unavailable: state.sinceMs } : {}),
      ...(changedMs === null ? {} : { fal_account_changed: changedMs }),
      ...(historyMs === null ? {} : { history_refused: historyMs }),
      ...(billingMs === null ? {} : { billing_refused: billingMs }),
    }
  }

  return {
    afterCommit: () => {
      const nowMs = Date.now()
      const text = JSON.stringify(now())
      const isAny = text !== NOTHING
      const kept = meta.read(TOLD)
      if (kept === undefined && !isAny) return
      const told = kept === undefined ? undefined : readDocument<Told>(kept)
      const isOld = isAny && nowMs > (told?.atMs ?? 0) + TELL_AGAIN_MS
      // An account with trouble has work, and `BUSY` holds the id of one with work.
      const accountId = meta.read(BUSY)
      if ((text === told?.text && !isOld) || accountId === undefined) return
      transact(() => {
        if (!isAny) meta.remove(TOLD)
        else meta.write(TOLD, JSON.stringify({ text, atMs: nowMs } satisfies Told))
        outbox.add({ kind: 'troubles', key: `troubles:${accountId}`, value: text }, nowMs)
      })
    },
  }
}
