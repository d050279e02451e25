/** An account's settings and its spending, as its admin sees and sets them. */
import * as z from 'zod/mini'
import { body } from './field.ts'

/** US dollars as JSON carries them; exact to the micro-dollar. */
export const usd = z
  .number({ error: 'must be an amount of US dollars' })
  .check(
    z.minimum(0, { error: 'must not be negative' }),
    z.maximum(1_000_000, { error: 'is too large' }),
  )

/** An IANA name in whatever case; what comes out has one spelling a name. */
export const timeZone = z.pipe(
  z.string({ error: 'must be a string' }).check(
    z.refine((name) => canonicalZone(name) !== undefined, {
      error: 'must be an IANA time zone such as Europe/Paris',
    }),
  ),
  z.transform((name) => canonicalZone(name) ?? name),
)

/** What to change. What is left out stays as it is. */
export const accountUpdate = body({
  /** US dollars: what may be spent a day; null takes the limit away. */
  daily_budget_usd: z.optional(z.nullable(usd)),
  /** US dollars: what may be spent a month; null takes the limit away. */
  monthly_budget_usd: z.optional(z.nullable(usd)),
  /**
   * The IANA name of the time zone that its days and months begin in.
   * @example Europe/Paris
   */
  time_zone: z.optional(timeZone),
  /** How many generations may be open at a time. */
  max_open: z.optional(
    z
      .int({ error: 'must be a whole number' })
      .check(
        z.minimum(1, { error: 'must be at least 1' }),
        z.maximum(100_000, { error: 'is too large' }),
      ),
  ),
})

/** One limit on spending, and how it stands. */
export const limitView = z.object({
  /**
   * The limit.
   * @example account_daily
   * @example account_monthly
   * @example key_daily
   * @example key_monthly
   */
  limit: z.string(),
  /** US dollars: how much it allows. */
  limit_usd: z.number(),
  /** US dollars: charged, reserved and unknown together. */
  spent_usd: z.number(),
  /** US dollars: what is left. */
  left_usd: z.number(),
  /** When the limit resets, in the time zone of the account. */
  resets_at: z.string(),
})

/** An account: its settings, and how they stand. */
export const accountView = z.object({
  /** The id of the account. */
  id: z.string(),
  object: z.literal('account'),
  /** US dollars: what may be spent a day; null: no limit. */
  daily_budget_usd: z.nullable(z.number()),
  /** US dollars: what may be spent a month; null: no limit. */
  monthly_budget_usd: z.nullable(z.number()),
  /** The time zone that its days and months begin in. */
  time_zone: z.string(),
  max_open: z.int(),
  /** How many generations are open. */
  open: z.int(),
  /** How its limits stand. */
  limits: z.array(limitView),
})

/** What a restore left to look for. */
export const afterRestoreView = z.object({
  object: z.literal('after_restore'),
  /** The account. */
  account_id: z.string(),
  /** How many generations this call marked: unsent in the backup, and maybe sent since. */
  marked: z.int(),
  /** How many are unconfirmed now, whoever marked them. */
  unconfirmed: z.int(),
})

/** Settings of an account to change. */
export type AccountUpdate = z.output<typeof accountUpdate>
/** An account: its settings and its spending. */
export type AccountView = z.infer<typeof accountView>
/** What became of an account's unsent generations after a restore. */
export type AfterRestoreView = z.infer<typeof afterRestoreView>
/** One limit on spending, and how it stands. */
export type LimitView = z.infer<typeof limitView>

/** Names of a continent or an ocean and a city, unlike `US/Eastern`, `EST5EDT` or `Australia/NSW`. */
const AREA_AND_CITY =
  /^(africa|america|antarctica|arctic|asia|atlantic|australia|europe|indian|pacific)\/.*[a-z]{4}$/

/**
 * The one spelling of a time zone's name; undefined if the runtime does not know it. The
 * runtime answers some cities by an older name, `Asia/Calcutta` for `Asia/Kolkata`: those stay
 * as they were asked for.
 */
function canonicalZone(name: string): string | undefined {
  // Offsets such as +02:00 are taken too, but have no daylight-saving rules to speak of.
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
