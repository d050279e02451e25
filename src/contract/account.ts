/** An account's settings and spending, as its admin sees and changes them. */
import * as z from 'zod/mini'
import { body } from './field.ts'

/** US dollars in JSON; sums of amounts up to the limit stay exact integers of micro-dollars. */
export const usd = z
  .number({ error: 'must be an amount of US dollars' })
  .check(
    z.minimum(0, { error: 'must not be negative' }),
    z.maximum(1_000_000, { error: 'is too large' }),
  )

/** An IANA name in any case; the output has one spelling for each. */
export const timeZone = z.pipe(
  z.string({ error: 'must be a string' }).check(
    z.refine((name) => canonicalZone(name) !== undefined, {
      error: 'must be an IANA time zone such as Europe/Paris',
    }),
  ),
  z.transform((name) => canonicalZone(name) ?? name),
)

/** What to change. Absent fields stay as they are. */
export const accountUpdate = body({
  /** US dollars: the budget of a day; null removes it. */
  daily_budget_usd: z.optional(z.nullable(usd)),
  /** US dollars: the budget of a month; null removes it. */
  monthly_budget_usd: z.optional(z.nullable(usd)),
  /**
   * The IANA time zone in which its days and months begin.
   * @example Europe/Paris
   */
  time_zone: z.optional(timeZone),
  /** How many generations may be open at once. */
  max_open: z.optional(
    z
      .int({ error: 'must be a whole number' })
      .check(
        z.minimum(1, { error: 'must be at least 1' }),
        z.maximum(100_000, { error: 'is too large' }),
      ),
  ),
})

/** A limit on spending, and its state. */
export const limitView = z.object({
  /**
   * The limit.
   * @example account_daily
   * @example account_monthly
   * @example key_daily
   * @example key_monthly
   */
  limit: z.string(),
  /** US dollars: the whole limit. */
  limit_usd: z.number(),
  /** US dollars: charged, reserved and unknown together. */
  spent_usd: z.number(),
  /** US dollars: what is left. */
  left_usd: z.number(),
  /** When the limit resets, in the account's time zone. */
  resets_at: z.string(),
})

/** An account: its settings, spending and limits. */
export const accountView = z.object({
  /** The id of the account. */
  id: z.string(),
  object: z.literal('account'),
  /** US dollars: the budget of a day; null: no limit. */
  daily_budget_usd: z.nullable(z.number()),
  /** US dollars: the budget of a month; null: no limit. */
  monthly_budget_usd: z.nullable(z.number()),
  /** The time zone in which its days and months begin. */
  time_zone: z.string(),
  max_open: z.int(),
  /** How many generations are open. */
  open: z.int(),
  /** The state of its limits. */
  limits: z.array(limitView),
})

/** How many generations fal is searched for after a restore. */
export const afterRestoreView = z.object({
  object: z.literal('after_restore'),
  /** The account. */
  account_id: z.string(),
  /** How many generations this call marked: unsent in the backup, and maybe sent since. */
  marked: z.int(),
  /** How many are unconfirmed now, including those of earlier calls. */
  unconfirmed: z.int(),
})

/** Changes to an account's settings. */
export type AccountUpdate = z.output<typeof accountUpdate>
/** An account: its settings and spending. */
export type AccountView = z.infer<typeof accountView>
/** What became of an account's unsent generations after a restore. */
export type AfterRestoreView = z.infer<typeof afterRestoreView>
/** A limit on spending, and its state. */
export type LimitView = z.infer<typeof limitView>

/** Names of a continent or ocean and a city, unlike `US/Eastern`, `EST5EDT` or `Australia/NSW`. */
const AREA_AND_CITY =
  /^(africa|america|antarctica|arctic|asia|atlantic|australia|europe|indian|pacific)\/.*[a-z]{4}$/

/**
 * The canonical spelling of a time zone's name; undefined if the runtime does not know it. For some
 * cities the runtime returns an older name, `Asia/Calcutta` for `Asia/Kolkata`: those keep the
 * requested name.
 */
function canonicalZone(name: string): string | undefined {
  // The runtime accepts offsets such as +02:00, but they have no daylight-saving rules.
  if (/^[+-]/.test(name)) return undefined
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
    const asked = name.toLowerCase()
    if (asked === known.toLowerCase() || !AREA_AND_CITY.test(asked)) return known
    return asked.replaceAll(/(^|[/_-])[a-z]/g, (letter) => letter.toUpperCase())
  } catch {
    return undefined
  }
}
