/** API keys: how they are requested and shown. */
import * as z from 'zod/mini'
import { usd } from './account.ts'
import { body, someOf, text, time } from './field.ts'
import { ACCOUNT_ID } from './id.ts'

export const SCOPES = [
  'generations:read',
  'generations:write',
  'schedules:read',
  'schedules:write',
  'webhooks:read',
  'webhooks:write',
  'admin',
] as const
/** What a key may do. */
export type Scope = (typeof SCOPES)[number]

/** The key to make. */
export const keyRequest = body({
  /** The account that the key acts for. Its first key creates it. */
  account_id: z.string({ error: 'must be a string' }).check(
    z.regex(ACCOUNT_ID, {
      error: 'must be 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit',
    }),
  ),
  /** A name of your choice. */
  name: text(100, 1),
  /** What the key may do. A key grants at most its own scopes. */
  scopes: someOf(SCOPES, 'scope'),
  /** When it expires; if absent, never. */
  expires_at: z.optional(time),
  /** US dollars: what it may spend a day, within the account's budget. */
  daily_budget_usd: z.optional(usd),
  /** US dollars: what it may spend a month, within the account's budget. */
  monthly_budget_usd: z.optional(usd),
})

/** An API key, without the key itself. */
export const keyView = z.object({
  /** The key's id, which is not the key itself. */
  id: z.string(),
  object: z.literal('key'),
  /** The account that it acts for. */
  account_id: z.string(),
  /** Its name. */
  name: z.string(),
  /** `pika_`, the account and six characters of the key, to tell keys apart. */
  prefix: z.string(),
  /** What it may do. */
  scopes: z.array(z.enum(SCOPES)),
  /** Only an active key is accepted. */
  state: z.enum(['active', 'expired', 'revoked']),
  /** US dollars: what it may spend a day; null: as much as the account. */
  daily_budget_usd: z.nullable(z.number()),
  /** US dollars: what it may spend a month; null: as much as the account. */
  monthly_budget_usd: z.nullable(z.number()),
  /** When it was made. */
  created_at: z.string(),
  /** When it expires; null: never. */
  expires_at: z.nullable(z.string()),
  /** When it was revoked. */
  revoked_at: z.nullable(z.string()),
  /** When it was last used, to the hour. */
  last_used_at: z.nullable(z.string()),
})

/** The API key to create. */
export type KeyRequest = z.output<typeof keyRequest>
/** An API key, without the key itself. */
export type KeyView = z.infer<typeof keyView>
