import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { patch, schedule, tick } from './schedules-world.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside, MINUTE_MS } from './world.ts'

freshWorld({ stopped: true })

/** The only generation as the list shows it: unlike a read, listing does not ask fal. */
const peek = async () => (await api.list())[0]

/** Lets time pass in steps, and rings the alarm after each. */
const pass = async (totalMs: number, stepMs: number): Promise<void> => {
  for (let passedMs = 0; passedMs < totalMs; passedMs += stepMs) await clock.pass(stepMs)
}

const { alarmAtMs } = inside

/** Rings until the alarm is set for `ms` or later, so that none rings unasked meanwhile. */
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

it('asks fal about a 90 s job at most once if the webhook comes', async () => {
  await api.create({ prompt: fal.marked('queue_ms=5000 render_ms=85000') })
  await pass(90_000, 1000)
  await fal.deliverAll()
  await clock.ring()
  expect(await peek()).toMatchObject({ status: 'completed' })
  const looks = (await fal.calls()).filter(({ op }) => ['status', 'result'].includes(op))
  expect(looks.length).toBeLessThanOrEqual(1)
})

it('fails an unconfirmed generation at unknown cost once no webhook can come any more', async () => {
  const { id } = await api.create({ prompt: fal.marked('submit=lost webhook=lost') })
  // Start timeout, longest run and hook retries.
  await clock.pass(4 * HOUR_MS + 15 * MINUTE_MS + 125 * MINUTE_MS)
  expect(await peek()).toMatchObject({ status: 'submitting', unconfirmed: true })
  await clock.pass(2000)
  expect(await peek()).toMatchObject({
    status: 'failed',
    unconfirmed: false,
    error: { code: 'submission_unconfirmed', retryable: false },
    cost: { state: 'unknown', charged_usd: null },
  })
  expect(await env.REQUESTS.get(`generation:${id}`)).toBeNull()
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('treats an hour-long fal outage as a delay', async () => {
  const { id } = await api.create({ prompt: fal.marked('render_ms=600000 webhook=lost') })
  for (const op of ['status', 'result']) await fal.fail(op, 503, HOUR_MS)
  await pass(HOUR_MS - 5 * MINUTE_MS, 5 * MINUTE_MS)
  expect(await peek()).toMatchObject({ status: 'queued' })
  await pass(5 * MINUTE_MS + 10_000, 10_000)
  await api.readUntil(id, 'completed')
})

it.each([
  ['fal_unreachable', 'answers no status call for a day', ['status'], 'queued', 23 * 60, 120],
  ['timed_out', 'still reports it pending past all deadlines', [], 'in_progress', 250, 10],
] as const)('fails a job with %s if fal %s', async (code, _what, away, before, minutes, more) => {
  await api.create({ prompt: fal.marked('render_ms=90000000 webhook=lost') })
  for (const op of away) await fal.fail(op, 503)
  await pass(minutes * MINUTE_MS, 10 * MINUTE_MS)
  expect(await peek()).toMatchObject({ status: before })
  await pass(more * MINUTE_MS, 5 * MINUTE_MS)
  const failed = { status: 'failed', error: { code }, cost: { state: 'unknown' } }
  await expect.poll(peek).toMatchObject(failed)
})

it('lets the cron trigger find a busy account whose alarm is gone, until the account is idle', async () => {
  await api.create({ prompt: fal.marked('render_ms=30000 webhook=lost') })
  await eventually(async () => (await busyAccounts()).includes('default'))
  await inside.storage((storage) => storage.deleteAlarm())
  await tick()
  expect(await alarmAtMs()).not.toBeNull()
  await inside.storage((storage) => storage.deleteAlarm())
  await clock.travel(3 * MINUTE_MS)
  await tick()
  await expect.poll(peek).toMatchObject({ status: 'completed' })
  await isQuiet()
  await clock.travel(10 * MINUTE_MS)
  await tick()
  await eventually(async () => (await busyAccounts()).length === 0)
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('reports work to the Directory at once, and reports none after ten idle minutes', async () => {
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

it('does not set the alarm again to the time it already has, even after an eviction', async () => {
  const made = await schedule({ cron: '0 0 1 1 *' })
  const slotMs = Date.parse(made.next_run_at ?? '')
  await ringUntilSetFor(slotMs)
  await evictDurableObject(inside.stub())
  const set = vi.spyOn(await inside.storage((own) => Object.getPrototypeOf(own)), 'setAlarm')
  await patch(made.id, { name: 'another' })
  await tick()
  await patch(made.id, { name: 'a third' })
  expect(set).not.toHaveBeenCalled()
  expect(await alarmAtMs()).toBe(slotMs)
})

it('makes at most forty fetches and KV writes per alarm, and then continues at once', async () => {
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
})
