/** What fal or a person says about a generation that has ended, or whose answer was lost. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { newCaller } from './callers.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside, MINUTE_MS } from './world.ts'

freshWorld({ stopped: true })

const { resolve } = api
const refusal = (id: string, word: unknown) => api.codeOf(resolve(id, word))
const inKv = (id: string) => env.REQUESTS.get<{ cost: unknown }>(`generation:${id}`, 'json')

/** A generation whose answer from fal was lost. */
const unconfirmed = async (markers = ''): Promise<string> => {
  const made = await api.create({ prompt: fal.marked(`submit=lost webhook=lost ${markers}`) })
  expect(made.unconfirmed).toBe(true)
  return made.id
}

/** The same, after its deadline has passed without a word from fal. */
const givenUp = async (markers: string): Promise<string> => {
  const id = await unconfirmed(markers)
  await clock.pass(7 * HOUR_MS)
  await api.readUntil(id, 'failed')
  return id
}

/** The same, after the gateway has stopped listening for fal too. */
const settled = async (markers: string): Promise<string> => {
  const id = await givenUp(markers)
  await clock.pass(25 * HOUR_MS)
  await inside.settledInKv(id)
  return id
}

const isCharged = ({ cost }: Generation) => cost.state === 'charged'
const HEARD = {
  status: 'failed',
  error: { late_video: { url: expect.any(String) } },
  cost: { state: 'charged', charged_usd: 0.2 },
  late_results: [],
}

it('charges and delivers a video that turns up more than two hours after a 503', async () => {
  const [heardMs, renderMs] = [2.1 * HOUR_MS, 30 * MINUTE_MS]
  const markers = `submit=503_after_no_id render_ms=${renderMs} webhook=late:${heardMs - renderMs}`
  const id = await api.refusedId(api.ask({ prompt: fal.marked(markers) }))
  await clock.pass(heardMs + 1000)
  await fal.deliverNext()
  expect(await api.read(id)).toMatchObject(HEARD)
  expect((await api.call(`/queue/fal-ai/pika/requests/${id}`)).status).toBe(200)
})

it('asks again within seconds about a job that a 503 denied and fal has not finished', async () => {
  // The webhook names the job, has no video, and comes before the result does.
  const markers = 'submit=503_after_no_id render_ms=1000 outcome=unserialisable'
  await api.readProblem(api.ask({ prompt: fal.marked(`${markers} webhook=out_of_order:1500`) }))
  // Reading the generation would ask fal too; listing does not.
  const listed = async () => (await api.list())[0]
  await clock.travel(1000)
  await fal.deliverNext()
  await clock.settle()
  expect(await listed()).toMatchObject({ cost: { state: 'reserved' } })
  await clock.pass(4000)
  await clock.settle()
  expect(await listed()).toMatchObject(HEARD)
})

it.each([null, { charged: false }])(
  'charges a job that fal reports after a day without status, whatever a person says (%j)',
  async (word) => {
    const { id } = await api.create({ prompt: fal.marked(`render_ms=${25 * HOUR_MS}`) })
    await fal.fail('status', 502, 30 * HOUR_MS)
    await clock.pass(24 * HOUR_MS + 2000)
    await api.readUntil(id, 'failed')
    const said = word === null ? 200 : (await resolve(id, word)).status
    expect(said).toBe(200)
    await clock.ring()
    await clock.travel(HOUR_MS)
    await fal.deliverNext()
    expect(await api.read(id)).toMatchObject(HEARD)
  },
)

it('charges a job that fal reports even after the generation has settled', async () => {
  const ms = 25 * HOUR_MS
  const { id } = await api.create({ prompt: fal.marked(`render_ms=${ms} webhook=late:${ms}`) })
  await fal.fail('status', 502, 60 * HOUR_MS)
  for (let day = 0; day < 2; day++) {
    await clock.pass(24 * HOUR_MS + 2000)
    await clock.settle()
    await clock.ring()
  }
  await eventually(async () => (await inKv(id)) !== null)
  expect((await api.read(id)).cost.state).toBe('unknown')
  await clock.travel(3 * HOUR_MS)
  await fal.deliverNext()
  expect(await api.readWhen(id, isCharged)).toMatchObject(HEARD)
})

it('follows a running job that a person finds after the generation has ended', async () => {
  const id = await settled(`render_ms=${35 * HOUR_MS}`)
  const fal_request_id = (await fal.theJob()).request_id
  await resolve(id, { fal_request_id })
  await eventually(async () => (await inKv(id)) === null)
  const error = { listening_until: expect.any(String) }
  expect(await api.read(id)).toMatchObject({ fal_request_id, error })
  for (let minutes = 0; minutes < 240; minutes += 30) {
    await clock.pass(30 * MINUTE_MS)
    await clock.settle()
  }
  expect(await api.readWhen(id, isCharged)).toMatchObject(HEARD)
})

