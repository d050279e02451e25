import { env } from 'cloudflare:workers'
import { abortAllDurableObjects } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { createCore } from '../../src/account/core.ts'
import { createDeletion } from '../../src/account/deletion/deletion.ts'
import { createAccountLog } from '../../src/account/events/log.ts'
import { runByHand, schedule } from './schedules-world.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside } from './world.ts'

freshWorld({ stopped: true })

const { codeOf, removeGeneration: remove, usage } = api

/** A generation that has its video, and whose record is in KV. */
const made = async (headers: Record<string, string> = {}) => {
  const done = await fal.completed({}, headers)
  await inside.settledInKv(done.id)
  return done
}

it('deletes the input and the output, but keeps the cost', async () => {
  const { id, fal_request_id, video } = await made()
  const before = await usage()
  expect(await (await remove(id)).json()).toEqual({ id, object: 'generation', deleted: true })
  const kept = await inside.storedText()
  for (const text of [api.PROMPT, video.source_url]) expect(kept).not.toContain(text)
  const gone = [`generation:${id}`, `request:${fal_request_id}`]
  await eventually(
    async () => !(await env.REQUESTS.list()).keys.some(({ name }) => gone.includes(name)),
  )
  expect(await usage()).toEqual(before)
  expect(await api.list()).toEqual([])
})

it('answers 410 to every call about a deleted generation, and does not pay again', async () => {
  const key = { 'idempotency-key': 'order-7' }
  const { id } = await made(key)
  await remove(id)
  await eventually(async () => (await env.REQUESTS.get(`generation:${id}`)) === null)
  const path = `/v1/generations/${id}`
  const asked = [
    api.call(path),
    api.call(`${path}/events`),
    api.call(`${path}/events`, { headers: { accept: 'application/json' } }),
    remove(id),
    api.cancel(id),
    api.retry(id),
    api.resolve(id, { charged: true }),
    api.ask({}, key),
  ]
  expect(await api.codesOf(asked)).toEqual(['generation_deleted'])
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('keeps an idempotency key for a day after its generation is deleted', async () => {
  const key = { 'idempotency-key': 'order-8' }
  const { id } = await made(key)
  await clock.travel(23 * HOUR_MS)
  await remove(id)
  await clock.pass(23 * HOUR_MS)
  expect(await codeOf(api.ask({}, key))).toBe('generation_deleted')
  await clock.pass(2 * HOUR_MS)
  await api.create({}, key)
  expect(await fal.calls('submit')).toHaveLength(2)
})

it.each([
  ['open', 'render_ms=60000'],
  ['in doubt', 'submit=503_after_no_id'],
])('refuses to delete a generation that is %s', async (_, markers) => {
  await api.ask({ prompt: fal.marked(markers) })
  const [{ id } = { id: '' }] = await api.list()
  expect(await codeOf(remove(id))).toBe('not_deletable')
  expect((await api.read(id)).id).toBe(id)
})

it('ignores a late webhook for a deleted generation, and gives its request to no other', async () => {
  const { id } = await api.create({ prompt: fal.marked('webhook=doubled') })
  await fal.deliver(await fal.theHook())
  await api.readUntil(id, 'completed')
  const before = await usage()
  await remove(id)
  expect((await fal.deliver(await fal.theHook())).status).toBe(200)
  expect(await codeOf(api.call(`/v1/generations/${id}`))).toBe('generation_deleted')
  expect(await usage()).toEqual(before)
  expect(await fal.jobs()).toHaveLength(1)
})

it('deletes old generations by itself, a limited number per hour, and none in doubt', async () => {
  const old = [await made(), await made()].map(({ id }) => id)
  await clock.travel(31 * 24 * HOUR_MS)
  const { id: young } = await made()
  await inside.storage((storage) => {
    const retention = retentionOf(storage, 30)
    expect(retention.nextDueMs()).toBeLessThanOrEqual(Date.now())
    retention.runDue(Date.now())
    // The young generation is due once it is old, and not within the hour.
    expect(retention.nextDueMs()).toBeGreaterThan(Date.now() + 29 * 24 * HOUR_MS)
    expect(retentionOf(storage, null).nextDueMs()).toBeNull()
  })
  expect(await inside.sql('SELECT id FROM generations')).toEqual([{ id: young }])
  await abortAllDurableObjects()
  await inside.stub().runDue(Date.now(), null)
  for (const id of old) {
    await eventually(async () => (await api.call(`/v1/generations/${id}`)).status === 410)
  }
})

const retentionOf = (storage: DurableObjectStorage, retentionDays: number | null) => {
  const core = createCore(storage, async () => undefined, 1)
  const deliveries = { forget: () => undefined }
  return createDeletion(core, createAccountLog(core.sql), null, deliveries, retentionDays)
}

it("lists generations by origin: a schedule, fal's paths or the API", async () => {
  const { id: own } = await api.create()
  const made = await api.post('/queue/fal-ai/pika/v2.2/text-to-video', { prompt: api.PROMPT })
  const { request_id } = await made.json<{ request_id: string }>()
  const { id: scheduleId } = await schedule({ cron: '@daily' })
  const run = await api.told(runByHand(scheduleId))
  for (const [query, ids] of [
    ['origin=api', [own]],
    ['origin=fal', [request_id]],
    ['origin=schedule', [run.body.id]],
    ['origin=fal&status=canceled', []],
  ] as const) {
    expect([query, (await api.list(query)).map(({ id }) => id)]).toEqual([query, ids])
  }
  expect(await codeOf(api.call('/v1/generations?origin=mars'))).toBe('invalid_input')
})
