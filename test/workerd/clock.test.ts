import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { patch, schedule, tick } from './schedules-world.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside, MINUTE_MS } from './world.ts'

freshWorld({ stopped: true })

/** The generation as the list shows it, which causes no look at fal. */
const peek = async (id: string): Promise<Generation> => {
  const found = (await api.list()).find((generation) => generation.id === id)
  if (found === undefined) throw new Error(`${id} is not listed`)
  return found
}

/** Lets time pass in steps, with the alarm ringing at each as it would. */
const pass = async (totalMs: number, stepMs: number): Promise<void> => {
  for (let passedMs = 0; passedMs < totalMs; passedMs += stepMs) await clock.pass(stepMs)
}

const { alarmAtMs } = inside

/** Rings until the alarm is for no earlier than that, so that none rings unasked meanwhile. */
const ringUntilSetFor = (ms: number) =>
  eventually(async () => {
    await clock.ring()
    return ((await alarmAtMs()) ?? 0) >= ms
  })

/** Waits until an account has nothing left to do, its writes to KV included. */
const isQuiet = () =>
  eventually(async () => {
    const due = `SELECT 1 FROM owed_writes UNION ALL SELECT 1 FROM generations WHERE due_at_ms > 0`
    return (await inside.sql(due)).length === 0
  })

const busyAccounts = (): Promise<string[]> => inside.directory().takeBusy(Date.now(), 100)

/** The same generation once it has ended, without a look of a reader. */
const peekUntil = (id: string, status: Generation['status']): Promise<Generation> =>
  eventually(async () => {
    const generation = await peek(id)
    return generation.status === status && generation
  })

it('finds the end by its alarm where the webhook was lost', async () => {
  const created = await api.create({ prompt: fal.marked('render_ms=30000 webhook=lost') })
  await pass(2 * MINUTE_MS, 10_000)
  await clock.ring()
  const done = await peekUntil(created.id, 'completed')
  expect(done.cost).toMatchObject({ state: 'charged', charged_usd: 0.2 })
})

it('asks fal about a job of 90 s at most once where the webhook comes', async () => {
  const created = await api.create({ prompt: fal.marked('queue_ms=5000 render_ms=85000') })
  await pass(90_000, 1000)
  await fal.deliverAll()
  await clock.ring()
  expect(await peek(created.id)).toMatchObject({ status: 'completed' })
  const looks = (await fal.calls()).filter(({ op }) => ['status', 'result'].includes(op))
  expect(looks.length).toBeLessThanOrEqual(1)
})

