import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside, MINUTE_MS } from './world.ts'

freshWorld({ stopped: true })

const ask = (submit: string) =>
  api.ask({ prompt: fal.marked(`submit=${submit}`) }, { 'idempotency-key': 'order-7' })

it.each(['503_before', '503_before_id'])(
  "reports fal's 503 (%s) at once, and holds the money until no job can appear",
  async (submit) => {
    const sentAtMs = Date.now()
    const refused = await api.readProblem(ask(submit))
    const until = new Date(sentAtMs + 2 * HOUR_MS).toISOString()
    expect(refused).toMatchObject({
      code: 'fal_unavailable',
      detail: expect.stringContaining(`; it may still appear until ${until}`),
      listening_until: until,
      retryable: false,
    })
    const id = refused.generation_id ?? ''
    expect(await api.read(id)).toMatchObject({
      status: 'failed',
      error: { code: 'fal_unavailable', retryable: false, listening_until: until },
      cost: { state: 'reserved', charged_usd: null },
    })
    expect(await api.codeOf(api.retry(id))).toBe('outcome_unknown')

    await clock.pass(2 * HOUR_MS)
    expect((await api.read(id)).cost.state).toBe('reserved')
    expect(await env.REQUESTS.get(`generation:${id}`)).toBeNull()
    await clock.pass(2000)
    const ended = await api.read(id)
    expect(ended).toMatchObject({ status: 'failed', cost: { state: 'released', charged_usd: 0 } })
    expect(ended.error).not.toHaveProperty('listening_until')
    await inside.settledInKv(id)
    const again = await api.readProblem(ask(submit))
    expect(again).toMatchObject({ code: 'fal_unavailable', generation_id: id })
    expect(await fal.calls('submit')).toHaveLength(1)
    expect(await fal.jobs()).toEqual([])
  },
)

it("delivers a video that came despite a 503, by key and on fal's paths, and refuses a retry", async () => {
  const id = await api.refusedId(ask('503_after_no_id'))
  await fal.deliverNext()
  const url = expect.stringMatching(/^https?:/)
  expect(await (await ask('503_after_no_id')).json()).toMatchObject({
    id,
    status: 'failed',
    fal_request_id: (await fal.theJob()).request_id,
    error: { code: 'fal_unavailable', late_video: { url } },
    cost: { state: 'charged', charged_usd: 0.2 },
  })
  const path = `/queue/fal-ai/pika/requests/${id}`
  expect(await api.get(`${path}/status`)).not.toHaveProperty('error')
  expect(await api.get(path)).toMatchObject({ video: { url } })
  const retried = api.retry(id, { accept_double_charge: true })
  expect(await api.codeOf(retried)).toBe('not_retryable')
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('retries if the caller accepts a double charge, and never sends the first one again', async () => {
  const id = await api.refusedId(ask('503_before'))
  // If the breaker opened, the first successful submit closes it.
  await clock.pass(MINUTE_MS)
  const retried = await api.retry(id, { accept_double_charge: true }, { prefer: 'wait=0' })
  expect(await retried.json()).toMatchObject({ retry_of: id })
  await eventually(async () => (await fal.calls('submit')).length === 2)
  expect((await api.read(id)).fal_request_id).toBeNull()
})

it('asks fal once more before a paid retry, and does not send it if fal has the first job', async () => {
  await fal.fail('status', 502, 8 * HOUR_MS)
  const prompt = fal.marked('submit=502_after webhook=lost render_ms=90000000')
  const first = await api.create({ prompt })
  await clock.pass(7 * HOUR_MS)
  expect((await api.readUntil(first.id, 'failed')).cost.state).toBe('unknown')
  await clock.travel(HOUR_MS)
  // By now fal answers again, and has the job.
  const retried = await api.retry(first.id, { accept_double_charge: true })
  const second = await retried.json<Generation>()
  expect(await api.readUntil(second.id, 'failed')).toMatchObject({
    error: { code: 'not_sent', message: expect.stringContaining('after all') },
    cost: { state: 'released' },
  })
  const { request_id } = await fal.theJob()
  expect((await api.read(first.id)).fal_request_id).toBe(request_id)
  expect(await fal.calls('submit')).toHaveLength(1)
})
