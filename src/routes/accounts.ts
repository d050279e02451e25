/** `/v1/accounts/:id` and `/v1/usage`: what an account may spend, and what it spent. */
import { Hono, type Context } from 'hono'
import * as z from 'zod/mini'
import type { AccountState, OpenNow } from '../domain/account.ts'
import { type AccountUpdate, accountUpdate, type AccountView } from '../contract/account.ts'
import { ACCOUNT_ID } from '../contract/id.ts'
import { toMicrousd } from '../contract/price.ts'
import { toIsoOrNull } from '../contract/time.ts'
import type { UsageView } from '../contract/usage.ts'
import type { WebhookSecret } from '../contract/webhook.ts'
import { renderLimit } from '../domain/budget.ts'
import { sumUsage, sumUsers } from '../domain/usage.ts'
import { scope } from './access.ts'
import type { AppEnv } from './gateway.ts'
import { usdOrNull } from './limits.ts'
import { notFound } from './problem.ts'
import { ownAccount } from './reading.ts'
import { jsonBody, query } from './validate.ts'
import { NOT_STORED, renderSecret } from './webhooks.ts'

const day = z.iso.date({ error: 'must be a day such as 2026-01-31' })
export const usageQuery = z.optional(
  z.strictObject({
    /**
     * The first day, by the account's time zone.
     * @format date
     */
    from: z.optional(day),
    /**
     * The last day, included.
     * @format date
     */
    to: z.optional(day),
    /** `by_user`: tells your own end users apart as well. */
    include: z.optional(z.literal('by_user', { error: 'must be by_user' })),
  }),
)

export const accounts = new Hono<AppEnv>()
  .get('/:id', scope('admin'), async (c) => {
    const id = c.req.param('id')
    if (!mayAdminister(c, id)) return notFound(c, 'account')
    return c.json(render(id, await c.get('gateway').account(id).settings.get()), 200)
  })
  .put('/:id', scope('admin'), jsonBody(accountUpdate), async (c) => {
    const id = c.req.param('id')
    if (!mayAdminister(c, id)) return notFound(c, 'account')
    const state = await c
      .get('gateway')
      .account(id)
      .settings.change(read(c.req.valid('json')))
    return c.json(render(id, state), 200)
  })
  .post('/:id/webhook-secret', scope('admin'), async (c) => {
    const id = c.req.param('id')
    if (!mayAdminister(c, id)) return notFound(c, 'account')
    const gateway = c.get('gateway')
    const secrets = await gateway.account(id).webhooks.rotateAccountSecret()
    const view: WebhookSecret = {
      object: 'webhook_secret',
      ...renderSecret(secrets, gateway.nowMs()),
    }
    return c.json(view, 200, NOT_STORED)
  })

export const usage = new Hono<AppEnv>().get(
  '/',
  scope('generations:read'),
  query(usageQuery),
  async (c) => {
    const { from, to, include } = c.req.valid('query') ?? {}
    const spent = await ownAccount(c).generations.usage(c.get('principal').keyId, {
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      byUser: include !== undefined,
    })
    const view: UsageView = {
      object: 'usage',
      from: spent.from,
      to: spent.to,
      time_zone: spent.timeZone,
      ...sumUsage(spent.rows),
      ...(spent.users === null ? {} : { by_user: sumUsers(spent.rows, spent.users) }),
      ...renderOpen(spent.open),
      limits: spent.limits.map(renderLimit),
    }
    return c.json(view, 200)
  },
)

const renderOpen = ({ open, unsent, unconfirmed, falAwaySinceMs }: OpenNow) => ({
  open: { total: open, unsent, unconfirmed },
  provider: {
    status: falAwaySinceMs === null ? ('available' as const) : ('unavailable' as const),
    since: toIsoOrNull(falAwaySinceMs),
  },
})

/** The gateway's own key reaches every account, a key with the scope `admin` its own. */
const mayAdminister = (c: Context<AppEnv>, id: string): boolean => {
  const { isAdmin, accountId } = c.get('principal')
  return ACCOUNT_ID.test(id) && (isAdmin || id === accountId)
}

const read = (update: AccountUpdate) => ({
  ...(update.daily_budget_usd === undefined
    ? {}
    : { dailyBudgetMicrousd: microusdOrNull(update.daily_budget_usd) }),
  ...(update.monthly_budget_usd === undefined
    ? {}
    : { monthlyBudgetMicrousd: microusdOrNull(update.monthly_budget_usd) }),
  ...(update.time_zone === undefined ? {} : { timeZone: update.time_zone }),
  ...(update.max_open === undefined ? {} : { maxOpen: update.max_open }),
})

const microusdOrNull = (usd: number | null): number | null =>
  usd === null ? null : toMicrousd(usd)

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
