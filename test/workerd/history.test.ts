import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { createAgenda } from '../../src/account/agenda.ts'
import { createCore } from '../../src/account/core.ts'
import type { Generation } from '../../src/contract/generation.ts'
import { asked, inAccount } from './accounts.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside, MINUTE_MS } from './world.ts'

freshWorld({ history: true, stopped: true })

const LOST = 'submit=lost webhook=lost'

/** A generation whose answer and webhook are lost. */
const lost = async (markers = '', input: object = {}): Promise<Generation> => {
  const made = await api.create({ prompt: fal.marked(`${LOST} ${markers}`), ...input })
  expect(made).toMatchObject({ unconfirmed: true, pending_reason: 'confirmation' })
  return made
}

/** Lets time pass, rings, and waits for the looks that this starts. */
const pass = async (ms: number): Promise<void> => {
  const before = (await fal.calls('history')).length
  await clock.pass(ms)
  await eventually(async () => (await fal.calls('history')).every(({ status }) => status !== null))
  if ((await fal.calls('history')).length > before) await clock.settle()
}

/** Makes the history list only this job, in the shape of fal's answer. */
const listOnly = (entry: object) => {
  const items = [{ endpoint_id: 'fal-ai/pika/v2.2/text-to-video', ...entry }]
  return fal.control('/faults', { op: 'history', fault: 200, body: { items, has_more: false } })
}

const strangers = (input: object, sent_at_ms = Date.now()) =>
  fal.control<{ request_id: string }>('/strangers', { input, sent_at_ms })

