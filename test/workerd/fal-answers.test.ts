import { expect, it } from 'vitest'
import { api, clock, eventually, fal, freshWorld } from './world.ts'

freshWorld()

it.each([
  ['429', 'fal_queue_full', '30', true],
  ['locked', 'fal_account_locked', '300', true],
  ['unauthorized', 'fal_refused', null, false],
])("reports fal's refusal (%s) as unpaid", async (submit, code, retryAfter, retryable) => {
  const response = await api.ask({ prompt: fal.marked(`submit=${submit}`) })
  expect(response.headers.get('retry-after')).toBe(retryAfter)
  const { generation_id = '', ...refused } = await api.readProblem(response)
  expect(refused).toMatchObject({ code, retryable })
  expect(await api.read(generation_id)).toMatchObject({
    status: 'failed',
    error: { code, retryable },
    cost: { state: 'released', charged_usd: 0 },
  })
  expect(await fal.calls('submit')).toHaveLength(1)
  expect(await fal.jobs()).toEqual([])
})

const TOO_LONG = { loc: ['body', 'prompt'], msg: 'too long', type: 'string_too_long' }

it.each([
  ['and names the fields', [TOO_LONG], [{ path: 'prompt', message: 'too long' }]],
  ["in fal's own words", 'too long', undefined],
])('says why fal refuses an input, %s', async (_how, said, errors) => {
  await fal.control('/faults', { op: 'submit', fault: 422, body: { detail: said } })
  const { code, detail, generation_id = '', ...refused } = await api.readProblem(api.ask())
  expect([code, detail]).toEqual(['input_refused', 'fal refused the input: too long'])
  expect(refused.errors).toEqual(errors)
  expect(await api.read(generation_id)).toMatchObject({ error: { message: detail } })
  expect(await fal.calls('submit')).toHaveLength(1)
})

const NAMELESS = ['after_no_id', 'after_inner_id'].flatMap((what) =>
  ['500', '502', '504'].map((status) => `${status}_${what}`),
)
const UNPROVEN = ['500_before', 'lost', 'reset', 'no_id', 'malformed', 'redirect', ...NAMELESS]

it.each(UNPROVEN)('leaves an unclear submit (%s) open, and never resends it', async (submit) => {
  expect(await api.create({ prompt: fal.marked(`submit=${submit}`) })).toMatchObject({
    status: 'submitting',
    unconfirmed: true,
    fal_request_id: null,
    cost: { state: 'reserved', charged_usd: null },
  })
  expect(await fal.calls('submit')).toHaveLength(1)
})

const NAMING = ['500_after', '502_after', '503_after', '504_after']

it.each(NAMING)('looks up the id in an unclear answer (%s) at once', async (submit) => {
  const created = await api.create({ prompt: fal.marked(`submit=${submit}`) })
  const fal_request_id = (await fal.theJob()).request_id
  expect(created).toMatchObject({ unconfirmed: false, fal_request_id })
  await api.readUntil(created.id, 'completed')
  expect(await fal.calls('submit')).toHaveLength(1)
})

it.each([
  ['502_after', 'completed', null],
  ['503_before_id', 'failed', 'fal_unavailable'],
] as const)('looks up the id in %s again if fal fails at first', async (submit, status, code) => {
  await clock.stop()
  await fal.fail('status', 502, 60_000)
  const created = await api.create({ prompt: fal.marked(`submit=${submit} webhook=lost`) })
  expect(created).toMatchObject({ status: 'submitting', unconfirmed: true })
  for (let second = 0; second < 200; second += 10) await clock.pass(10_000)
  expect((await api.readUntil(created.id, status)).error?.code ?? null).toBe(code)
  expect(await fal.calls('submit')).toHaveLength(1)
})

it.each([
  ['content_policy', 'content_policy_violation', 'charged'],
  ['silent_422', 'content_policy_violation', 'charged'],
  ['no_media', 'no_media_generated', 'charged'],
  ['model_500', 'model_error', 'released'],
  ['generation_timeout', 'generation_timeout', 'released'],
  ['downstream_error', 'downstream_error', 'released'],
  ['runner_disconnected', 'platform_error', 'released'],
  ['runner_server_error', 'platform_error', 'released'],
  ['request_timeout', 'start_timeout', 'released'],
  ['no_video', 'invalid_output', 'charged'],
])('ends a job that fails with %s, by webhook and by polling', async (outcome, code, state) => {
  const prompt = fal.marked(`outcome=${outcome}`)
  const hooked = await api.create({ prompt })
  await fal.deliverAll()
  const asked = await api.create({ prompt })
  const byHook = await api.readUntil(hooked.id, 'failed')
  const byAsking = await api.readUntil(asked.id, 'failed')
  const charged_usd = state === 'charged' ? 0.2 : 0
  expect(byHook).toMatchObject({ error: { code }, cost: { state, charged_usd } })
  expect([byAsking.error, byAsking.cost]).toEqual([byHook.error, byHook.cost])
})

it('accepts a video without its optional fields, and charges the units that fal reports', async () => {
  const bare = await api.create({ prompt: fal.marked('outcome=null_fields') })
  await fal.deliverAll()
  const video = { content_type: null, file_name: null, file_size: null }
  expect(await api.read(bare.id)).toMatchObject({ status: 'completed', video })
  const billed = await api.create({ prompt: fal.marked('billable_units=2') })
  const { cost } = await api.readUntil(billed.id, 'completed')
  expect(cost).toMatchObject({ state: 'charged', basis: 'fal_units' })
})

/** Reads it, always without an error, until the gateway has asked for its result `times` times. */
const readTillAsked = (id: string, times: number) =>
  eventually(async () => {
    expect(await api.read(id)).toMatchObject({ error: null })
    return (await fal.calls('result')).length === times
  })

it('believes a failed result only after fal has given it three times over a minute', async () => {
  await clock.stop()
  const created = await api.create()
  const detail = [{ loc: [], msg: 'broken', type: 'internal_server_error' }]
  await fal.control('/faults', { op: 'result', fault: 500, times: 3, body: { detail } })
  for (const [looks, after] of [2000, 29_000].entries()) {
    await clock.travel(after)
    await readTillAsked(created.id, looks + 1)
  }
  await clock.travel(31_000)
  expect((await api.readUntil(created.id, 'failed')).error?.code).toBe('model_error')
})

it('delivers a video after fal has answered 502 for its result for a while', async () => {
  await clock.stop()
  const created = await api.create()
  await fal.control('/faults', { op: 'result', fault: 502, times: 5 })
  for (let looks = 1; looks <= 5; looks++) {
    await clock.travel(60_000)
    await readTillAsked(created.id, looks)
  }
  await clock.travel(2000)
  expect(await api.readUntil(created.id, 'completed')).toMatchObject({ error: null })
})
