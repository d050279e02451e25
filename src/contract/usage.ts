/** What was spent, and what a generation would cost. */
import * as z from 'zod/mini'
import { limitView } from './account.ts'
import { modelInput } from './input.ts'
import { MODEL } from './model.ts'
import { STATUSES } from './status.ts'

/** Sums over generations. The four amounts are apart: what is charged is not reserved any more. */
const sums = {
  generations: z.int(),
  charged_usd: z.number(),
  reserved_usd: z.number(),
  /** May have been charged: nobody could tell. It counts against budgets. */
  unknown_usd: z.number(),
  released_usd: z.number(),
}

export const usageView = z.object({
  object: z.literal('usage'),
  /** Days of the account's time zone, both included. */
  from: z.string(),
  to: z.string(),
  time_zone: z.string(),
  total: z.object(sums),
  by_day: z.array(z.object({ day: z.string(), ...sums })),
  by_key: z.array(z.object({ key_id: z.string(), ...sums })),
  by_schedule: z.array(z.object({ schedule_id: z.nullable(z.string()), ...sums })),
  /**
   * Where it was asked for, and those who spent most first. Null: without a user; `other`:
   * those that are not told apart, which 10,000 a day are.
   */
  by_user: z.optional(z.array(z.object({ user: z.nullable(z.string()), ...sums }))),
  /** What is open now, whatever day it is of. */
  open: z.object({
    total: z.int(),
    /** Wait to be sent. */
    unsent: z.int(),
    /** Sent, and fal's answer lost: its webhook, its history or the deadline tells. */
    unconfirmed: z.int(),
  }),
  /** Whether fal takes requests. While it does not, what is asked waits unsent. */
  provider: z.object({
    status: z.enum(['available', 'unavailable']),
    /** Since when it takes nothing; null while it does. */
    since: z.nullable(z.string()),
  }),
  by_status: z.array(z.object({ status: z.enum(STATUSES), ...sums })),
  limits: z.array(limitView),
})

export const estimateView = z.object({
  object: z.literal('estimate'),
  model: z.literal(MODEL),
  /** The input as it would be sent. */
  input: modelInput,
  cost: z.object({ estimated_usd: z.number(), basis: z.literal('price_table') }),
  /** Whether it would be admitted now. */
  admissible: z.boolean(),
  /** Every limit that applies, and whether this would go over it. */
  limits: z.array(z.object({ ...limitView.shape, exceeded: z.boolean() })),
  open: z.object({ now: z.int(), max: z.int(), exceeded: z.boolean() }),
})

/** What an account spent. */
export type UsageView = z.infer<typeof usageView>
/** What a generation would cost, and whether it would be admitted. */
export type EstimateView = z.infer<typeof estimateView>