it('finds a lost submit in the history, and sends nothing twice', async () => {
  const { id } = await lost()
  await pass(5000)
  expect(await api.readUntil(id, 'completed')).toMatchObject({
    fal_request_id: (await fal.theJob()).request_id,
    adopted_by: 'history',
    seed_source: 'generated',
    cost: { state: 'charged', charged_usd: 0.2 },
  })
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('follows a job that the history lists before the job ends', async () => {
  const { id } = await lost('render_ms=60000')
  await pass(5000)
  expect(await api.read(id)).toMatchObject({ status: 'in_progress', adopted_by: 'history' })
  await pass(MINUTE_MS)
  await api.readUntil(id, 'completed')
})

it('believes the queue rather than a failure in the history, since fal may run the job again', async () => {
  const { id, input: json_input } = await lost('render_ms=60000')
  const { request_id } = await fal.theJob()
  const times = { sent_at: new Date(), ended_at: new Date() }
  const json_output = { detail: 'Runner disconnected', error_type: 'runner_disconnected' }
  await listOnly({ request_id, ...times, status_code: 503, json_input, json_output })
  await pass(5000)
  expect(await api.read(id)).toMatchObject({ status: 'in_progress', adopted_by: 'history' })
  await pass(MINUTE_MS)
  await api.readUntil(id, 'completed')
})

it('looks once for all lost submits, less and less often, until each is listed', async () => {
  const { id } = await lost('history=late:4000000')
  const others = [await lost(), await lost()]
  await pass(5000)
  expect(await fal.calls('history')).toHaveLength(1)
  for (const other of others) await api.readUntil(other.id, 'completed')
  for (const ms of [10_000, 45_000, 4 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS]) await pass(ms)
  expect(await fal.calls('history')).toHaveLength(6)
  expect((await api.read(id)).status).toBe('submitting')
  await pass(30 * MINUTE_MS)
  await api.readUntil(id, 'completed')
})

const UNFOUND = { status: 'submitting', fal_request_id: null }

it("adopts no stranger's request, and neither of two that match", async () => {
  const { id, input } = await lost('history=never')
  const { request_id } = await strangers({ ...input, seed: 7 })
  await strangers({ ...input, negative_prompt: 'blurry', duration: 10 })
  await strangers(input, Date.now() - 2 * MINUTE_MS)
  for (const ms of [5000, 10_000]) await pass(ms)
  expect(await api.read(id)).toMatchObject(UNFOUND)
  for (const _ of ['one', 'another']) await strangers(input)
  await pass(45_000)
  expect(await api.read(id)).toMatchObject({ ...UNFOUND, candidate_request_id: null })
  expect((await api.call(`/v1/requests/${request_id}`)).status).toBe(404)
})

it('does not adopt a request that another generation or account already has', async () => {
  const { id, input } = await lost('history=never')
  const { request_id } = await strangers(input)
  const owner = { account_id: 'other', generation_id: 'gen_other' }
  await env.REQUESTS.put(`request:${request_id}`, JSON.stringify(owner))
  await pass(5000)
  expect(await api.read(id)).toMatchObject(UNFOUND)
})

it('shows a candidate for a person to confirm if the caller chose the seed', async () => {
  const { id } = await lost('', { seed: 42 })
  await pass(5000)
  const { request_id } = await fal.theJob()
  const candidate = { candidate_request_id: request_id, adopted_by: null, seed_source: 'caller' }
  expect(await api.read(id)).toMatchObject({ ...UNFOUND, ...candidate })
  // By then fal's queue has forgotten it, and the history has not.
  await pass(2 * HOUR_MS)
  const body = { status: 'completed', adopted_by: 'person', candidate_request_id: null }
  expect(await api.told(api.resolve(id, { fal_request_id: request_id }))).toMatchObject({ body })
})

it('reads shifting pages to the end before it adopts anything', async () => {
  const { id, input } = await lost()
  await fal.control('/settings', { history_shifts: true })
  for (let count = 0; count < 120; count++) await strangers({ ...input, seed: count })
  await pass(5000)
  await api.readUntil(id, 'completed')
  expect(await fal.calls('history')).toHaveLength(2)
})

it('searches only the minutes around the submit if too much was sent since to read it all', async () => {
  const { id, input } = await lost()
  await fal.control('/settings', { history_page: 1 })
  await clock.travel(20 * MINUTE_MS)
  const sentMs = Date.now() - 10_000
  for (let count = 0; count < 45; count++) await strangers({ ...input, seed: count }, sentMs)
  await clock.ring()
  // The next event reads the remaining pages: each event makes a limited number of fetches.
  await api.readUntil(id, 'completed')
  expect(await fal.calls('history')).toHaveLength(41)
})

it('learns from the history how a job ended if the queue has forgotten it', async () => {
  const done = await api.create({ prompt: fal.marked('webhook=lost') })
  const failed = await api.create({ prompt: fal.marked('webhook=lost outcome=content_policy') })
  await pass(2 * HOUR_MS)
  expect((await api.readUntil(done.id, 'completed')).cost.charged_usd).toBe(0.2)
  const { error } = await api.readUntil(failed.id, 'failed')
  expect(error?.code).toBe('content_policy_violation')
})

it('delivers a video that fal made despite its 503, even if no webhook comes', async () => {
  const prompt = fal.marked('submit=503_after_no_id webhook=lost')
  const id = await api.refusedId(api.ask({ prompt }))
  await pass(5000)
  expect(await api.readWhen(id, ({ cost }) => cost.state === 'charged')).toMatchObject({
    status: 'failed',
    adopted_by: 'history',
    error: { late_video: { content_type: 'video/mp4' } },
  })
})

it('keeps the job that a webhook names as a late result if the history gave another', async () => {
  const { id, input } = await lost('', { prompt: fal.marked('submit=lost history=late:20000') })
  const { request_id } = await strangers(input, Date.now() - 19_000)
  await pass(5000)
  expect(await api.read(id)).toMatchObject({ fal_request_id: request_id, adopted_by: 'history' })
  await fal.deliverAll()
  const own = (await fal.jobs()).find((job) => job.webhook_url !== null)
  expect(await api.readWhen(id, ({ late_results }) => late_results.length > 0)).toMatchObject({
    fal_request_id: request_id,
    late_results: [{ fal_request_id: own?.request_id, cost: { charged_usd: 0.2 } }],
    cost: { charged_usd: 0.4 },
  })
})

it('waits for the history if no webhook can come, unless the caller chose the seed', async () => {
  await inAccount({}, async (account) => {
    const admit = (id: string, seed?: object) => {
      const request = { ...asked(id, fal.marked(LOST)), webhookOrigin: null }
      return account.admit({ ...request, input: { ...request.input, ...seed } })
    }
    expect(await admit('gen_a')).toMatchObject({ view: { record: { unconfirmed: true } } })
    const record = { status: 'failed', verdict: 'clock' }
    expect(await admit('gen_b', { seed: 1 })).toMatchObject({ view: { record } })
    await clock.travel(5000)
    await account.alarm()
    const found = await eventually(async () => {
      const record = (await account.get('gen_a'))?.record
      return record?.status === 'completed' && record
    })
    expect(found.adoptedBy).toBe('history')
  })
})

it('still knows when to look next after a transaction that changed it has failed', async () => {
  await inside.storage((storage) => {
    const core = createCore(storage, async () => undefined, 1)
    const agenda = createAgenda(core, 'history_searches', async () => undefined)
    agenda.put({ id: 'gen_a', sinceMs: 1, tries: 0, dueMs: 1000 })
    const fail = () => {
      agenda.remove('gen_a')
      expect(agenda.nextDueMs()).toBeNull()
      throw new Error('no room')
    }
    expect(() => core.transact(fail)).toThrow('no room')
    expect(agenda.nextDueMs()).toBe(1000)
  })
})

it('reports that fal refuses the key for its history, and asks again after an hour', async () => {
  const { id } = await lost()
  await fal.control('/faults', { op: 'history', fault: 403 })
  await pass(5000)
  // Does not call `/healthz` before this: it caches its answer for a while.
  await eventually(async () => 'history_refused' in (await inside.directory().troubles()))
  const reasons = [{ code: 'history_refused' }]
  expect(await api.get('/healthz')).toMatchObject({ status: 'degraded', reasons })
  await pass(HOUR_MS - 1000)
  expect(await fal.calls('history')).toHaveLength(1)
  await pass(1000)
  await api.readUntil(id, 'completed')
})

it.each([500, 429, 'reset'])('asks again later if the history answers %s', async (fault) => {
  const { id } = await lost()
  await fal.control('/faults', { op: 'history', fault, times: 2 })
  for (const ms of [5000, 15_000, 30_000]) await pass(ms)
  await api.readUntil(id, 'completed')
  expect(await fal.calls('history')).toHaveLength(3)
})

it('does not ring again during a look, and schedules what has come due when the look ends', async () => {
  await inAccount({}, async (account, state) => {
    const lose = (id: string) => account.admit(asked(id, fal.marked(LOST)))
    await lose('gen_a')
    await fal.control('/faults', { op: 'history', fault: 'hang' })
    await clock.travel(5000)
    const ringing = account.alarm()
    await eventually(async () => (await fal.calls('history')).length === 1)
    await lose('gen_b')
    await clock.travel(5000)
    await account.alarm()
    expect(await state.storage.getAlarm()).toBeGreaterThan(Date.now())
    await ringing
    // This drops the connection.
    await fal.control('', undefined, 'DELETE')
    // No answer: there is a pause, and then both are due.
    await eventually(async () => (await state.storage.getAlarm()) === Date.now() + 15_000)
  })
})

it('does not resend a job that the history has found and fal still renders', async () => {
  const prompt = fal.marked('submit=503_after_no_id webhook=lost render_ms=600000')
  const id = await api.refusedId(api.ask({ prompt }))
  await pass(5000)
  expect(await api.read(id)).toMatchObject({ status: 'failed', adopted_by: 'history' })
  const { body } = await api.told(api.retry(id, { accept_double_charge: true }))
  expect((await api.readUntil(body.id, 'failed')).error?.code).toBe('not_sent')
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('delivers a video that the queue has even if the history does not keep it', async () => {
  const { id } = await api.create({ prompt: fal.marked('webhook=lost render_ms=3600000') })
  const { request_id } = await fal.theJob()
  await clock.travel(HOUR_MS + MINUTE_MS)
  await fal.control('/faults', { op: 'status', fault: 502 })
  const [sent_at, ended_at] = [Date.now() - HOUR_MS, Date.now()].map((ms) => new Date(ms))
  await listOnly({ request_id, sent_at, ended_at, status_code: 200 })
  await clock.ring()
  await clock.settle()
  expect(await fal.calls('history')).toHaveLength(1)
  await clock.travel(1000)
  await api.readUntil(id, 'completed')
})
