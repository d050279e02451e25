/** What was spent, and what a generation would cost. */
import * as z from 'zod/mini'
import { limitView } from './account.ts'
import { modelInput } from './input.ts'
import { MODEL } from './model.ts'
import { STATUSES } from './status.ts'

/** Sums over generations. The amounts do not overlap: what is charged is no longer reserved. */
const sums = {
  /** How many. */
  generations: z.int(),
  /** US dollars: paid. */
  charged_usd: z.number(),
  /** US dollars: held for open generations. */
  reserved_usd: z.number(),
  /** US dollars: may have been paid, but nobody can tell. Counts against budgets. */
  unknown_usd: z.number(),
  /** US dollars: reserved, then released. */
  released_usd: z.number(),
}

const grouped = <Group extends z.core.$ZodLooseShape>(group: Group) =>
  z.array(z.object({ ...group, ...sums }))

/** What was spent. */
export const usageView = z.object({
  object: z.literal('usage'),
  /**
   * The first day, inclusive.
   * @format date
   * @example 2026-11-23
   */
  from: z.string(),
  /**
   * The last day, inclusive.
   * @format date
   * @example 2026-11-23
   */
  to: z.string(),
  /** The time zone in which the days begin. */
  time_zone: z.string(),
  /** The total. */
  total: z.object(sums),
  /** By day of creation. */
  by_day: grouped({
    /**
     * The day.
     * @format date
     * @example 2026-11-23
     */
    day: z.string(),
  }),
  /** By the key that created them. */
  by_key: grouped({
    /** The key. */
    key_id: z.string(),
  }),
  /** By the schedule that created them. */
  by_schedule: grouped({
    /** The schedule; null: none. */
    schedule_id: z.nullable(z.string()),
  }),
  /** By your own end users, largest first, if `include` asks for it. At most 10,000 users a day. */
  by_user: z.optional(
    grouped({
      /** The end user; null: none; `other`: all beyond those 10,000. */
      user: z.nullable(z.string()),
    }),
  ),
  /** What is open now, from any day. */
  open: z.object({
    /** How many are open. */
    total: z.int(),
    /** How many of them wait to be sent. */
    unsent: z.int(),
    /** How many of them were sent, but fal's answer was lost. */
    unconfirmed: z.int(),
  }),
  /** Whether fal accepts requests. While it does not, new ones wait unsent. */
  provider: z.object({
    /** `available` or `unavailable`. */
    status: z.enum(['available', 'unavailable']),
    /** Since when it accepts nothing; null while it does. */
    since: z.nullable(z.string()),
  }),
  /** By present status. */
  by_status: grouped({
    /** The status. */
    status: z.enum(STATUSES),
  }),
  /** Every limit that applies to your key. */
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
      /** Whether this would exceed it. */
      exceeded: z.boolean(),
    }),
  ),
  /** How many generations are open, and how many may be. */
  open: z.object({
    /** How many are open. */
    now: z.int(),
    /** How many may be open. */
    max: z.int(),
    /** Whether one more would be too many. */
    exceeded: z.boolean(),
  }),
})

/** What an account spent. */
export type UsageView = z.infer<typeof usageView>
/** What a generation would cost, and whether it would be admitted. */
export type EstimateView = z.infer<typeof estimateView>
