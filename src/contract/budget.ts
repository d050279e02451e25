/** The event of a limit that is nearly or fully spent. */
import * as z from 'zod/mini'
import { limitView } from './account.ts'

export const THRESHOLDS_PERCENT = [80, 100] as const

/** A limit that is nearly or fully spent. */
export const budgetThreshold = z.object({
  object: z.literal('budget_threshold'),
  /** At least this share of it is spent. */
  threshold_percent: z.literal(THRESHOLDS_PERCENT),
  /** The key or schedule that the limit belongs to; null: the account. */
  of: z.nullable(z.string()),
  ...limitView.shape,
})

/** A limit that is nearly or fully spent, or no longer covers a request. */
export type BudgetThreshold = z.infer<typeof budgetThreshold>
