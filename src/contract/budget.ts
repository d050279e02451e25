/** What is told of a limit that is nearly spent, or spent. */
import * as z from 'zod/mini'
import { limitView } from './account.ts'

export const THRESHOLDS_PERCENT = [80, 100] as const

/** A limit that is nearly spent, or spent. */
export const budgetThreshold = z.object({
  object: z.literal('budget_threshold'),
  /** How much of it is spent, at least. */
  threshold_percent: z.literal(THRESHOLDS_PERCENT),
  /** The key or the schedule whose limit it is; null is the account's own. */
  of: z.nullable(z.string()),
  ...limitView.shape,
})

/** A limit on spending of which so much is spent, or which no longer covers what was asked. */
export type BudgetThreshold = z.infer<typeof budgetThreshold>
