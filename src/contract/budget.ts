/** What is told of a limit that is nearly spent, or spent. */
import * as z from 'zod/mini'
import { limitView } from './account.ts'

export const THRESHOLDS_PERCENT = [80, 100] as const

export const budgetThreshold = z.object({
  object: z.literal('budget_threshold'),
  threshold_percent: z.literal(THRESHOLDS_PERCENT),
  /** Whose limit it is: the key's or the schedule's id; null is the account's. */
  of: z.nullable(z.string()),
  ...limitView.shape,
})

/** A limit on spending of which so much is spent, or which no longer covers what was asked. */
export type BudgetThreshold = z.infer<typeof budgetThreshold>
