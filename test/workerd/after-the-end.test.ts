import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside, MINUTE_MS } from './world.ts'

freshWorld({ stopped: true })

const { resolve } = api
const inKv = (id: string) => env.REQUESTS.get<{ cost: unknown }>(`generation:${id}`, 'json')

/** One whose answer was lost, with nothing heard of it until its deadline. */
const givenUp = async (markers: string): Promise<string> => {
  const { id } = await api.create({ prompt: fal.marked(`submit=lost webhook=lost ${markers}`) })
  await clock.pass(7 * HOUR_MS)
  await api.readUntil(id, 'failed')
  return id
}

/** The same, when nobody listens any more either. */
const settled = async (markers: string): Promise<string> => {
  const id = await givenUp(markers)
  await clock.pass(25 * HOUR_MS)
  await inside.settledInKv(id)
  return id
}

const HEARD = {
  status: 'failed',
  error: { late_video: { url: expect.any(String) } },
  cost: { state: 'charged', charged_usd: 0.2 },
  late_results: [],
}

it('books and delivers what turns up later than two hours after a 503', async () => {
  const [heardMs, renderMs] = [2.1 * HOUR_MS, 30 * MINUTE_MS]
  const markers = `submit=503_after_no_id render_ms=${renderMs} webhook=late:${heardMs - renderMs}`
  const id = await api.refusedId(api.ask({ prompt: fal.marked(markers) }))
  await clock.pass(heardMs + 1000)
  await fal.deliverNext()
  expect(await api.read(id)).toMatchObject(HEARD)
  expect((await api.call(`/queue/fal-ai/pika/requests/${id}`)).status).toBe(200)
})

it('asks again within seconds for what a 503 denied and fal is not done with', async () => {
  // The webhook names the job, has no video, and comes before the result does.
  const markers = 'submit=503_after_no_id render_ms=1000 outcome=unserialisable'
  const prompt = fal.marked(`${markers} webhook=out_of_order:1500`)
  await api.readProblem(api.ask({ prompt }))
  // To read it would be a look of its own.
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
  'hears of one that could not be asked about for a day, whatever a person says (%j)',
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

it('hears of it when it has settled as well', async () => {
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
  const heard = await api.readWhen(id, ({ cost }) => cost.state === 'charged')
  expect(heard).toMatchObject(HEARD)
})

it('follows what a person finds after the end while it still runs', async () => {
  const id = await settled(`render_ms=${35 * HOUR_MS}`)
  const [job] = await fal.jobs()
  await resolve(id, { fal_request_id: job?.request_id })
  await eventually(async () => (await inKv(id)) === null)
  expect(await api.read(id)).toMatchObject({
    fal_request_id: job?.request_id,
    error: { listening_until: expect.any(String) },
  })
  for (let minutes = 0; minutes < 240; minutes += 30) {
    await clock.pass(30 * MINUTE_MS)
    await clock.settle()
  }
  const heard = await api.readWhen(id, ({ cost }) => cost.state === 'charged')
  expect(heard).toMatchObject(HEARD)
})

it('takes one of two words that come at once, and no request of anybody else', async () => {
  const id = await givenUp(`render_ms=${6.9 * HOUR_MS}`)
  const other = await api.create(
    { prompt: fal.marked('render_ms=600000') },
    { 'pika-account': 'other' },
  )
  await api.create({ prompt: fal.marked('submit=lost webhook=lost render_ms=600000') })
  await eventually(async () => (await env.REQUESTS.get(`request:${other.fal_request_id}`)) !== null)
  const theirs = await resolve(id, { fal_request_id: other.fal_request_id })
  expect(await api.codeOf(theirs)).toBe('not_resolvable')
  const [own, , second] = await fal.jobs()
  const answers = await Promise.all(
    [own, second].map((job) => resolve(id, { fal_request_id: job?.request_id })),
  )
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
  expect((await api.read(id)).late_results).toEqual([])
})

it('says the same to the same word after fal has spoken', async () => {
  const { id } = await api.create({ prompt: fal.marked('submit=lost render_ms=600000') })
  await clock.travel(2 * MINUTE_MS)
  await resolve(id, { charged: false })
  await clock.travel(HOUR_MS)
  await fal.deliverNext()
  expect(await api.read(id)).toMatchObject(HEARD)
  expect((await resolve(id, { charged: false })).status).toBe(200)
  expect((await resolve(id, { charged: true })).status).toBe(409)
})

it('tells nobody that nothing has changed while it can, or where a person has said it', async () => {
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

it('sends a retry where fal has failed the first one, and only then knows of it', async () => {
  await fal.fail('status', 502, 7 * HOUR_MS)
  const markers = `webhook=lost outcome=content_policy render_ms=${6.9 * HOUR_MS}`
  const first = await api.create({ prompt: fal.marked(`submit=502_after ${markers}`) })
  await clock.pass(6.5 * HOUR_MS)
  await api.readUntil(first.id, 'failed')
  await clock.travel(0.6 * HOUR_MS)
  const retried = await api.retry(first.id, { accept_double_charge: true })
  const second: Generation = await retried.json()
  expect(second.error).toBeNull()
  expect((await api.read(first.id)).cost).toMatchObject({ state: 'charged', charged_usd: 0.2 })
})
