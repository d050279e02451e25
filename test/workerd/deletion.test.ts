import { env } from 'cloudflare:workers'
import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { createArchive } from '../../src/account/archive/archive.ts'
import { createCore } from '../../src/account/core.ts'
import { createDeletion } from '../../src/account/deletion/deletion.ts'
import { createRetention } from '../../src/account/deletion/retention.ts'
import { createAccountLog } from '../../src/account/events/log.ts'
import type { Generation } from '../../src/contract/generation.ts'
import type { UsageView } from '../../src/contract/usage.ts'
import {
  accountStub,
  call,
  calls,
  create,
  deliver,
  deliverAll,
  eventually,
  freshWorld,
  heldHooks,
  jobs,
  marked,
  post,
  PROMPT,
  read,
  readProblem,
  readUntil,
  ring,
  stopClocks,
  travel,
} from './harness.ts'
import { HOUR_MS, schedule } from './schedules-world.ts'

freshWorld()

const remove = (id: string) => call(`/v1/generations/${id}`, { method: 'DELETE' })

const codeOf = async (answer: Promise<Response>) => (await readProblem(await answer)).code

const usage = async (): Promise<UsageView> => (await call('/v1/usage')).json()

/** One that has its video, and whose record is in KV. */
const made = async (headers: Record<string, string> = {}): Promise<Generation> => {
  const { id } = await create({}, headers)
  await deliverAll()
  const done = await readUntil(id, 'completed')
  await eventually(async () => (await env.REQUESTS.get(`generation:${id}`)) !== null)
  return done
}

/** Whether anything that is kept has a text in it. */
const isKept = (text: string): Promise<boolean> =>
  runInDurableObject(accountStub(), (_, { storage: { sql } }) => {
    const tables = sql
      .exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table'`)
      .toArray()
      .filter(({ name }) => !name.startsWith('_cf') && !name.startsWith('sqlite'))
    return tables.some(({ name }) =>
      JSON.stringify(sql.exec(`SELECT * FROM ${name}`).toArray()).includes(text),
    )
  })

it('forgets all that was asked and made, and nothing that was paid', async () => {
  const { id, fal_request_id, video } = await made()
  const before = await usage()
  const deleted = await remove(id)
  expect(deleted.status).toBe(200)
  expect(await deleted.json()).toEqual({ id, object: 'generation', deleted: true })
  expect(await isKept(PROMPT)).toBe(false)
  expect(await isKept(video?.source_url ?? 'no url')).toBe(false)
  await eventually(async () => {
    const keys = (await env.REQUESTS.list()).keys.map(({ name }) => name)
    return !keys.includes(`generation:${id}`) && !keys.includes(`request:${fal_request_id}`)
  })
  expect(await usage()).toEqual(before)
  const { data }: { data: unknown[] } = await (await call('/v1/generations')).json()
  expect(data).toEqual([])
})

it('answers 410 to everything about it, and spends nothing again', async () => {
  const key = { 'idempotency-key': 'order-7' }
  const { id } = await made(key)
  await remove(id)
  await eventually(async () => (await env.REQUESTS.get(`generation:${id}`)) === null)
  const path = `/v1/generations/${id}`
  const json = { headers: { accept: 'application/json' } }
  const asked = [
    call(path),
    call(`${path}/events`),
    call(`${path}/events`, json),
    remove(id),
    post(`${path}/cancel`, {}),
    post(`${path}/retry`, {}),
    post(`${path}/resolve`, { charged: true }),
    post('/v1/generations', { prompt: PROMPT }, key),
  ]
  for (const answer of asked) expect(await codeOf(answer)).toBe('generation_deleted')
  expect(await calls('submit')).toHaveLength(1)
})

