/** Tells the Directory what is wrong for this account beyond itself, so that `/healthz` can say so. */
import type { Troubles } from '../../domain/trouble.ts'
import { BUSY } from '../busy-flag.ts'
import type { Core } from '../core.ts'
import type { FalBreaker } from './breaker.ts'
import type { FalUser } from './fal-user.ts'
import type { ChangeListener } from './journal.ts'

/** Under this, what the Directory was last told, while that is anything. */
const TOLD = 'troubles'

export interface TroubleTellerParts extends Pick<Core, 'meta' | 'outbox' | 'counts' | 'transact'> {
  readonly breaker: FalBreaker
  readonly falUser: FalUser
}

export class TroubleTeller implements ChangeListener {
  readonly #parts: TroubleTellerParts

  constructor(parts: TroubleTellerParts) {
    this.#parts = parts
  }

  afterCommit(): void {
    const { meta, outbox, transact } = this.#parts
    const troubles = this.#now(Date.now())
    const text = JSON.stringify(troubles)
    // Whatever can be in trouble has work, and what has work has told its id.
    const accountId = meta.read(BUSY)
    if (text === (meta.read(TOLD) ?? '{}') || accountId === undefined) return
    transact(() => {
      if (text === '{}') meta.remove(TOLD)
      else meta.write(TOLD, text)
      outbox.add({ kind: 'troubles', key: `troubles:${accountId}`, value: text }, Date.now())
    })
  }

  #now(nowMs: number): Troubles {
    const { counts, breaker, falUser } = this.#parts
    const state = breaker.now()
    // While nothing waits, nobody asks whether fal is back.
    const isAway = state.state !== 'closed' && counts.unsent() > 0
    const { open, unsent } = { open: counts.now().open, unsent: counts.unsent() }
    const changedMs = open > unsent ? falUser.inDoubtSinceMs(nowMs) : null
    return {
      ...(isAway ? { provider_unavailable: state.sinceMs } : {}),
      ...(changedMs === null ? {} : { fal_account_changed: changedMs }),
    }
  }
}
