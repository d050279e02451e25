/** `/v1/accounts/:id` and `/v1/usage`: what an account may spend, and what it spent. */
import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import * as z from 'zod/mini'
import type { AccountState } from '../domain/account.ts'
import {
  type AccountUpdate,
  accountUpdate,
  type AccountView,
  type AfterRestoreView,
} from '../contract/account.ts'
import { ACCOUNT_ID } from '../contract/id.ts'
import { toMicrousd } from '../contract/price.ts'
import { toIsoOrNull } from '../contract/time.ts'
import type { UsageView } from '../contract/usage.ts'
import type { WebhookSecret } from '../contract/webhook.ts'
import { orNull, usdOrNull } from '../domain/amount.ts'
import { renderLimit } from '../domain/budget.ts'
import { given } from '../domain/document.ts'
import { sumUsage, sumUsers } from '../domain/usage.ts'
import { namesOther, operator, scope } from './access.ts'
import type { AppEnv } from './gateway.ts'
import { notFound, problem } from './problem.ts'
import { ownAccount } from './reading.ts'
import { jsonBody, query } from './validate.ts'
import { NOT_STORED, renderSecret } from './webhooks.ts'

const day = z.iso.date({ error: 'must be a day such as 2026-01-31' })
export const usageQuery = z.optional(
  z.strictObject({
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
  }),
)

/** ADMIN_KEY reaches every account, a key with the scope `admin` only its own. */
const administered = createMiddleware<AppEnv>(async (c, next) => {
  const { isAdmin, accountId } = c.get('principal')
  const id = c.req.param('id') ?? ''
  if (!ACCOUNT_ID.test(id) || !(isAdmin || id === accountId)) return notFound(c, 'account')
  return namesOther(c, id) ?? next()
})

export const accounts = new Hono<AppEnv>()
  .get('/:id', scope('admin'), administered, async (c) => {
    const id = c.req.param('id')
    return c.json(render(id, await c.get('gateway').account(id).settings.get()), 200)
  })
  .put('/:id', scope('admin'), jsonBody(accountUpdate), administered, async (c) => {
    const id = c.req.param('id')
    const changes = read(c.req.valid('json'))
    return c.json(render(id, await c.get('gateway').account(id).settings.change(changes)), 200)
  })
  .post('/:id/after-restore', scope('admin'), operator, administered, async (c) => {
    const id = c.req.param('id')
    const result = await c.get('gateway').account(id).settings.afterRestore()
    if (result.type === 'accepting') {
      const detail = 'set ACCEPT=off first: an unsent generation may be a new one'
      return problem(c, 'still_accepting', detail)
    }
    const { marked, unconfirmed } = result
    const view: AfterRestoreView = { object: 'after_restore', account_id: id, marked, unconfirmed }
    return c.json(view, 200)
  })
  .post('/:id/webhook-secret', scope('admin'), administered, async (c) => {
    const gateway = c.get('gateway')
    const secrets = await gateway.account(c.req.param('id')).webhooks.rotateAccountSecret()
    const secret = renderSecret(secrets, gateway.nowMs())
    const view: WebhookSecret = { object: 'webhook_secret', ...secret }
    return c.json(view, 200, NOT_STORED)
  })

export const usage = new Hono<AppEnv>().get(
  '/',
  scope('generations:read'),
  query(usageQuery),
  async (c) => {
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
  },
)

const read = (update: AccountUpdate) =>
  given({
    dailyBudgetMicrousd: orNull(update.daily_budget_usd, toMicrousd),
    monthlyBudgetMicrousd: orNull(update.monthly_budget_usd, toMicrousd),
    timeZone: update.time_zone,
    maxOpen: update.max_open,
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
