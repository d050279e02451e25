/** Budgets: which limits a generation comes under, and whether they cover it. */
import type { Cost, GenerationRecord } from './generation/generation.ts'

/** A limit as it stands, in micro-dollars. */
export interface Limit {
  readonly name: string
  readonly limitMicrousd: number
  /** Charged, reserved and unknown: everything that was or may be paid. */
  readonly spentMicrousd: number
  readonly resetsAtMs: number
}

/** What a cost holds of a budget, by kind. */
export interface Amounts {
  readonly charged: number
  readonly reserved: number
  readonly unknown: number
}

export const NOTHING: Amounts = { charged: 0, reserved: 0, unknown: 0 }

/** Where a generation's cost stands in the ledger, with that of its other jobs. */
export const amountsOf = ({ cost, others }: Pick<GenerationRecord, 'cost' | 'others'>): Amounts =>
  others.map((job) => amountsOfCost(job.cost)).reduce(sum, amountsOfCost(cost))

/** What is released stands nowhere. */
const amountsOfCost = (cost: Cost): Amounts => {
  switch (cost.state) {
    case 'charged':
      return { ...NOTHING, charged: cost.chargedMicrousd ?? cost.estimatedMicrousd }
    case 'reserved':
      return { ...NOTHING, reserved: cost.estimatedMicrousd }
    case 'unknown':
      return { ...NOTHING, unknown: cost.estimatedMicrousd }
    case 'released':
      return NOTHING
  }
}

const sum = (a: Amounts, b: Amounts): Amounts => ({
  charged: a.charged + b.charged,
  reserved: a.reserved + b.reserved,
  unknown: a.unknown + b.unknown,
})

export const leftMicrousd = (limit: Limit): number =>
  Math.max(0, limit.limitMicrousd - limit.spentMicrousd)

export const exceeds = (limit: Limit, neededMicrousd: number): boolean =>
  limit.spentMicrousd + neededMicrousd > limit.limitMicrousd

/** The limit that stands in the way, the latest to reset first; undefined where none does. */
export const firstExceeded = (
  limits: readonly Limit[],
  neededMicrousd: number,
): Limit | undefined =>
  limits
    .filter((limit) => exceeds(limit, neededMicrousd))
    .toSorted((a, b) => b.resetsAtMs - a.resetsAtMs)[0]
