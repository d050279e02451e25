/** Admission: keys, budgets and idempotency keys, checked together before anything is sent. */
import type { NormalisedInput } from '../../contract/input.ts'
import type { PriceTable } from '../../contract/model.ts'
import { MAX_SEED, newGeneration } from '../../domain/generation/admission.ts'
import { firstExceeded, type Limit } from '../../domain/budget.ts'
import { type Today, todayAt } from '../../domain/zone.ts'
import type { Asked, Terms } from '../../domain/generation/generation.ts'
import { ADMIN_KEY_ID, type KeyRecord, keyState } from '../../domain/key.ts'
import type { AccountSettings, StoredKey } from '../../domain/account.ts'
import type { IdempotencyClaim, Refused } from '../../domain/generation/calls.ts'
import type { Core } from '../core.ts'
import type { IdempotencyKeys } from './idempotency.ts'
import type { Keys } from '../keys.ts'
import type { LedgerScope } from './ledger.ts'
import type { Submitter } from './submitter.ts'
import type { Thresholds } from '../webhooks/thresholds.ts'

export interface AdmissionsPolicy extends Terms {
  readonly prices: PriceTable
  readonly alwaysSendSeed: boolean
  readonly accountDefaults: AccountSettings
  readonly accepts: boolean
}

export interface Admitted {
  readonly type: 'admitted'
}

export type Claimed =
  | { readonly type: 'claimed'; readonly generationId: string; readonly replayed: boolean }
  | { readonly type: 'key_reused'; readonly generationId: string }

/** What may be spent a day and a month; null is no limit. */
interface Budgets {
  readonly dailyBudgetMicrousd: number | null
  readonly monthlyBudgetMicrousd?: number | null
}

export type ScheduleBudget = Budgets & { readonly id: string }

export interface AdmitOptions {
  readonly idempotency: IdempotencyClaim | null
  /** Null if a caller asks for it. */
  readonly schedule: ScheduleBudget | null
  readonly also?: () => void
}

export interface AdmissionsParts {
  readonly keys: Keys
  readonly idempotencyKeys: IdempotencyKeys
  readonly submitter: Pick<Submitter, 'take'>
  readonly thresholds: Pick<Thresholds, 'note'>
  readonly policy: AdmissionsPolicy
}

export type Admissions = ReturnType<typeof createAdmissions>

export const createAdmissions = (
  { store, counts, journal, ledger, meta }: Core,
  { keys, idempotencyKeys, submitter, thresholds, policy }: AdmissionsParts,
) => {
  const settings = (): AccountSettings => meta.settings(policy.accountDefaults)

  /** Which generation already has an id or an idempotency key; undefined if none has. */
  const claimed = (id: string, idempotency: IdempotencyClaim | null): Claimed | undefined => {
    if (store.read(id) !== undefined) {
      return { type: 'claimed', generationId: id, replayed: false }
    }
    if (idempotency === null) return undefined
    const held = idempotencyKeys.find(idempotency.key, Date.now())
    if (held === undefined) return undefined
    return held.fingerprint === idempotency.fingerprint
      ? { type: 'claimed', generationId: held.generationId, replayed: true }
      : { type: 'key_reused', generationId: held.generationId }
  }

  /**
   * Admits a generation and reserves its cost, or says why not. Nothing here waits, so nothing
   * comes between the check and the reservation. A generation that can be sent at once is stored as
   * claimed, and sent in this turn.
   */
  const admit = (
    asked: Omit<Asked, 'day' | 'scheduleId'>,
    { idempotency, schedule, also }: AdmitOptions,
  ): Admitted | Refused => {
    const nowMs = Date.now()
    if (!policy.accepts) return { type: 'switched_off' }
    const key = spendingKey(asked.keyId, nowMs)
    if (key === undefined) return { type: 'key_invalid' }
    const { maxOpen, timeZone } = settings()
    const open = counts.now().open
    if (open >= maxOpen) return { type: 'too_many_open', open, max: maxOpen }
    const neededMicrousd = estimateMicrousd(asked.input)
    const limits = limitsOf(key?.record ?? null, schedule, nowMs)
    const limit = firstExceeded(limits, neededMicrousd)
    if (limit !== undefined) return { type: 'over_budget', neededMicrousd, limit }

    const pastDurationsMs = store.pastDurationsMs(asked.input, nowMs)
    const { day } = todayAt(nowMs, timeZone)
    const whole = { ...asked, scheduleId: schedule?.id ?? null, day }
    const record = newGeneration(whole, { ...policy, seed: seed(), pastDurationsMs }, nowMs)
    const taken = submitter.take(record, nowMs)
    try {
      journal.admit(record, taken?.sending, nowMs, () => {
        if (idempotency !== null) idempotencyKeys.claim(idempotency, asked.id, nowMs)
        if (key !== null) keys.noteUse(key, nowMs)
        for (const each of limits) {
          const spent = { ...each, spentMicrousd: each.spentMicrousd + neededMicrousd }
          thresholds.note(spent, day, nowMs)
        }
        also?.()
      })
    } finally {
      // Even after an error: a generation stored as claimed is sent, and no other.
      taken?.send(store.read(asked.id)?.record)
    }
    return { type: 'admitted' }
  }

  const estimateMicrousd = (input: NormalisedInput): number =>
    policy.prices[input.resolution][input.duration]

  /** The current state of every limit on spending with this key, for this schedule. */
  const limitsOf = (key: KeyRecord | null, schedule: ScheduleBudget | null, nowMs: number) => {
    const account = settings()
    const today = todayAt(nowMs, account.timeZone)
    return [
      ...limitsIn('account', account, today),
      ...(key === null ? [] : limitsIn(`key:${key.id}`, key, today)),
      ...(schedule === null ? [] : limitsIn(`schedule:${schedule.id}`, schedule, today)),
    ]
  }

  const seed = (): number | null => {
    if (!policy.alwaysSendSeed) return null
    const [chance = 0] = crypto.getRandomValues(new Uint32Array(1))
    return chance % (MAX_SEED + 1)
  }

  /** Null for the gateway's own key; undefined if the key may not spend. */
  const spendingKey = (keyId: string, nowMs: number): StoredKey | null | undefined => {
    if (keyId === ADMIN_KEY_ID) return null
    const key = keys.find(keyId)
    return key !== undefined && keyState(key.record, nowMs) === 'active' ? key : undefined
  }

  const limitsIn = (scope: LedgerScope, budgets: Budgets, today: Today): Limit[] => {
    const { dailyBudgetMicrousd: daily, monthlyBudgetMicrousd: monthly = null } = budgets
    const [name, of = null] = scope.split(':')
    const periods = [
      ['daily', daily, ledger.spentOnDay, today.nextDayMs],
      ['monthly', monthly, ledger.spentInMonth, today.nextMonthMs],
    ] as const
    return periods.flatMap(([period, limitMicrousd, spent, resetsAtMs]) => {
      if (limitMicrousd === null) return []
      const spentMicrousd = spent(scope, today.day)
      return [{ name: `${name}_${period}`, of, limitMicrousd, spentMicrousd, resetsAtMs }]
    })
  }

  return { settings, claimed, admit, estimateMicrousd, limitsOf, accepts: () => policy.accepts }
}
