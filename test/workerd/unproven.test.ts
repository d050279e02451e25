import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import {
  call,
  calls,
  control,
  create,
  deliverAll,
  eventually,
  freshWorld,
  heldHooks,
  jobs,
  marked,
  post,
  read,
  readProblem,
  readUntil,
  ring,
  stopClocks,
  travel,
} from './harness.ts'
import { HOUR_MS, MINUTE_MS } from './schedules-world.ts'

freshWorld()

const ask = (submit: string, more: Record<string, string> = {}) =>
  post('/v1/generations', { prompt: marked(`submit=${submit}`) }, more)

/** A breaker that opened is closed by the first submit that goes well. */
const endOutage = async (): Promise<void> => {
  await travel(MINUTE_MS)
  await ring()
}

const inKv = (id: string) => env.REQUESTS.get(`generation:${id}`)

it.each(['503_before', '503_before_id'])(
  "tells fal's 503 (%s) at once, and holds its money until nothing can come of it",
  async (submit) => {
    await stopClocks()
    const sentAtMs = Date.now()
    const refused = await readProblem(await ask(submit, { 'idempotency-key': 'order-7' }))
    const until = new Date(sentAtMs + 2 * HOUR_MS).toISOString()
    expect(refused).toMatchObject({
      code: 'fal_unavailable',
      detail: expect.stringContaining(`; it may still appear until ${until}`),
      listening_until: until,
      retryable: false,
    })
    const id = refused.generation_id ?? ''
    expect(await read(id)).toMatchObject({
      status: 'failed',
      error: { code: 'fal_unavailable', retryable: false, listening_until: until },
      cost: { state: 'reserved', charged_usd: null },
    })
    const retried = await post(`/v1/generations/${id}/retry`, {})
    expect((await readProblem(retried)).code).toBe('outcome_unknown')

    await travel(2 * HOUR_MS)
    await ring()
    expect((await read(id)).cost.state).toBe('reserved')
    expect(await inKv(id)).toBeNull()
    await travel(2000)
    await ring()
    const ended = await read(id)
    expect(ended).toMatchObject({ status: 'failed', cost: { state: 'released', charged_usd: 0 } })
    expect(ended.error).not.toHaveProperty('listening_until')
    await eventually(async () => (await inKv(id)) !== null)
    const again = await readProblem(await ask(submit, { 'idempotency-key': 'order-7' }))
    expect(again).toMatchObject({ code: 'fal_unavailable', generation_id: id })
    expect(await calls('submit')).toHaveLength(1)
    expect(await jobs()).toEqual([])
  },
)

it('delivers the video of a 503 that was none: by its key, on the paths of fal, and not twice', async () => {
  await stopClocks()
  const key = { 'idempotency-key': 'order-8' }
  const refused = await readProblem(await ask('503_after_no_id', key))
  const id = refused.generation_id ?? ''
  await eventually(async () => (await heldHooks()).length > 0 || (await travel(10_000), false))
  await deliverAll()
  const late: Generation = await (await ask('503_after_no_id', key)).json()
  const [job] = await jobs()
  const url = expect.stringMatching(/^https?:/)
  expect(late).toMatchObject({
    id,
    status: 'failed',
    fal_request_id: job?.request_id,
    error: { code: 'fal_unavailable', late_video: { url } },
    cost: { state: 'charged', charged_usd: 0.2 },
  })
  const path = `/queue/fal-ai/pika/requests/${id}`
  expect(await (await call(`${path}/status`)).json()).not.toHaveProperty('error')
  expect(await (await call(path)).json()).toMatchObject({ video: { url } })
  const retried = await post(`/v1/generations/${id}/retry`, { accept_double_charge: true })
  expect((await readProblem(retried)).code).toBe('not_retryable')
  expect(await calls('submit')).toHaveLength(1)
})

it('retries it where the caller accepts a double charge, and never sends the first one again', async () => {
  await stopClocks()
  const refused = await readProblem(await ask('503_before'))
  await endOutage()
  const path = `/v1/generations/${refused.generation_id}/retry`
  const retried = await post(path, { accept_double_charge: true }, { prefer: 'wait=0' })
  expect(await retried.json()).toMatchObject({ retry_of: refused.generation_id })
  await eventually(async () => (await calls('submit')).length === 2)
  expect((await read(refused.generation_id ?? '')).fal_request_id).toBeNull()
})

it('asks once more before it pays a second time, and finds that it need not', async () => {
  await stopClocks()
  await control('/faults', { op: 'status', fault: 502, for_ms: 8 * HOUR_MS, times: 1e6 })
  const first = await create({ prompt: marked('submit=502_after webhook=lost render_ms=90000000') })
  await travel(7 * HOUR_MS)
  await ring()
  await readUntil(first.id, 'failed')
  expect((await read(first.id)).cost.state).toBe('unknown')
  await travel(HOUR_MS)
  // By now fal can be asked again, and has it.
  const path = `/v1/generations/${first.id}/retry`
  const retried = await post(path, { accept_double_charge: true })
  const second = await retried.json<Generation>()
  expect(await readUntil(second.id, 'failed')).toMatchObject({
    error: { code: 'not_sent', message: expect.stringContaining('after all') },
    cost: { state: 'released' },
  })
  const [job] = await jobs()
  expect((await read(first.id)).fal_request_id).toBe(job?.request_id)
  expect(await calls('submit')).toHaveLength(1)
})
