/** `/v1/accounts/:id` and `/v1/usage`: what an account may spend, and what it spent. */
import { createMiddleware } from 'hono/factory'
import * as z from 'zod/mini'
import type { AccountState } from '../domain/account.ts'
import { accountUpdate, type AccountView, type AfterRestoreView } from '../contract/account.ts'
import { ACCOUNT_ID } from '../contract/id.ts'
import { toIsoOrNull, toMicrousd, usdOrNull } from '../contract/units.ts'
import type { UsageView } from '../contract/usage.ts'
import type { WebhookSecret } from '../contract/webhook.ts'
import { renderLimit } from '../domain/budget.ts'
import { given, orNull } from '../domain/document.ts'
import { sumUsage, sumUsers } from '../domain/usage.ts'
import { namesOther, operator, reads, scope } from './access.ts'
import { type AppEnv, newRoutes } from './gateway.ts'
import { notFound, problem } from './problem.ts'
import { ownAccount } from './reading.ts'
import { jsonBody, query, queryOf } from './validate.ts'
import { NOT_STORED, renderSecret } from './webhooks.ts'

const day = z.iso.date({ error: 'must be a day such as 2026-01-31' })
export const usageQuery = queryOf({
  /**
   * The first day, in the account's time zone.
   * @format date
   */
  from: z.optional(day),
  /**
   * The last day, inclusive.
   * @format date
   */
  to: z.optional(day),
  /** `by_user`: also groups by your own end users. */
  include: z.optional(z.literal('by_user', { error: 'must be by_user' })),
})

/** Acts for the account in the path: ADMIN_KEY for any, a key with the scope `admin` for its own. */
const administered = createMiddleware<AppEnv>(async (c, next) => {
  const principal = c.get('principal')
  const id = c.req.param('id') ?? ''
  const isAllowed = principal.isAdmin || id === principal.accountId
  if (!ACCOUNT_ID.test(id) || !isAllowed) return notFound(c, 'account')
  c.set('principal', { ...principal, accountId: id })
  return namesOther(c, id) ?? next()
})

export const accounts = newRoutes()
  .get('/:id', scope('admin'), administered, async (c) =>
    c.json(render(c.req.param('id'), await ownAccount(c).settings.get()), 200),
  )
  .put('/:id', scope('admin'), jsonBody(accountUpdate), administered, async (c) => {
    const asked = c.req.valid('json')
    const changes = given({
      dailyBudgetMicrousd: orNull(asked.daily_budget_usd, toMicrousd),
      monthlyBudgetMicrousd: orNull(asked.monthly_budget_usd, toMicrousd),
      timeZone: asked.time_zone,
      maxOpen: asked.max_open,
    })
    return c.json(render(c.req.param('id'), await ownAccount(c).settings.change(changes)), 200)
  })
  .post('/:id/after-restore', scope('admin'), operator, administered, async (c) => {
    const result = await ownAccount(c).settings.afterRestore()
    if (result.type === 'accepting') {
      const detail = 'set ACCEPT=off first: an unsent generation may be a new one'
      return problem(c, 'still_accepting', detail)
    }
    const { marked, unconfirmed } = result
    const account_id = c.req.param('id')
    const view: AfterRestoreView = { object: 'after_restore', account_id, marked, unconfirmed }
    return c.json(view, 200)
  })
  .post('/:id/webhook-secret', scope('admin'), administered, async (c) => {
    const secrets = await ownAccount(c).webhooks.rotateAccountSecret()
    const view: WebhookSecret = { object: 'webhook_secret', ...renderSecret(secrets) }
    return c.json(view, 200, NOT_STORED)
  })

export const usage = newRoutes().get('/', reads, query(usageQuery), async (c) => {
  const { from, to, include } = c.req.valid('query') ?? {}
  const asked = { from, to, byUser: include !== undefined }
  const spent = await ownAccount(c).generations.usage(c.get('principal').keyId, asked)
  const { open, unsent, unconfirmed, falAwaySinceMs } = spent.open
  const view: UsageView = {
    object: 'usage',
    from: spent.from,
    to: spent.to,
    time_zone: spent.timeZone,
    ...sumUsage(spent.rows),
    ...(spent.users === null ? {} : { by_user: sumUsers(spent.rows, spent.users) }),
    open: { total: open, unsent, unconfirmed },
    provider: {
      status: falAwaySinceMs === null ? 'available' : 'unavailable',
      since: toIsoOrNull(falAwaySinceMs),
    },
    limits: spent.limits.map(renderLimit),
  }
  return c.json(view, 200)
})

const render = (id: string, { settings, open, limits }: AccountState): AccountView => ({
  id,
  object: 'account',
  daily_budget_usd: usdOrNull(settings.dailyBudgetMicrousd),
  monthly_budget_usd: usdOrNull(settings.monthlyBudgetMicrousd),
  time_zone: settings.timeZone,
  max_open: settings.maxOpen,
  open,
  limits: limits.map(renderLimit),
})
