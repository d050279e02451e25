/** What was spent, and what a generation would cost. */
import * as z from 'zod/mini'
import { limitView } from './account.ts'
import { modelInput } from './input.ts'
import { MODEL } from './model.ts'
import { STATUSES } from './status.ts'

/** Sums over generations. The four amounts are apart: what is charged is not reserved any more. */
const sums = {
  /** How many. */
  generations: z.int(),
  /** US dollars: paid. */
  charged_usd: z.number(),
  /** US dollars: held for what is still open. */
  reserved_usd: z.number(),
  /** US dollars: may have been paid, but nobody can tell. It counts against budgets. */
  unknown_usd: z.number(),
  /** US dollars: reserved, and then released. */
  released_usd: z.number(),
}

const grouped = <Group extends z.core.$ZodLooseShape>(group: Group) =>
  z.array(z.object({ ...group, ...sums }))

/** What was spent. */
export const usageView = z.object({
  object: z.literal('usage'),
  /**
   * The first day, included.
   * @format date
   * @example 2026-11-23
   */
  from: z.string(),
  /**
   * The last day, included.
   * @format date
   * @example 2026-11-23
   */
  to: z.string(),
  /** The time zone that the days begin in. */
  time_zone: z.string(),
  /** The sum of all. */
  total: z.object(sums),
  /** By the day they were asked for. */
  by_day: grouped({
    /**
     * The field.
     * @format date
     * @example 2026-11-23
     */
    day: z.string(),
  }),
  /** By the key that asked for them. */
  by_key: grouped({
    /** The field. */
    key_id: z.string(),
  }),
  /** By the schedule that asked for them. */
  by_schedule: grouped({
    /** The schedule; null is none. */
    schedule_id: z.nullable(z.string()),
  }),
  /**
   * By your own end users, those who spent most first. Present if `include` asks for it. At most
   * 10,000 a day are told apart.
   */
  by_user: z.optional(
    grouped({
      /** The end user; null is none, and `other` are all beyond those 10,000. */
      user: z.nullable(z.string()),
    }),
  ),
  /** What is open now, whatever day it is of. */
  open: z.object({
    /** How many are open. */
    total: z.int(),
    /** How many of these wait to be sent. */
    unsent: z.int(),
    /** How many of these were sent, but fal's answer was lost. */
    unconfirmed: z.int(),
  }),
  /** Whether fal takes requests. While it does not, what is asked waits unsent. */
  provider: z.object({
    /** `available` or `unavailable`. */
    status: z.enum(['available', 'unavailable']),
    /** Since when it takes nothing; null while it does. */
    since: z.nullable(z.string()),
  }),
  /** By the status that they have now. */
  by_status: grouped({
    /** The field. */
    status: z.enum(STATUSES),
  }),
  /** Every limit that applies to the key that asks. */
  limits: z.array(limitView),
})

/** What a generation would cost, and whether it would be admitted. */
export const estimateView = z.object({
  object: z.literal('estimate'),
  /** The model that would render it. */
  model: z.literal(MODEL),
  /** The input as it would be sent. */
  input: modelInput,
  /** What it would cost. */
  cost: z.object({
    /** US dollars: the price. */
    estimated_usd: z.number(),
    /** Where the price comes from. */
    basis: z.literal('price_table'),
  }),
  /** Whether it would be admitted now. */
  admissible: z.boolean(),
  /** Every limit that applies. */
  limits: z.array(
    z.object({
      ...limitView.shape,
      /** Whether this would go over it. */
      exceeded: z.boolean(),
    }),
  ),
  /** How many generations are open, and how many may be. */
  open: z.object({
    /** How many are open. */
    now: z.int(),
    /** How many may be open. */
    max: z.int(),
    /** Whether there is no room for one more. */
    exceeded: z.boolean(),
  }),
})

/** What an account spent. */
export type UsageView = z.infer<typeof usageView>
/** What a generation would cost, and whether it would be admitted. */
export type EstimateView = z.infer<typeof estimateView>
