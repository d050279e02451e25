/** Examples of accounts, keys, usage and models, rendered by the gateway's own code. */
import { Hono } from 'hono'
import {
  type AccountUpdate,
  accountView,
  afterRestoreView,
  type LimitView,
} from '../../src/contract/account.ts'
import { type KeyRequest, keyView } from '../../src/contract/key.ts'
import { DEFAULT_PRICES } from '../../src/contract/price.ts'
import { estimateView, usageView } from '../../src/contract/usage.ts'
import type { AppEnv, Gateway, Principal } from '../../src/routes/gateway.ts'
import { models } from '../../src/routes/models.ts'
import { EXAMPLE_ID, listOf, prompt } from './examples.ts'
import { whole } from './whole.ts'

/** All that the route needs of a gateway. */
const modelList = await new Hono<AppEnv>()
  .use((c, next) => {
    c.set('principal', { onlyGeneration: null } as Principal)
    c.set('gateway', {
      prices: DEFAULT_PRICES,
      queueOrigin: 'https://queue.fal.run',
    } as Gateway)
    return next()
  })
  .route('/', models)
  .request('/')

const limit: LimitView = {
  limit: 'account_daily',
  limit_usd: 10,
  spent_usd: 1.4,
  left_usd: 8.6,
  resets_at: '2026-11-24T00:00:00.000Z',
}
const sums = {
  generations: 7,
  charged_usd: 1.2,
  reserved_usd: 0.2,
  unknown_usd: 0,
  released_usd: 0.2,
}
const budgets = {
  daily_budget_usd: 25,
  monthly_budget_usd: null,
  time_zone: 'Europe/Paris',
} satisfies AccountUpdate
const keyRequest = {
  account_id: 'acme',
  name: 'website',
  scopes: ['generations:read', 'generations:write'],
  daily_budget_usd: 5,
} satisfies KeyRequest
const key_id = EXAMPLE_ID.replace('gen', 'key')
const key = whole(keyView, {
  ...keyRequest,
  id: key_id,
  prefix: 'pika_acme_0Z3kTq',
  state: 'active',
  created_at: '2026-11-23T09:00:00.000Z',
})

export const revokedKey = { ...key, state: 'revoked', revoked_at: '2026-11-23T10:00:00.000Z' }

export const accountExamples = {
  ModelList: { 'Pika 2.2': await modelList.json() },
  Estimate: {
    'Within the budget': whole(estimateView, {
      input: { prompt, aspect_ratio: '16:9', resolution: '720p', duration: 5 },
      cost: { estimated_usd: 0.2, basis: 'price_table' },
      admissible: true,
      limits: [{ ...limit, exceeded: false }],
      open: { now: 3, max: 1000, exceeded: false },
    }),
  },
  Usage: {
    'A month so far': whole(usageView, {
      from: '2026-11-01',
      to: '2026-11-23',
      time_zone: 'UTC',
      total: sums,
      by_day: [{ day: '2026-11-23', ...sums }],
      by_key: [{ key_id, ...sums }],
      by_schedule: [{ schedule_id: null, ...sums }],
      by_user: [{ user: 'u_4711', ...sums }],
      open: { total: 3, unsent: 1, unconfirmed: 0 },
      provider: { status: 'available', since: null },
      by_status: [{ status: 'completed', ...sums }],
      limits: [limit],
    }),
  },
  AccountUpdate: { 'Set a budget': budgets },
  Account: {
    'With a daily budget': whole(accountView, {
      ...budgets,
      id: 'acme',
      max_open: 1000,
      open: 3,
      limits: [{ ...limit, limit_usd: 25, left_usd: 23.6, resets_at: '2026-11-23T23:00:00.000Z' }],
    }),
  },
  AfterRestore: {
    'Two were unsent in the backup': whole(afterRestoreView, {
      account_id: 'acme',
      marked: 2,
      unconfirmed: 3,
    }),
  },
  KeyRequest: { 'A key that may spend $5 a day': keyRequest },
  Key: { 'The key of this request': key },
  Health: {
    Up: { status: 'ok', webhooks: 'on', reasons: [] },
    'fal accepts nothing': {
      status: 'degraded',
      webhooks: 'on',
      reasons: [{ code: 'provider_unavailable', since: '2026-11-23T09:30:00.000Z' }],
    },
  },
  CallbackOutcome: { Taken: { outcome: 'taken' } },
  CreatedKey: {
    'With the key itself': {
      ...key,
      key: 'pika_acme_0Z3kTqA1bC2dE3fG4hI5jK6lM7nO8pQ9rS0tU1vW2xY_2nF4pH6rJ8tL0vN2xP4zR6',
    },
  },
  KeyList: { 'One key': listOf([key]) },
}