it("accepts one of two concurrent resolutions, and never another account's request", async () => {
  const id = await givenUp(`render_ms=${6.9 * HOUR_MS}`)
  const slow = { prompt: fal.marked('render_ms=600000') }
  const { fal_request_id } = await api.create(slow, { 'pika-account': 'other' })
  await unconfirmed('render_ms=600000')
  await eventually(async () => (await env.REQUESTS.get(`request:${fal_request_id}`)) !== null)
  expect(await refusal(id, { fal_request_id })).toBe('not_resolvable')
  const [own, , second] = await fal.jobs()
  const answers = await Promise.all(
    [own, second].map((job) => resolve(id, { fal_request_id: job?.request_id })),
  )
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
  expect((await api.read(id)).late_results).toEqual([])
})

it('accepts a repeated resolution after fal has answered, and refuses a different one', async () => {
  const { id } = await api.create({ prompt: fal.marked('submit=lost render_ms=600000') })
  await clock.travel(2 * MINUTE_MS)
  await resolve(id, { charged: false })
  await clock.travel(HOUR_MS)
  await fal.deliverNext()
  expect(await api.read(id)).toMatchObject(HEARD)
  expect((await resolve(id, { charged: false })).status).toBe(200)
  expect(await refusal(id, { charged: true })).toBe('not_resolvable')
})

it('gives no ETag while a change is possible, and a new one when a person resolves it', async () => {
  const id = await givenUp('render_ms=600000000')
  const tag = async () => (await api.call(`/v1/generations/${id}`)).headers.get('etag')
  expect(await tag()).toBeNull()
  await clock.pass(25 * HOUR_MS)
  await eventually(async () => (await tag()) !== null)
  const before = await tag()
  await resolve(id, { charged: false })
  await eventually(async () => (await tag()) !== before)
  expect((await api.read(id)).cost).toMatchObject({ state: 'released', charged_usd: 0 })
})

it('learns on a retry that fal has failed the first job, and sends the retry', async () => {
  await fal.fail('status', 502, 7 * HOUR_MS)
  const markers = `webhook=lost outcome=content_policy render_ms=${6.9 * HOUR_MS}`
  const first = await api.create({ prompt: fal.marked(`submit=502_after ${markers}`) })
  await clock.pass(6.5 * HOUR_MS)
  await api.readUntil(first.id, 'failed')
  await clock.travel(0.6 * HOUR_MS)
  const { body } = await api.told(api.retry(first.id, { accept_double_charge: true }))
  expect(body).toMatchObject({ error: null })
  expect((await api.read(first.id)).cost).toMatchObject({ state: 'charged', charged_usd: 0.2 })
})

/** A generation whose answer was lost two minutes ago. */
const lost = async (markers = ''): Promise<string> => {
  const id = await unconfirmed(markers)
  const early = await api.readProblem(resolve(id, { charged: true }))
  expect(early).toMatchObject({ code: 'not_resolvable', retryable: true })
  await clock.travel(2 * MINUTE_MS)
  return id
}

it('ends an unconfirmed generation as a person says, once', async () => {
  const id = await lost()
  const body = {
    status: 'failed',
    error: { code: 'submission_unconfirmed', listening_until: expect.any(String) },
    cost: { state: 'released', charged_usd: 0 },
  }
  for (const _ of ['said', 'repeated'])
    expect(await api.told(resolve(id, { charged: false }))).toMatchObject({ status: 200, body })
  expect(await refusal(id, { charged: true })).toBe('not_resolvable')
})

it('adopts the request that a person has found, and follows it to its end', async () => {
  const id = await lost('render_ms=300000')
  const fal_request_id = (await fal.theJob()).request_id
  const found = { status: 200, body: { status: 'in_progress', fal_request_id } }
  for (const _ of ['said', 'repeated'])
    expect(await api.told(resolve(id, { fal_request_id }))).toMatchObject(found)
  await clock.pass(10 * MINUTE_MS)
  await api.readUntil(id, 'completed')
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('adopts no request that fal does not know or another generation has', async () => {
  const id = await lost()
  const { fal_request_id } = await api.create()
  expect(await refusal(id, { fal_request_id: 'none-such' })).toBe('invalid_input')
  expect(await refusal(id, { fal_request_id })).toBe('not_resolvable')
  await fal.control('/faults', { op: 'status', fault: 502, times: 1 })
  expect(await refusal(id, { fal_request_id: 'none-such' })).toBe('unavailable')
  expect(await api.read(id)).toMatchObject({ status: 'submitting', unconfirmed: true })
  expect(await refusal(id, { charged: true, fal_request_id: 'x' })).toBe('invalid_input')
  expect(await refusal(id, {})).toBe('invalid_input')
})

it('resolves only what fal has left open, and only for ADMIN_KEY', async () => {
  const { id } = await api.create()
  const word = { charged: true }
  expect(await refusal(id, word)).toBe('not_resolvable')
  expect(await refusal('gen_01k88z00000123456789abcdef', word)).toBe('not_found')
  const { post } = await newCaller()
  expect(await api.codeOf(post(`/v1/generations/${id}/resolve`, word))).toBe('missing_scope')
})
