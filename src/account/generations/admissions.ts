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
import { createIdempotencyKeys } from './idempotency.ts'
import type { Keys } from '../keys.ts'
import type { LedgerScope } from './ledger.ts'
import type { Address, Submitter } from './submitter.ts'
import type { Thresholds } from '../webhooks/thresholds.ts'

export interface AdmissionsPolicy extends Terms {
  readonly prices: PriceTable
  readonly alwaysSendSeed: boolean
  readonly accountDefaults: AccountSettings
  readonly accepts: boolean
}

/** What may be spent a day and a month; null is no limit. */
interface Budgets {
  readonly dailyBudgetMicrousd: number | null
  readonly monthlyBudgetMicrousd?: number | null
}

export type ScheduleBudget = Budgets & { readonly id: string }

export interface AdmitOptions {
  readonly idempotency: IdempotencyClaim | null
  readonly schedule?: ScheduleBudget | null
  /** Only with it can the generation be sent in this turn. */
  readonly address?: Address | undefined
  readonly also?: () => void
}

export type Admissions = ReturnType<typeof createAdmissions>

export const createAdmissions = (
  { sql, store, counts, journal, ledger, meta }: Core,
  keys: Keys,
  submitter: Pick<Submitter, 'take'>,
  thresholds: Pick<Thresholds, 'note'>,
  policy: AdmissionsPolicy,
) => {
  const idempotencyKeys = createIdempotencyKeys(sql)

  const settings = (): AccountSettings => meta.settings(policy.accountDefaults)

  /**
   * The generation that already has an id or an idempotency key, and whether another request used
   * the key; undefined if none has.
   */
  const claimed = (id: string, idempotency: IdempotencyClaim | null) => {
    if (store.read(id) !== undefined) {
      return { generationId: id, replayed: false, isOfOther: false }
    }
    const held = idempotency && idempotencyKeys.find(idempotency.key, Date.now())
    if (!held) return undefined
    const isOfOther = held.fingerprint !== idempotency.fingerprint
    return { generationId: held.generationId, replayed: true, isOfOther }
  }

  /**
   * Admits a generation and reserves its cost (null), or says why not. Nothing here waits, so
   * nothing comes between the check and the reservation. A generation that can be sent at once is
   * stored as claimed, and sent in this turn.
   */
  const admit = (
    asked: Omit<Asked, 'day' | 'scheduleId'>,
    { idempotency, schedule = null, address, also }: AdmitOptions,
  ): Refused | null => {
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
    const taken = address && submitter.take(record, address, nowMs)
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
      taken?.send(() => store.read(asked.id)?.record)
    }
    return null
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

  return {
    idempotencyKeys,
    settings,
    claimed,
    admit,
    estimateMicrousd,
    /** The current state of the limits on a key; without one, of the account's. */
    limits: (keyId?: string) => {
      const key = keyId === undefined ? undefined : keys.find(keyId)
      return limitsOf(key?.record ?? null, null, Date.now())
    },
    accepts: () => policy.accepts,
  }
}
