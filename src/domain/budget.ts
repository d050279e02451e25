/** Budgets: which limits apply to a generation, and whether they cover it. */
import type { LimitView } from '../contract/account.ts'
import { THRESHOLDS_PERCENT } from '../contract/budget.ts'
import type { CostState } from '../contract/status.ts'
import { toIso, toUsd } from '../contract/units.ts'
import type { GenerationRecord } from './generation/generation.ts'

export interface Limit {
  readonly name: string
  /** The key or schedule that it limits; null for the account. */
  readonly of: string | null
  readonly limitMicrousd: number
  /** Charged, reserved and unknown: all that was or may be paid. */
  readonly spentMicrousd: number
  readonly resetsAtMs: number
}

export type Amounts = Readonly<Record<Exclude<CostState, 'released'>, number>>

export const NOTHING: Amounts = { charged: 0, reserved: 0, unknown: 0 }

export const amountsOf = (record: Pick<GenerationRecord, 'cost' | 'others'>): Amounts => {
  const amounts = { ...NOTHING }
  for (const { cost } of [record, ...record.others]) {
    const charged = cost.state === 'charged' ? cost.chargedMicrousd : null
    if (cost.state !== 'released') amounts[cost.state] += charged ?? cost.estimatedMicrousd
  }
  return amounts
}

export const leftMicrousd = (limit: Limit): number =>
  Math.max(0, limit.limitMicrousd - limit.spentMicrousd)

export const exceeds = (limit: Limit, neededMicrousd: number): boolean =>
  limit.spentMicrousd + neededMicrousd > limit.limitMicrousd

/** The highest threshold that a limit has reached; undefined below all of them. */
export const thresholdAt = ({ limitMicrousd, spentMicrousd }: Limit): number | undefined =>
  THRESHOLDS_PERCENT.findLast((percent) => spentMicrousd * 100 >= limitMicrousd * percent)

/** Whether a limit is too low even with nothing spent. */
export const neverCovers = ({ limitMicrousd }: Limit, neededMicrousd: number): boolean =>
  neededMicrousd > limitMicrousd

/** The exceeded limit that blocks for good, or else the longest; undefined if none is exceeded. */
export const firstExceeded = (
  limits: readonly Limit[],
  neededMicrousd: number,
): Limit | undefined =>
  limits
    .filter((limit) => exceeds(limit, neededMicrousd))
    .toSorted((a, b) => lastsMs(b, neededMicrousd) - lastsMs(a, neededMicrousd))[0]

const lastsMs = (limit: Limit, neededMicrousd: number): number =>
  neverCovers(limit, neededMicrousd) ? Number.MAX_SAFE_INTEGER : limit.resetsAtMs

export const renderLimit = (limit: Limit): LimitView => ({
  limit: limit.name,
  limit_usd: toUsd(limit.limitMicrousd),
  spent_usd: toUsd(limit.spentMicrousd),
  left_usd: toUsd(leftMicrousd(limit)),
  resets_at: toIso(limit.resetsAtMs),
})