it('ends what was never confirmed when no webhook can come any more, at unknown cost', async () => {
  const created = await api.create({ prompt: fal.marked('submit=lost webhook=lost') })
  // Start timeout, longest run and hook retries.
  const deadlineMs = 4 * HOUR_MS + 15 * MINUTE_MS + 125 * MINUTE_MS
  await clock.pass(deadlineMs)
  expect(await peek(created.id)).toMatchObject({ status: 'submitting', unconfirmed: true })
  await clock.pass(2000)
  expect(await peek(created.id)).toMatchObject({
    status: 'failed',
    unconfirmed: false,
    error: { code: 'submission_unconfirmed', retryable: false },
    cost: { state: 'unknown', charged_usd: null },
  })
  expect(await env.REQUESTS.get(`generation:${created.id}`)).toBeNull()
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('records a result that comes after the verdict, and what it cost', async () => {
  const created = await api.create({ prompt: fal.marked('submit=lost webhook=late:50000000') })
  await clock.pass(7 * HOUR_MS)
  expect(await peek(created.id)).toMatchObject({ status: 'failed' })
  await clock.travel(50_000_000 - 7 * HOUR_MS)
  await fal.deliverAll()
  const error = { code: 'submission_unconfirmed', late_video: { content_type: 'video/mp4' } }
  const cost = { state: 'charged', charged_usd: 0.2 }
  expect(await peek(created.id)).toMatchObject({ status: 'failed', error, cost })
  await inside.settledInKv(created.id)
})

it('takes an hour in which fal is down for a delay', async () => {
  const created = await api.create({ prompt: fal.marked('render_ms=600000 webhook=lost') })
  for (const op of ['status', 'result']) {
    await fal.fail(op, 503, HOUR_MS)
  }
  await pass(HOUR_MS - 5 * MINUTE_MS, 5 * MINUTE_MS)
  expect((await peek(created.id)).status).toBe('queued')
  await pass(5 * MINUTE_MS + 10_000, 10_000)
  await api.readUntil(created.id, 'completed')
})

it('gives up on a job that fal cannot be asked about for a day', async () => {
  const created = await api.create({ prompt: fal.marked('webhook=lost') })
  await fal.fail('status', 503)
  await pass(23 * HOUR_MS, HOUR_MS)
  expect((await peek(created.id)).status).toBe('queued')
  await pass(2 * HOUR_MS, 10 * MINUTE_MS)
  const failed = await peekUntil(created.id, 'failed')
  expect([failed.error?.code, failed.cost.state]).toEqual(['fal_unreachable', 'unknown'])
})

it('calls a job timed out that fal still says is pending past all its time', async () => {
  const created = await api.create({ prompt: fal.marked('render_ms=90000000 webhook=lost') })
  await pass(4 * HOUR_MS + 10 * MINUTE_MS, 10 * MINUTE_MS)
  expect((await peek(created.id)).status).toBe('in_progress')
  await pass(10 * MINUTE_MS, 5 * MINUTE_MS)
  const failed = await peekUntil(created.id, 'failed')
  expect([failed.error?.code, failed.cost.state]).toEqual(['timed_out', 'unknown'])
})

it('never sends again what a crash left between its claim and its answer', async () => {
  const { id } = await api.create({ prompt: fal.marked('submit=hang') }, { prefer: 'wait=0' })
  await eventually(async () => (await fal.jobs()).length === 1)
  await abortAllDurableObjects()
  await pass(2 * MINUTE_MS, 10_000)
  expect(await peek(id)).toMatchObject({ status: 'submitting', unconfirmed: true })
  await tick()
  await fal.deliverAll()
  expect(await peek(id)).toMatchObject({ status: 'completed' })
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('sends what a crash left admitted and unsent, once', async () => {
  await fal.control('/faults', { op: 'submit', fault: 'hang', times: 5 })
  for (let count = 0; count < 12; count++) await api.create({}, { prefer: 'wait=0' })
  // Five connections are busy, so the others wait with nothing sent.
  await eventually(async () => (await fal.calls('submit')).length === 5)
  await abortAllDurableObjects()
  await clock.ring()
  await eventually(async () => (await fal.calls('submit')).length === 12)
  await tick()
  await clock.ring()
  expect(await fal.calls('submit')).toHaveLength(12)
})

it('goes on where it was after an eviction', async () => {
  const created = await api.create({ prompt: fal.marked('render_ms=600000') })
  await evictDurableObject(inside.stub())
  await fal.finish()
  expect(await api.read(created.id)).toMatchObject({ status: 'completed' })
})

it('is found by the cron trigger even if its alarm is gone, and then no longer', async () => {
  const created = await api.create({ prompt: fal.marked('render_ms=30000 webhook=lost') })
  await eventually(async () => (await busyAccounts()).includes('default'))
  await inside.storage((storage) => storage.deleteAlarm())
  await clock.travel(3 * MINUTE_MS)
  await tick()
  await peekUntil(created.id, 'completed')
  await isQuiet()
  await clock.travel(10 * MINUTE_MS)
  await tick()
  await eventually(async () => (await busyAccounts()).length === 0)
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('tells the Directory of work at once, and of none after ten minutes without any', async () => {
  const finishOne = async () => {
    await api.create()
    await fal.deliverAll()
    await isQuiet()
  }
  await finishOne()
  expect(await busyAccounts()).toEqual(['default'])
  await clock.travel(9 * MINUTE_MS)
  await finishOne()
  await evictDurableObject(inside.stub())
  await clock.pass(9 * MINUTE_MS)
  expect(await busyAccounts()).toEqual(['default'])
  await clock.travel(MINUTE_MS)
  expect(await clock.ring()).toBe(true)
  expect(await busyAccounts()).toEqual([])
  await api.create()
  await eventually(async () => (await busyAccounts()).includes('default'))
})

it('does not set an alarm again to the time that it has, not even after an eviction', async () => {
  const made = await schedule({ cron: '0 0 1 1 *' })
  const slotMs = Date.parse(made.next_run_at ?? '')
  await ringUntilSetFor(slotMs)
  await evictDurableObject(inside.stub())
  const prototype = await inside.storage((storage) => Object.getPrototypeOf(storage))
  const set = vi.spyOn(prototype, 'setAlarm')
  await patch(made.id, { name: 'another' })
  await tick()
  await patch(made.id, { name: 'a third' })
  expect(set).not.toHaveBeenCalled()
  set.mockRestore()
  expect(await alarmAtMs()).toBe(slotMs)
})

it('fetches forty times an alarm at most, writes to KV included, and then goes on at once', async () => {
  const made = 25
  await Promise.all(
    Array.from({ length: made }, () => api.create({ prompt: fal.marked('webhook=lost') })),
  )
  await ringUntilSetFor(Date.now() + MINUTE_MS)
  const put = vi.spyOn(Object.getPrototypeOf(env.REQUESTS), 'put')
  const fetches = async () =>
    (await fal.calls('status')).length + (await fal.calls('result')).length + put.mock.calls.length
  await clock.travel(3 * MINUTE_MS)
  const isDue = async () => ((await alarmAtMs()) ?? Infinity) <= Date.now()
  for (let before = 0, now = 0; now < 3 * made; before = now) {
    await clock.ring()
    await eventually(async () => (now = await fetches()) === 3 * made || isDue())
    expect(now - before).toBeLessThanOrEqual(40)
  }
  put.mockRestore()
})

it('sets its alarm again after a tick found it gone', async () => {
  await api.create({ prompt: fal.marked('render_ms=600000 webhook=lost') })
  await inside.storage((storage) => storage.deleteAlarm())
  await tick()
  expect(await alarmAtMs()).not.toBeNull()
})

it('keeps at most so many at fal, and sends the rest as those end', async () => {
  await Promise.all(Array.from({ length: 104 }, () => api.create({}, { prefer: 'wait=0' })))
  const queued = () => api.list('status=queued&limit=100')
  await eventually(async () => (await queued()).length === 100)
  await clock.ring()
  expect(await fal.calls('submit')).toHaveLength(100)
  for (const hook of (await fal.heldHooks()).slice(0, 4)) await fal.deliver(hook)
  await eventually(async () => (await fal.calls('submit')).length === 104)
})
