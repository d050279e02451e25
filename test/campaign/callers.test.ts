import { createFalClient } from '@fal-ai/client'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createPikaClient } from '../../src/client/index.ts'
import { type CallersAccount, cutCallers, startCallersWorld } from './callers.ts'
import { startRelay } from './relay.ts'

const MODEL = 'fal-ai/pika/v2.2/text-to-video'
const ORDER_7 = { 'idempotency-key': 'order-7' }
/** The job runs until the test ends it, because its webhook would be an answer too. */
const LASTS_MS = 600_000
const world = await startCallersWorld()
/** The relay between the callers and the gateway. */
const front = await startRelay(world.gatewayUrl)
let account: CallersAccount
let prompt: string
let prompts = 0

beforeEach(async () => {
  account = await world.newAccount()
  prompt = `caller ${++prompts} [emulator: render_ms=${LASTS_MS}]`
})
afterAll(async () => {
  await front[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

const jobs = () => world.emulator.emulator.jobs().filter(({ input }) => input['prompt'] === prompt)

const post = async (path: string, body: unknown = { prompt }, headers = {}) => {
  const response = await fetch(front.url + path, {
    method: 'POST',
    headers: { ...account.headers, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as { id?: string; request_id?: string; video?: unknown }
  const id = answer.id ?? answer.request_id ?? (answer.video === undefined ? '' : 'a video')
  return { id, replayed: response.headers.get('idempotent-replayed') }
}

/** Cuts off `count` callers once fal has their jobs and before it answers. */
const cut = async (ask: () => Promise<unknown>, count = 1): Promise<void> => {
  const before = jobs().length
  world.fal.hold()
  const asked = Array.from({ length: count }, () => ask().catch(() => 'broken'))
  await expect.poll(() => jobs().length).toBe(before + count)
  expect(front.cut()).toBe(count)
  expect(await Promise.all(asked)).toEqual(asked.map(() => 'broken'))
  world.fal.release()
}

/** Finishes the jobs. */
const end = async (): Promise<void> => {
  for (const { request_id: id } of jobs()) {
    await fetch(`${world.emulator.url}/_emulator/jobs/${id}/advance`, {
      method: 'POST',
      body: JSON.stringify({ ms: LASTS_MS }),
    })
  }
}

const asFal = { 'x-fal-target-url': `https://queue.fal.run/${MODEL}` }

describe('a caller whose connection broke before the answer left', () => {
  it.each([
    ['a create', '/v1/generations', {}, /^gen_/],
    ['a create that waits for the end', '/v1/generations', { prefer: 'wait=60' }, /^gen_/],
    ["a submit to fal's queue", `/queue/${MODEL}`, {}, /^gen_/],
    ["a submit through fal's proxy", '/fal/proxy', asFal, /^gen_/],
    ["a run as on fal's own host", `/${MODEL}`, {}, 'a video'],
  ])('gets its generation back when it repeats %s', async (_what, path, headers, id) => {
    const ask = () => post(path, { prompt }, headers)
    await cut(ask)
    const again = ask()
    await end()
    expect(await again).toEqual({ id: expect.stringMatching(id), replayed: 'true' })
    expect(jobs()).toHaveLength(1)
    const next = ask()
    await expect.poll(() => jobs().length).toBe(2)
    await end()
    expect((await next).replayed).toBeNull()
  })

  it('gets its generation back when it repeats a retry', async () => {
    prompt = `caller ${prompts} [emulator: render_ms=${LASTS_MS} outcome=model_500]`
    const failing = post('/v1/generations', { prompt }, { prefer: 'wait=60' })
    await expect.poll(() => jobs().length).toBe(1)
    await end()
    const { id } = await failing
    const retry = (body = {}) => post(`/v1/generations/${id}/retry`, body)
    await cut(retry)
    // Another body makes it another request.
    expect((await retry({ accept_double_charge: true })).replayed).toBeNull()
    expect((await retry()).replayed).toBe('true')
    expect(jobs()).toHaveLength(3)
  })

  it("gets its generation back when it repeats a schedule's run", async () => {
    const schedule = { name: 'test', cron: '0 9 * * *', paused: true, input: { prompt } }
    const { id } = await post('/v1/schedules', schedule)
    const run = () => post(`/v1/schedules/${id}/run`, {})
    await cut(run)
    expect((await run()).replayed).toBe('true')
    expect((await run()).replayed).toBeNull()
    expect(jobs()).toHaveLength(2)
  })

  it('gets its own generation back even if three identical callers were cut off too', async () => {
    const ask = () => post('/v1/generations')
    await cut(ask, 4)
    const again = await Promise.all([ask(), ask(), ask(), ask()])
    expect(again.map(({ replayed }) => replayed)).toEqual(['true', 'true', 'true', 'true'])
    expect(new Set(again.map(({ id }) => id)).size).toBe(4)
    expect(jobs()).toHaveLength(4)
  })

  it('does not give its generation to another API key, route or body, or to an idempotency key', async () => {
    const ask = () => post('/v1/generations')
    await cut(ask)
    const others = [
      await post('/v1/generations', { prompt }, { ...world.admin, 'pika-account': account.id }),
      await post(`/queue/${MODEL}`),
      await post('/v1/generations', { prompt, metadata: { a: '1' } }),
      await post('/v1/generations', { prompt }, ORDER_7),
    ]
    expect(others.map(({ replayed }) => replayed)).toEqual([null, null, null, null])
    expect((await ask()).replayed).toBe('true')
  })

  it('gets its generation back only with its idempotency key if it sent one', async () => {
    const keyed = () => post('/v1/generations', { prompt }, ORDER_7)
    await cut(keyed)
    expect((await post('/v1/generations')).replayed).toBeNull()
    expect((await keyed()).replayed).toBe('true')
    expect(jobs()).toHaveLength(2)
  })
})

const keyOf = ({ headers }: CallersAccount) =>
  headers['authorization']?.replace('Bearer ', '') ?? ''
const falClient = () =>
  createFalClient({
    credentials: keyOf(account),
    proxyUrl: { url: `${front.url}/fal/proxy`, when: 'always' },
  })

it("pays once for fal's own client with an idempotency key, whenever it sends again", async () => {
  const fal = falClient()
  const submit = () =>
    fal.queue.submit(MODEL, { input: { prompt }, headers: { 'Idempotency-Key': 'scene-7' } })
  expect((await submit()).request_id).toBe((await submit()).request_id)
  expect(jobs()).toHaveLength(1)
})

const CLIENTS = {
  "fal's own client, which retries by itself": async () =>
    (await falClient().queue.submit(MODEL, { input: { prompt } })).request_id,
  'our own client, which sends a key': async () => {
    const pika = createPikaClient({ baseUrl: front.url, apiKey: keyOf(account) })
    return (await pika.create({ prompt })).id
  },
}

it.each(Object.entries(CLIENTS))('pays once for %s and is cut off twice', async (_, submit) => {
  world.fal.hold()
  const submitted = submit()
  await expect.poll(() => jobs().length).toBe(1)
  expect(front.cut()).toBe(1)
  await expect.poll(() => front.waiting()).toBe(1)
  expect(front.cut()).toBe(1)
  await expect.poll(() => front.waiting()).toBe(1)
  world.fal.release()
  expect(await submitted).toMatch(/^gen_/)
  expect(jobs()).toHaveLength(1)
})

it.each([
  ['before fal answers', false, 'before'],
  ['at any moment if it sends a key', true, 'later'],
] as const)('pays once for each caller that is cut off %s', async (_, withKey, when) => {
  const cuts = await cutCallers(world, { count: 60, width: 8, seed: 1 }, withKey)
  expect(cuts).toMatchObject({ beforePaidTwice: 0, [`${when}PaidTwice`]: 0, unpaid: 0 })
  expect(cuts.before + (withKey ? cuts.later : 0)).toBeGreaterThan(0)
})
