import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { createMacs } from '../../src/adapters/mac.ts'
import type { Generation } from '../../src/contract/generation.ts'
import { newCaller } from './callers.ts'
import { expectBalance, readGenerations } from './ledger.ts'
import { api, clock, eventually, fal, freshWorld, inside } from './world.ts'

freshWorld({ stopped: true })

/** A job under the gateway's key that no generation of the gateway asked for. */
const strayJob = async (): Promise<string> => {
  const asked = { input: { prompt: api.PROMPT }, sent_at_ms: Date.now() }
  return (await fal.control<{ request_id: string }>('/strangers', asked)).request_id
}

const VIDEO = { video: { url: 'https://fal.test/stray.mp4' } }

/** A hook that fal signed, for another request than the one whose address it comes to. */
const hookNaming = async (requestId: string, address: string, payload: unknown = VIDEO) => {
  const hook = await fal.signed({ request_id: requestId, status: 'OK', payload })
  const response = await fal.callBack(address, hook.headers, hook.body)
  expect(response.status).toBe(200)
  return response.json<{ outcome: string }>()
}

/** A job that fal has begun and not yet told of, where its hook comes back to, and a stray one. */
const slowlyAnswered = async () => {
  const stray = await strayJob()
  const creating = api.create({ prompt: fal.marked('submit_ms=600 render_ms=5000') })
  const job = await eventually(async () => (await fal.jobs()).find((one) => one.webhook_url))
  return { stray, creating, job, address: job.webhook_url ?? '' }
}

/** Where the hook of a generation comes back to. */
const addressOf = async (id: string): Promise<string> =>
  `/callbacks/fal/default/${id}/${await createMacs(env.SIGNING_KEY).sign('callback', 'default', id)}`

const ownerInKv = (requestId: string) => env.REQUESTS.get(`request:${requestId}`, 'json')

/** What the account keeps of the only generation: a reader would make it look. */
const peek = async () => (await inside.storage(readGenerations))[0]

/** Lets the account look and write until nothing is owed. */
const untilSettled = async (id: string): Promise<Generation> => {
  for (let second = 0; second < 30; second++) await clock.pass(1000)
  const record = await api.read(id)
  await inside.storage(expectBalance)
  return record
}

it.each([
  ['another account, as KV knows', 'studio', true],
  ['the same account, as KV does not know yet', 'default', false],
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

it('takes no request id from its owner in KV, whoever is told that it is his', async () => {
  const owner = { account_id: 'studio', generation_id: 'gen_theirs' }
  await env.REQUESTS.put('request:theirs', JSON.stringify(owner))
  await fal.control('/faults', { op: 'submit', fault: 200, body: { request_id: 'theirs' } })
  const created = await api.create()
  expect(created.fal_request_id).toBe('theirs')
  await inside.owesNothing()
  expect(await ownerInKv('theirs')).toEqual(owner)
})

it('reads what an older version kept, and nothing replaces its request id', async () => {
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

it('believes the answer to its own POST rather than a hook before it, and keeps both jobs', async () => {
  const { stray, creating, job, address } = await slowlyAnswered()
  // Neither the hook nor a look says yet how the job that it names ended.
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

it('records the job that the answer names where a hook had ended the generation before', async () => {
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

it('fails the second of two submits that were answered with one request id, and listens', async () => {
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
