import { evictDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { isFinal } from '../../src/contract/status.ts'
import type { EstimateView } from '../../src/contract/usage.ts'
import { newCaller } from './callers.ts'
import { expectBalance } from './ledger.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside } from './world.ts'

freshWorld()

const HOLD = fal.marked('render_ms=600000')

const setAccount = (changes: object, account = 'default') =>
  api.put(`/v1/accounts/${account}`, changes)
const ask = (input: object = {}, headers: Record<string, string> = {}) =>
  api.ask({ prompt: HOLD, ...input }, headers)
const { usage } = api
const ALL = '?from=2000-01-01&to=2100-01-01'
/** Delivers webhooks until `count` have ended: the emulator needs a moment to sign them. */
const end = (count: number) =>
  eventually(async () => {
    await fal.deliverAll()
    const { by_status } = await usage(ALL)
    const over = by_status.filter(({ status }) => isFinal(status))
    return over.reduce((sum, { generations }) => sum + generations, 0) >= count
  })
/** The sorted statuses of `count` concurrent requests. */
const statusesOf = async (count: number): Promise<number[]> => {
  const answers = await Promise.all(Array.from({ length: count }, () => ask()))
  return answers.map(({ status }) => status).toSorted((a, b) => a - b)
}

it("starts every account with the deployment's budget", async () => {
  const { get } = await newCaller()
  expect(await get('/v1/accounts/studio')).toMatchObject({
    id: 'studio',
    object: 'account',
    daily_budget_usd: 1000,
    monthly_budget_usd: null,
    time_zone: 'UTC',
    max_open: 1000,
    open: 0,
    limits: [{ limit: 'account_daily', limit_usd: 1000, spent_usd: 0, left_usd: 1000 }],
  })
})

it('changes the given fields and leaves the rest', async () => {
  await setAccount({ daily_budget_usd: 3, time_zone: 'Europe/Paris' })
  const told = async (changes: object) => (await setAccount(changes)).json()
  const changed = { monthly_budget_usd: 50, max_open: 2 }
  const kept = { daily_budget_usd: 3, time_zone: 'Europe/Paris' }
  expect(await told(changed)).toMatchObject({ ...changed, ...kept })
  const [daily_budget_usd, limits] = [null, [{ limit: 'account_monthly' }]]
  expect(await told({ daily_budget_usd })).toMatchObject({ daily_budget_usd, limits })
})

it.each([
  { daily_budget_usd: -1 },
  { monthly_budget_usd: 1_000_001 },
  { daily_budget_usd: '5' },
  { time_zone: 'Paris' },
  { time_zone: '+02:00' },
  { time_zone: '' },
  { max_open: 0 },
  { max_open: 1.5 },
  { __typo: 1 },
])('refuses an account with %j', async (changes) => {
  const refused = await api.readProblem(setAccount(changes))
  expect(refused.code).toBe('invalid_input')
  expect(refused.errors?.map((error) => error.path)).toEqual(Object.keys(changes))
})

it('lets a hundred concurrent callers spend the budget to the cent, and no more', async () => {
  await setAccount({ daily_budget_usd: 10 })
  expect(await statusesOf(100)).toEqual([...Array(50).fill(202), ...Array(50).fill(402)])
  expect(await fal.jobs()).toHaveLength(50)
  expect((await usage()).total).toMatchObject({ generations: 50, reserved_usd: 10 })
  await inside.storage(expectBalance)
})

it('says what was needed, what was left and when the budget resets', async () => {
  await clock.stop()
  await setAccount({ daily_budget_usd: 0.5, time_zone: 'America/New_York' })
  await ask()
  const refused = await api.readProblem(ask({ duration: 10 }))
  expect(refused).toMatchObject({
    code: 'over_budget',
    retryable: false,
    cost: { needed_usd: 0.4, left_usd: 0.3, limit_usd: 0.5, limit: 'account_daily' },
  })
  const resetsInMs = Date.parse(refused.cost?.resets_at ?? '') - Date.now()
  expect(resetsInMs).toBeGreaterThan(0)
  expect(resetsInMs).toBeLessThanOrEqual(25 * HOUR_MS)
  expect((await ask()).status).toBe(202)
  await clock.travel(resetsInMs - 1)
  expect((await ask()).status).toBe(402)
  await clock.travel(1)
  expect((await ask()).status).toBe(202)
})

it('admits nothing on a zero budget, and claims no idempotency key when it refuses', async () => {
  await setAccount({ daily_budget_usd: 0 })
  const once = { 'idempotency-key': 'once' }
  expect((await ask({}, once)).status).toBe(402)
  expect(await fal.calls('submit')).toEqual([])
  await setAccount({ daily_budget_usd: 1 })
  expect(await api.told(ask({}, once))).toMatchObject({ status: 202, replayed: false })
})

it('enforces each limit of an account and of a key on its own', async () => {
  const [daily, monthly] = [{ daily_budget_usd: 0.3 }, { monthly_budget_usd: 0.3 }]
  const budgets: [object, object, string][] = [
    [daily, {}, 'account_daily'],
    [monthly, {}, 'account_monthly'],
    [{}, daily, 'key_daily'],
    [{}, monthly, 'key_monthly'],
  ]
  for (const [index, [account, key, limit]] of budgets.entries()) {
    const account_id = `studio${index}`
    const holder = await newCaller({ account_id, ...key })
    const other = await newCaller({ account_id })
    await setAccount(account, account_id)
    await holder.create({ prompt: HOLD })
    const { cost } = await api.readProblem(holder.ask({ prompt: HOLD }))
    // Only the account's limits hold back the account's other key.
    const { status } = await other.ask({ prompt: HOLD })
    expect([cost?.limit, status]).toEqual([limit, limit.startsWith('key') ? 202 : 402])
    await inside.storage(expectBalance, account_id)
  }
})

it('releases the reservation if fal refuses or the generation is canceled unpaid', async () => {
  await setAccount({ daily_budget_usd: 0.2 })
  expect((await ask({ prompt: fal.marked('submit=unauthorized') })).status).toBe(502)
  const { id } = await api.create({ prompt: HOLD })
  expect((await ask()).status).toBe(402)
  await api.cancel(id)
  await api.readUntil(id, 'canceled')
  expect((await ask()).status).toBe(202)
  expect((await usage()).total).toMatchObject({ generations: 3, reserved_usd: 0.2, charged_usd: 0 })
})

it('keeps counting what may have been paid, and shows it as unknown', async () => {
  await clock.stop()
  await setAccount({ monthly_budget_usd: 0.2, daily_budget_usd: null })
  await ask({ prompt: fal.marked('submit=lost webhook=lost') })
  await clock.pass(7 * HOUR_MS)
  expect((await usage()).total).toMatchObject({ unknown_usd: 0.2, reserved_usd: 0 })
  const { cost } = await api.readProblem(ask())
  expect(cost).toMatchObject({ limit: 'account_monthly', left_usd: 0 })
  await inside.storage(expectBalance)
})

it('counts a generation that ends tomorrow against the day of its request', async () => {
  await clock.stop()
  await setAccount({ daily_budget_usd: 0.2 })
  const { resets_at = '' } = (await usage()).limits[0] ?? {}
  await clock.travel(Date.parse(resets_at) - Date.now() - 5000)
  await ask({ prompt: fal.marked('render_ms=10000') })
  await clock.travel(20_000)
  await end(1)
  expect((await ask()).status).toBe(202)
  const today = new Date().toISOString().slice(0, 10)
  expect(await usage(`?from=2026-01-01&to=${today}`)).toMatchObject({
    by_day: [
      { charged_usd: 0.2, reserved_usd: 0 },
      { charged_usd: 0, reserved_usd: 0.2 },
    ],
  })
})

it('loses no micro-dollar when the account moves to another time zone', async () => {
  await clock.stop()
  await setAccount({ daily_budget_usd: 1, time_zone: 'Pacific/Kiritimati' })
  await ask()
  await ask({ prompt: fal.marked('outcome=runner_server_error') })
  for (const time_zone of ['Pacific/Niue', 'Asia/Kathmandu', 'UTC']) {
    await setAccount({ time_zone })
    await ask()
    await end(1)
    await inside.storage(expectBalance)
  }
  const { total, by_day } = await usage(ALL)
  expect(total).toMatchObject({ generations: 5, reserved_usd: 0.8 })
  for (const { reserved_usd } of by_day) expect(reserved_usd).toBeLessThanOrEqual(1)
})

it('estimates as admission then decides, and stores nothing', async () => {
  await setAccount({ daily_budget_usd: 0.5 })
  const asked = (input: object) => api.post('/v1/generations/estimate', input)
  const estimate = async (input: object): Promise<EstimateView> =>
    (await asked({ prompt: HOLD, ...input })).json()
  for (const [input, usd] of [
    [{}, 0.2],
    [{ duration: '10' }, 0.4],
    [{ resolution: '1080p' }, 0.45],
    [{ resolution: '1080p', duration: 10 }, 0.9],
  ] as const) {
    const { cost, admissible, limits } = await estimate(input)
    expect(cost).toEqual({ estimated_usd: usd, basis: 'price_table' })
    expect([admissible, limits[0]?.exceeded]).toEqual([usd <= 0.5, usd > 0.5])
  }
  expect((await usage()).total.generations).toBe(0)
  expect((await ask({ resolution: '1080p' })).status).toBe(202)
  expect((await estimate({})).admissible).toBe(false)
  expect((await ask()).status).toBe(402)
  expect(await api.codeOf(asked({ prompt: '' }))).toBe('invalid_input')
})

it('reports usage by day, key, schedule and status that adds up to what the generations cost', async () => {
  const first = await newCaller({ account_id: 'default' })
  const second = await newCaller({ account_id: 'default' })
  for (const { create } of [first, second, first]) {
    for (const markers of ['outcome=ok', 'outcome=content_policy', 'outcome=model_500']) {
      await create({ prompt: fal.marked(markers), resolution: '1080p' })
    }
  }
  await ask()
  await end(9)
  const data = await api.list()
  const micro = (usd: number | null) => Math.round((usd ?? 0) * 1e6)
  const sum = (state: string, usd: (cost: Generation['cost']) => number | null) =>
    data
      .filter(({ cost }) => cost.state === state)
      .reduce((total, { cost }) => total + micro(usd(cost)), 0)
  const { total, ...groups } = await usage()
  expect(total.generations).toBe(10)
  expect(micro(total.charged_usd)).toBe(sum('charged', (cost) => cost.charged_usd))
  expect(micro(total.reserved_usd)).toBe(sum('reserved', (cost) => cost.estimated_usd))
  expect(micro(total.released_usd)).toBe(sum('released', (cost) => cost.estimated_usd))
  for (const group of [groups.by_day, groups.by_key, groups.by_schedule, groups.by_status]) {
    const charged = group.reduce((all, { charged_usd }) => all + micro(charged_usd), 0)
    expect(charged).toBe(micro(total.charged_usd))
  }
  const keys = new Set(['admin', first.made.id, second.made.id])
  expect(new Set(groups.by_key.map(({ key_id }) => key_id))).toEqual(keys)
  expect((await usage('?from=2000-01-01&to=2000-01-31')).total.generations).toBe(0)
  const wrong = ['from=today', 'to=2026-13-01', 'day=2026-01-01', 'from=a&from=b']
  const refused = wrong.map((query) => api.call(`/v1/usage?${query}`))
  expect(await api.codesOf(refused)).toEqual(['invalid_input'])
})

it('keeps no more generations open than an account may have', async () => {
  await setAccount({ max_open: 3 })
  expect((await statusesOf(10)).slice(0, 4)).toEqual([202, 202, 202, 429])
  const refused = await ask()
  expect(refused.headers.get('retry-after')).toBe('10')
  expect(await api.codeOf(refused)).toBe('too_many_open')
  expect(await fal.jobs()).toHaveLength(3)
})

it('remembers every reservation across a restart', async () => {
  await setAccount({ daily_budget_usd: 0.4 })
  await ask()
  await evictDurableObject(inside.stub())
  expect((await ask()).status).toBe(202)
  await evictDurableObject(inside.stub())
  expect((await ask()).status).toBe(402)
})

it('charges a retry as what it is: another generation', async () => {
  await setAccount({ daily_budget_usd: 0.3 })
  const { id } = await api.create({ prompt: fal.marked('outcome=content_policy') })
  await end(1)
  const { cost } = await api.readProblem(api.retry(id))
  expect(cost).toMatchObject({ needed_usd: 0.2, left_usd: 0.1 })
})
