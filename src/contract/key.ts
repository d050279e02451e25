/** API keys: what is asked for, and what is shown of them. */
import * as z from 'zod/mini'
import { usd } from './account.ts'
import { ACCOUNT_ID } from './id.ts'
import { SCOPES } from './scope.ts'

const scope = z.enum(SCOPES, { error: `must be one of ${SCOPES.join(', ')}` })

export const keyRequest = z.strictObject(
  {
    /** The account that the key acts for; it begins to exist with its first key. */
    account_id: z.string({ error: 'must be a string' }).check(
      z.regex(ACCOUNT_ID, {
        error: 'must be 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit',
      }),
    ),
    name: z
      .string({ error: 'must be a string' })
      .check(
        z.minLength(1, { error: 'must not be empty' }),
        z.maxLength(100, { error: 'may have at most 100 characters' }),
      ),
    scopes: z
      .array(scope, { error: 'must be a list of scopes' })
      .check(z.minLength(1, { error: 'must name at least one scope' })),
    expires_at: z.optional(
      z.iso.datetime({ offset: true, error: 'must be a time such as 2027-01-31T09:00:00Z' }),
    ),
    daily_budget_usd: z.optional(usd),
    monthly_budget_usd: z.optional(usd),
  },
  { error: 'must be a JSON object' },
)

export const keyView = z.object({
  id: z.string(),
  object: z.literal('key'),
  account_id: z.string(),
  name: z.string(),
  /** `pika_`, the account and six characters of the key, to tell keys apart. */
  prefix: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  state: z.enum(['active', 'expired', 'revoked']),
  daily_budget_usd: z.nullable(z.number()),
  monthly_budget_usd: z.nullable(z.number()),
  created_at: z.string(),
  expires_at: z.nullable(z.string()),
  revoked_at: z.nullable(z.string()),
  last_used_at: z.nullable(z.string()),
})

/** What an API key is asked for with. */
export type KeyRequest = z.output<typeof keyRequest>
/** An API key, without the key itself. */
export type KeyView = z.infer<typeof keyView>
