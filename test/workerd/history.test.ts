import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { createAgenda } from '../../src/account/agenda.ts'
import { createCore } from '../../src/account/core.ts'
import type { Generation } from '../../src/contract/generation.ts'
import { asked, inAccount } from './accounts.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside, MINUTE_MS } from './world.ts'

freshWorld({ history: true, stopped: true })

const LOST = 'submit=lost webhook=lost'

/** One whose answer and webhook are lost. */
const lost = async (markers = '', input: object = {}): Promise<Generation> => {
  const made = await api.create({ prompt: fal.marked(`${LOST} ${markers}`), ...input })
  expect(made).toMatchObject({ unconfirmed: true, pending_reason: 'confirmation' })
  return made
}

/** Lets so much time pass, rings, and waits for the looks that this began. */
const pass = async (ms: number): Promise<void> => {
  const before = (await fal.calls('history')).length
  await clock.pass(ms)
  await eventually(async () => (await fal.calls('history')).every(({ status }) => status !== null))
  if ((await fal.calls('history')).length > before) await clock.settle()
}

/** Has the history list one job as it is told, with what an answer of fal's needs. */
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

it('follows what the history lists before its end', async () => {
  const { id } = await lost('render_ms=60000')
  await pass(5000)
  expect(await api.read(id)).toMatchObject({ status: 'in_progress', adopted_by: 'history' })
  await pass(MINUTE_MS)
  await api.readUntil(id, 'completed')
})

it('believes the queue and not the history that it has failed, since fal may make it again', async () => {
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

it('looks once for all that are lost, less and less often, and on until it is listed', async () => {
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

it('takes no request of a stranger, nor one of two', async () => {
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

it('does not take what another generation or another account is known to have', async () => {
  const { id, input } = await lost('history=never')
  const { request_id } = await strangers(input)
  const owner = { account_id: 'other', generation_id: 'gen_other' }
  await env.REQUESTS.put(`request:${request_id}`, JSON.stringify(owner))
  await pass(5000)
  expect(await api.read(id)).toMatchObject(UNFOUND)
})

it('shows what may be its own where the seed is of the caller, for a person to say', async () => {
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

it('reads pages that shift to their end, before it takes anything', async () => {
  const { id, input } = await lost()
  await fal.control('/settings', { history_shifts: true })
  for (let count = 0; count < 120; count++) await strangers({ ...input, seed: count })
  await pass(5000)
  await api.readUntil(id, 'completed')
  expect(await fal.calls('history')).toHaveLength(2)
})

it('looks at the minutes of its send alone, where more was sent since than can be read', async () => {
  const { id, input } = await lost()
  await fal.control('/settings', { history_page: 1 })
  await clock.travel(20 * MINUTE_MS)
  const sentMs = Date.now() - 10_000
  for (let count = 0; count < 45; count++) await strangers({ ...input, seed: count }, sentMs)
  await clock.ring()
  // The rest of the pages is for the next event, as it is for every call of an account.
  await api.readUntil(id, 'completed')
  expect(await fal.calls('history')).toHaveLength(41)
})

it('learns from the history how a job ended that the queue has forgotten', async () => {
  const done = await api.create({ prompt: fal.marked('webhook=lost') })
  const failed = await api.create({ prompt: fal.marked('webhook=lost outcome=content_policy') })
  await pass(2 * HOUR_MS)
  expect((await api.readUntil(done.id, 'completed')).cost.charged_usd).toBe(0.2)
  const { error } = await api.readUntil(failed.id, 'failed')
  expect(error?.code).toBe('content_policy_violation')
})

it('delivers the video of a 503 that was none, although no webhook came', async () => {
  const prompt = fal.marked('submit=503_after_no_id webhook=lost')
  const id = await api.refusedId(api.ask({ prompt }))
  await pass(5000)
  expect(await api.readWhen(id, ({ cost }) => cost.state === 'charged')).toMatchObject({
    status: 'failed',
    adopted_by: 'history',
    error: { late_video: { content_type: 'video/mp4' } },
  })
})

it('keeps beside it what its webhook names, where the history had another', async () => {
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

it('waits for the history where no webhook can come, and only if it can tell', async () => {
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

it('still knows when to look next where a transaction that changes it fails', async () => {
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

it('says when fal refuses the key its history, and asks again after an hour', async () => {
  const { id } = await lost()
  await fal.control('/faults', { op: 'history', fault: 403 })
  await pass(5000)
  // Not asked of `/healthz` before: it keeps its answer for a while.
  await eventually(async () => 'history_refused' in (await inside.directory().troubles()))
  const reasons = [{ code: 'history_refused' }]
  expect(await api.get('/healthz')).toMatchObject({ status: 'degraded', reasons })
  await pass(HOUR_MS - 1000)
  expect(await fal.calls('history')).toHaveLength(1)
  await pass(1000)
  await api.readUntil(id, 'completed')
})

it.each([500, 429, 'reset'])('asks again later where the history answers %s', async (fault) => {
  const { id } = await lost()
  await fal.control('/faults', { op: 'history', fault, times: 2 })
  for (const ms of [5000, 15_000, 30_000]) await pass(ms)
  await api.readUntil(id, 'completed')
  expect(await fal.calls('history')).toHaveLength(3)
})

it('rings no alarm while a look is under way, and sees at its end what is due by then', async () => {
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
    // This breaks the connection off.
    await fal.control('', undefined, 'DELETE')
    // No answer: there is a pause, and then both are due.
    await eventually(async () => (await state.storage.getAlarm()) === Date.now() + 15_000)
  })
})

it('makes nothing a second time that the history has found, and fal still renders', async () => {
  const prompt = fal.marked('submit=503_after_no_id webhook=lost render_ms=600000')
  const id = await api.refusedId(api.ask({ prompt }))
  await pass(5000)
  expect(await api.read(id)).toMatchObject({ status: 'failed', adopted_by: 'history' })
  const { body } = await api.told(api.retry(id, { accept_double_charge: true }))
  expect((await api.readUntil(body.id, 'failed')).error?.code).toBe('not_sent')
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('does not give up a video that the queue has, where the history does not keep it', async () => {
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
