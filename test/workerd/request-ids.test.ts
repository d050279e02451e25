import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { createMacs } from '../../src/adapters/mac.ts'
import type { Generation } from '../../src/contract/generation.ts'
import { newCaller } from './callers.ts'
import { expectBalance, readGenerations } from './ledger.ts'
import { api, clock, eventually, fal, freshWorld, inside } from './world.ts'

freshWorld({ stopped: true })

/** A job under the gateway's fal key that no generation asked for. */
const strayJob = async (): Promise<string> => {
  const asked = { input: { prompt: api.PROMPT }, sent_at_ms: Date.now() }
  return (await fal.control<{ request_id: string }>('/strangers', asked)).request_id
}

const VIDEO = { video: { url: 'https://fal.test/stray.mp4' } }

/** Sends a hook, which fal signed for one request, to the address of another. */
const hookNaming = async (requestId: string, address: string, payload: unknown = VIDEO) => {
  const hook = await fal.signed({ request_id: requestId, status: 'OK', payload })
  const response = await fal.callBack(address, hook.headers, hook.body)
  expect(response.status).toBe(200)
  return response.json<{ outcome: string }>()
}

/** A job whose submit fal has not answered yet, the address for its hook, and a stray job. */
const slowlyAnswered = async () => {
  const stray = await strayJob()
  const creating = api.create({ prompt: fal.marked('submit_ms=600 render_ms=5000') })
  const job = await eventually(async () => (await fal.jobs()).find((one) => one.webhook_url))
  return { stray, creating, job, address: job.webhook_url ?? '' }
}

/** The address for a generation's hook. */
const addressOf = async (id: string): Promise<string> =>
  `/callbacks/fal/default/${id}/${await createMacs(env.SIGNING_KEY).sign('callback', 'default', id)}`

const ownerInKv = (requestId: string) => env.REQUESTS.get(`request:${requestId}`, 'json')

/** The only generation as stored; a read through the API would make the account look at fal. */
const peek = async () => (await inside.storage(readGenerations))[0]

/** Lets the account look at fal and write until nothing is owed. */
const untilSettled = async (id: string): Promise<Generation> => {
  for (let second = 0; second < 30; second++) await clock.pass(1000)
  const record = await api.read(id)
  await inside.storage(expectBalance)
  return record
}

it.each([
  ['another account if KV knows that', 'studio', true],
  ['the same account if KV does not know that yet', 'default', false],
])('ignores a hook that names a request of %s', async (_what, account_id, isInKv) => {
  const owner = await newCaller({ account_id })
  const theirs = await owner.create()
  const theirRequest = theirs.fal_request_id ?? ''
  await inside.owesNothing(account_id)
  if (!isInKv) await env.REQUESTS.delete(`request:${theirRequest}`)
  const created = await api.create({ prompt: fal.marked('submit=lost webhook=lost') })
  const address = await addressOf(created.id)
  expect(await hookNaming(theirRequest, address)).toEqual({ outcome: 'ignored' })
  expect(await api.read(created.id)).toMatchObject({ status: 'submitting', unconfirmed: true })
  expect(await owner.get(`/v1/requests/${theirRequest}`)).toMatchObject({ id: theirs.id })
})

it("keeps a request id's owner in KV, even if fal gives the id to another generation", async () => {
  const owner = { account_id: 'studio', generation_id: 'gen_theirs' }
  await env.REQUESTS.put('request:theirs', JSON.stringify(owner))
  await fal.control('/faults', { op: 'submit', fault: 200, body: { request_id: 'theirs' } })
  const created = await api.create()
  expect(created.fal_request_id).toBe('theirs')
  await inside.owesNothing()
  expect(await ownerInKv('theirs')).toEqual(owner)
})

it("reads an older version's generation, and does not replace its request id", async () => {
  const created = await api.create({ prompt: fal.marked('render_ms=60000') })
  await inside.sql(`UPDATE generations SET doc = json_remove(doc, '$.others', '$.adoptedBy')`)
  await inside.sql(`UPDATE events SET doc = json_remove(doc, '$.snapshot.others')`)
  expect(await api.read(created.id)).toMatchObject({ late_results: [] })
  await hookNaming(await strayJob(), await addressOf(created.id))
  await fal.finish(60_000)
  const { fal_request_id } = created
  const ended = { status: 'completed', fal_request_id, late_results: [] }
  expect(await api.read(created.id)).toMatchObject(ended)
  expect(await api.eventTypes(created.id)).toContain('completed')
})

it('trusts the answer to its own POST over an earlier hook, and keeps both jobs', async () => {
  const { stray, creating, job, address } = await slowlyAnswered()
  // Neither the hook nor a look says yet how the job in the hook ended.
  await fal.control('/faults', { op: 'result', fault: 502, times: 1 })
  expect(await hookNaming(stray, address, null)).toEqual({ outcome: 'taken' })
  const created = await creating
  expect(created).toMatchObject({ status: 'queued', fal_request_id: stray })
  await eventually(async () => (await peek())?.falRequestId === job.request_id)

  const cost = { charged_usd: 0.2, state: 'charged' }
  const ended = await untilSettled(created.id)
  expect(ended).toMatchObject({
    status: 'completed',
    fal_request_id: job.request_id,
    cost: { charged_usd: 0.4, state: 'charged' },
    late_results: [{ fal_request_id: stray, cost }],
  })
  expect(ended.video?.source_url).toContain(job.request_id)
  expect(ended.late_results[0]?.video?.url).toContain(stray)
})

it("records the job that the answer names even if another job's hook ended the generation", async () => {
  const { stray, creating, job, address } = await slowlyAnswered()
  await hookNaming(stray, address)
  const created = await creating
  expect(created).toMatchObject({ status: 'completed', fal_request_id: stray, late_results: [] })
  await eventually(async () => (await peek())?.others.length === 1)

  const seen = await api.call(`/v1/generations/${created.id}`)
  const unlessSeen = { headers: { 'if-none-match': seen.headers.get('etag') ?? '' } }
  const cost = { estimated_usd: 0.2, charged_usd: 0.2, state: 'charged', basis: 'price_table' }
  expect(await untilSettled(created.id)).toMatchObject({
    status: 'completed',
    fal_request_id: stray,
    cost: { charged_usd: 0.4, state: 'charged' },
    late_results: [{ fal_request_id: job.request_id, cost }],
  })
  expect((await api.call(`/v1/generations/${created.id}`, unlessSeen)).status).toBe(200)
  expect(await ownerInKv(job.request_id)).toMatchObject({ generation_id: created.id })
  const total = { generations: 1, charged_usd: 0.4, reserved_usd: 0 }
  expect(await api.usage()).toMatchObject({ total })
})

it('fails the second of two submits that get the same request id, and listens for a hook', async () => {
  const first = await api.create()
  const body = { request_id: first.fal_request_id }
  await fal.control('/faults', { op: 'submit', fault: 200, body })
  const second = await api.create()
  expect(second).toMatchObject({
    status: 'failed',
    fal_request_id: null,
    error: { code: 'duplicate_request_id', retryable: false },
    cost: { state: 'unknown', charged_usd: null },
  })
  await fal.deliverAll()
  expect(await api.read(first.id)).toMatchObject({ status: 'completed' })

  const stray = await strayJob()
  await hookNaming(stray, await addressOf(second.id))
  expect(await api.read(second.id)).toMatchObject({
    status: 'failed',
    fal_request_id: stray,
    error: { code: 'duplicate_request_id', late_video: { source_url: VIDEO.video.url } },
    cost: { state: 'charged', charged_usd: 0.2 },
  })
})