it('keeps its idempotency key for a day after it was deleted', async () => {
  await stopClocks()
  const key = { 'idempotency-key': 'order-8' }
  const { id } = await made(key)
  await travel(23 * HOUR_MS)
  await remove(id)
  await travel(23 * HOUR_MS)
  await ring()
  expect(await codeOf(post('/v1/generations', { prompt: PROMPT }, key))).toBe('generation_deleted')
  await travel(2 * HOUR_MS)
  await ring()
  const again = await post('/v1/generations', { prompt: PROMPT }, key)
  expect(again.status).toBe(202)
  expect(await calls('submit')).toHaveLength(2)
})

it.each([
  ['open', 'render_ms=60000'],
  ['in doubt', 'submit=503_after_no_id'],
])('refuses what is %s', async (_, markers) => {
  const answer = await post('/v1/generations', { prompt: marked(markers) })
  const { id, generation_id = id }: { id?: string; generation_id?: string } = await answer.json()
  expect(await codeOf(remove(generation_id ?? ''))).toBe('not_deletable')
  expect((await read(generation_id ?? '')).id).toBe(generation_id)
})

it('takes no webhook for it any more, and gives its request to nobody else', async () => {
  await stopClocks()
  const { id } = await create({ prompt: marked('webhook=doubled') })
  const [first, second] = await heldHooks()
  if (first === undefined || second === undefined) throw new Error('there are not two')
  await deliver(first)
  await readUntil(id, 'completed')
  const before = await usage()
  await remove(id)
  expect((await deliver(second)).status).toBe(200)
  expect(await codeOf(call(`/v1/generations/${id}`))).toBe('generation_deleted')
  expect(await usage()).toEqual(before)
  expect(await jobs()).toHaveLength(1)
})

it('deletes by itself what has ended long enough ago, so much an hour, and nothing in doubt', async () => {
  await stopClocks()
  const old = [await made(), await made()].map(({ id }) => id)
  await travel(31 * 24 * HOUR_MS)
  const { id: young } = await made()
  const left = await runInDurableObject(accountStub(), (_, storage) => {
    const retention = retentionOf(storage, 30)
    expect(retention.nextDueMs()).toBeLessThanOrEqual(Date.now())
    retention.runDue(Date.now())
    // What is young is due when it is old, and not before the hour is over.
    expect(retention.nextDueMs()).toBeGreaterThan(Date.now() + 29 * 24 * HOUR_MS)
    expect(retentionOf(storage, null).nextDueMs()).toBeNull()
    return storage.storage.sql.exec('SELECT id FROM generations').toArray()
  })
  expect(left).toEqual([{ id: young }])
  await abortAllDurableObjects()
  await accountStub().runDue(Date.now(), null)
  for (const id of old) {
    await eventually(async () => (await call(`/v1/generations/${id}`)).status === 410)
  }
})

const retentionOf = ({ storage }: DurableObjectState, retentionDays: number | null) => {
  const core = createCore(storage, async () => undefined, 1)
  const log = createAccountLog(core.sql)
  const archive = createArchive(core, null)
  const deliveries = { forget: () => undefined }
  const deletion = createDeletion(core, log, archive, deliveries)
  return createRetention(core, deletion, retentionDays)
}

it('lists what a schedule asked for, what came on the paths of fal, and the rest', async () => {
  const { id: own } = await create()
  const made = await post('/queue/fal-ai/pika/v2.2/text-to-video', { prompt: PROMPT })
  const { request_id: fals }: { request_id: string } = await made.json()
  const { id: scheduleId } = await schedule({ cron: '@daily' })
  const ran = await post(`/v1/schedules/${scheduleId}/run`, {})
  const { id: run }: { id: string } = await ran.json()
  const ids = async (query: string) => {
    const { data }: { data: Generation[] } = await (await call(`/v1/generations?${query}`)).json()
    return data.map(({ id }) => id)
  }
  expect(await ids('origin=api')).toEqual([own])
  expect(await ids('origin=fal')).toEqual([fals])
  expect(await ids('origin=schedule')).toEqual([run])
  expect(await ids('origin=fal&status=canceled')).toEqual([])
  expect(await codeOf(call('/v1/generations?origin=mars'))).toBe('invalid_input')
})
