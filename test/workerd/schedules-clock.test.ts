import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test'
import { beforeEach, expect, it } from 'vitest'
import type { ScheduleRequest } from '../../src/contract/schedule.ts'
import worker from '../../src/index.ts'
import { inAccount } from './accounts.ts'
import { changedEnv, listening, newCaller } from './callers.ts'
import { hold } from './hold.ts'
import {
  madeBy,
  nextMinute,
  patch,
  readSchedule,
  runByHand,
  runsOf,
  SCHEDULE,
  schedule,
  scheduleOf,
  tick,
  toNextMinute,
} from './schedules-world.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside, MINUTE_MS } from './world.ts'

freshWorld()

/** Waits until the emulator has this many jobs, and the account has nothing left to send. */
const taken = async (count: number, account = 'default'): Promise<void> => {
  await eventually(async () => (await fal.jobs()).length >= count)
  await inside.allSent(account)
  expect(await fal.jobs()).toHaveLength(count)
  expect(await fal.calls('submit')).toHaveLength(count)
}

/** The start of an hour that is far from any daylight saving change. */
const NINE = Date.UTC(2027, 0, 4, 9)

const startAt = async (ms: number): Promise<void> => {
  await clock.stop()
  await clock.travel(ms - Date.now())
}

/** Passes this many full minutes, and rings the alarm at each. */
const minutes = async (count: number, account = 'default'): Promise<void> => {
  for (let minute = 0; minute < count; minute++) await nextMinute(account)
}

/** A schedule that fires on the hour; the tests run it at nine. */
const hourly = (changes: Partial<ScheduleRequest> = {}, headers: Record<string, string> = {}) =>
  schedule({ cron: '0 * * * *', ...changes }, headers)

const iso = (ms: number): string => new Date(ms).toISOString()

beforeEach(() => startAt(NINE - MINUTE_MS))

it('fires by the alarm, on time, and sends what the schedule asks for', async () => {
  await startAt(NINE - 30_000)
  const asked = { metadata: { show: 'news' }, user: 'u_4711' }
  const prompt = 'It is {{weekday}}, {{date}} {{time}}, take {{run_number}}'
  const timezone = 'America/New_York'
  const made = await schedule({ ...asked, timezone, input: { prompt, seed: 0 } })
  await clock.ring()
  expect(await fal.jobs()).toEqual([])
  expect(await inside.alarmAtMs()).toBe(NINE)
  await clock.pass(30_000)
  await taken(1)
  const [generation] = await madeBy(made.id)
  expect(generation).toMatchObject({
    ...asked,
    schedule_id: made.id,
    input: { prompt: 'It is Monday, 2027-01-04 04:00, take 1', seed: 0 },
    cost: { estimated_usd: 0.2 },
  })
  expect((await fal.theJob()).webhook_url).toContain(generation?.id)
  const run = {
    object: 'schedule_run',
    schedule_id: made.id,
    trigger: 'schedule',
    slot: iso(NINE),
    started_at: iso(NINE),
    generation_id: generation?.id,
    reason: null,
    detail: null,
    slots: 1,
  }
  expect(await runsOf(made.id)).toEqual([{ ...run, outcome: 'pending' }])
  await fal.deliverAll()
  expect(await runsOf(made.id)).toEqual([{ ...run, outcome: 'completed' }])
})

it('makes one generation per slot, however often ticks and alarms call it', async () => {
  const made = await hourly()
  await toNextMinute()
  await Promise.all([...Array.from({ length: 10 }, () => tick(NINE)), clock.ring()])
  for (let repeat = 0; repeat < 10; repeat++) await tick(NINE)
  await clock.ring()
  await taken(1)
  expect(await runsOf(made.id)).toHaveLength(1)
})

/** Waits until the Directory knows of this many busy accounts, which the next tick calls. */
const areBusy = (count: number) =>
  eventually(async () => (await inside.directory().takeBusy(0, 100)).length === count)

it("goes by the tick's minute if the object's clock is behind", async () => {
  await startAt(NINE - 800)
  const made = await hourly()
  await areBusy(1)
  await tick(NINE)
  await taken(1)
  await clock.travel(900)
  await tick(NINE)
  await clock.ring()
  await taken(1)
  expect(await runsOf(made.id)).toHaveLength(1)
})

it('sends a run whose tick comes a minute late, even though the next slot is due by then', async () => {
  const made = await schedule()
  await clock.travel(2 * MINUTE_MS)
  await tick()
  await clock.ring()
  await taken(2)
  expect(await runsOf(made.id)).toMatchObject([{ outcome: 'pending' }, { outcome: 'pending' }])
})

it('also claims a slot by an idempotency key, so a restored schedule does not repeat it', async () => {
  const made = await hourly()
  const [before] = await inside.sql<{ doc: string }>('SELECT doc FROM schedules')
  await toNextMinute()
  await tick()
  await taken(1)
  // As if the schedule had been restored to its state before the run.
  await inside.sql('UPDATE schedules SET doc = ?', before?.doc)
  await inside.sql('DELETE FROM schedule_runs')
  await tick()
  await taken(1)
  expect(Date.parse((await readSchedule(made.id)).next_run_at ?? '')).toBe(NINE + HOUR_MS)
})

const afterTen = (minute: number): string => iso(NINE + HOUR_MS + minute * MINUTE_MS)
const sentAt = (minute: number) => ({ outcome: 'pending', slots: 1, slot: afterTen(minute) })
const missed = (slots: number, lastMinute: number) => {
  const run = { outcome: 'skipped', reason: 'missed', generation_id: null }
  return { ...run, slots, slot: afterTen(lastMinute) }
}

it.each([
  ['four missed quarters', 'skip', '*/15', 15, [missed(4, 0)]],
  ['all missed quarters but the newest', 'latest', '*/15', 15, [sentAt(0), missed(3, -15)]],
  ['all minutes but the one on time', 'skip', '*', 6, [sentAt(5), missed(64, 4)]],
  ['all missed minutes but the newest', 'latest', '*', 6, [sentAt(5), missed(64, 4)]],
] as const)('skips %s if catch_up is %s', async (_what, catch_up, minute, next, runs) => {
  await startAt(NINE + 500)
  const made = await schedule({ cron: `${minute} * * * *`, catch_up })
  await clock.travel(HOUR_MS + 6 * MINUTE_MS - 1000)
  await tick()
  await taken(runs.length - 1)
  expect(await runsOf(made.id)).toMatchObject(runs)
  const then = { next_run_at: afterTen(next), run_count: runs.length - 1 }
  expect(await readSchedule(made.id)).toMatchObject(then)
})

it('takes prompts in turn by run number, and ends with its last slot', async () => {
  const prompts = ['A {{run_number}}', 'B {{run_number}}']
  const made = await schedule({ input: {}, prompts, ends_at: iso(NINE + 3 * MINUTE_MS) })
  await minutes(4)
  await taken(3)
  const filled = (await madeBy(made.id)).map(({ input }) => input.prompt)
  expect(filled).toEqual(['A 3', 'B 2', 'A 1'])
  const ended = { next_run_at: null, paused: false, next_runs: [] }
  expect(await readSchedule(made.id)).toMatchObject(ended)
})

it('sends a claimed run unchanged, even if its schedule is changed, paused or deleted first', async () => {
  const claimed = () => hourly({ input: { prompt: 'as claimed' } })
  const [changed, gone, paused] = [await claimed(), await claimed(), await claimed()]
  // All five connections for submits are busy, so a claimed run has to wait.
  const { held, letGo } = hold('/text-to-video')
  const busy = Array.from({ length: 5 }, () => api.ask())
  await eventually(async () => held.length === 5)
  await nextMinute()
  await patch(changed.id, { input: { prompt: 'changed' }, cron: '@yearly' })
  await patch(paused.id, { paused: true })
  await api.remove(`/v1/schedules/${gone.id}`)
  expect(await fal.calls('submit')).toEqual([])
  await letGo()
  await Promise.all(busy)
  await taken(8)
  const prompts = (await fal.jobs()).map(({ input }) => input['prompt'])
  expect(prompts.filter((prompt) => prompt === 'as claimed')).toHaveLength(3)
})

it('records a slot as skipped if the schedule changes while it is due and unclaimed', async () => {
  const made = await hourly()
  await toNextMinute()
  await patch(made.id, { cron: '30 * * * *' })
  await clock.ring()
  await taken(0)
  expect(await runsOf(made.id)).toMatchObject([{ outcome: 'skipped', reason: 'changed', slots: 1 }])
})

it('pauses itself after five failures in a row, and counts from zero after a success', async () => {
  const made = await schedule({ input: { prompt: fal.marked('outcome=model_500') } })
  const runOnce = async () => {
    await nextMinute()
    await eventually(async () => {
      await fal.deliverAll()
      return (await runsOf(made.id))[0]?.outcome !== 'pending'
    })
  }
  for (let run = 0; run < 4; run++) await runOnce()
  expect(await readSchedule(made.id)).toMatchObject({ failures_in_a_row: 4, paused: false })
  await patch(made.id, { input: { prompt: api.PROMPT } })
  await runOnce()
  expect(await readSchedule(made.id)).toMatchObject({ failures_in_a_row: 0 })
  await patch(made.id, { input: { prompt: fal.marked('outcome=model_500') } })
  for (let run = 0; run < 5; run++) await runOnce()
  const paused = { paused: true, paused_reason: 'failures', next_run_at: null }
  expect(await readSchedule(made.id)).toMatchObject({ ...paused, failures_in_a_row: 5 })
  expect((await runsOf(made.id))[0]).toMatchObject({ outcome: 'failed', reason: 'model_error' })
  await toNextMinute()
  await tick()
  await taken(10)
  await patch(made.id, { paused: false })
  expect(await readSchedule(made.id)).toMatchObject({ paused: false, failures_in_a_row: 0 })
})

it('records a submit that fal refused, and does not send it again', async () => {
  const made = await hourly({ input: { prompt: fal.marked('submit=429') } })
  await nextMinute()
  const failed = { outcome: 'failed', reason: 'fal_queue_full' }
  await expect.poll(() => runsOf(made.id)).toMatchObject([failed])
  await tick()
  await clock.ring()
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('keeps a run with an unconfirmed submit pending, and does not send it again', async () => {
  const made = await hourly({ input: { prompt: fal.marked('submit=lost') } })
  await nextMinute()
  await eventually(async () => (await madeBy(made.id))[0]?.unconfirmed)
  expect(await runsOf(made.id)).toMatchObject([{ outcome: 'pending' }])
  await fal.deliverAll()
  await expect.poll(() => runsOf(made.id)).toMatchObject([{ outcome: 'completed' }])
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('skips runs beyond its daily budget, says when it resets, and goes on by itself', async () => {
  const made = await schedule({ daily_budget_usd: 0.4 })
  await minutes(3)
  await taken(2)
  expect(await readSchedule(made.id)).toMatchObject({ paused: false, failures_in_a_row: 0 })
  const detail = expect.stringMatching(
    /^schedule_daily has \$0 left of \$0.4, and this needs \$0.2; it resets at \S+T00:00:00.000Z$/,
  )
  const skipped = { outcome: 'skipped', reason: 'over_budget', detail }
  expect((await runsOf(made.id))[0]).toMatchObject(skipped)
  expect((await runByHand(made.id)).status).toBe(402)
  await clock.travel(24 * HOUR_MS)
  await nextMinute()
  await taken(3)
})

it('pauses itself only if no run can ever fit into a budget', async () => {
  const owner = await newCaller({ daily_budget_usd: 0.2 })
  const made = await scheduleOf(owner)
  const never = await scheduleOf(owner, { daily_budget_usd: 0.1 })
  await minutes(2, 'studio')
  await taken(1, 'studio')
  const read = (id: string) => owner.get(`/v1/schedules/${id}`)
  expect(await read(made.id)).toMatchObject({ paused: false })
  expect(await read(never.id)).toMatchObject({ paused: true, paused_reason: 'budget' })
})

it('skips a run without pausing if too many generations are open', async () => {
  const made = await schedule()
  await api.put('/v1/accounts/default', { max_open: 1 })
  await minutes(2)
  await taken(1)
  const detail = '1 generations are open, and at most 1 may be'
  const skipped = { outcome: 'skipped', reason: 'too_many_open', detail }
  expect(await runsOf(made.id)).toMatchObject([skipped, { outcome: 'pending' }])
  expect(await readSchedule(made.id)).toMatchObject({ paused: false })
})

it('skips its slots while the operator has switched new work off', async () => {
  const made = await hourly()
  await toNextMinute()
  await inAccount({ ACCEPT: 'off' }, (account) => account.runDue(NINE, null))
  await tick(NINE)
  expect(await fal.jobs()).toEqual([])
  const detail = 'the operator has switched new generations off for now'
  const skipped = { outcome: 'skipped', reason: 'switched_off', detail }
  expect(await runsOf(made.id)).toMatchObject([skipped])
  const next_run_at = iso(NINE + HOUR_MS)
  expect(await readSchedule(made.id)).toMatchObject({ paused: false, next_run_at })
})

it('pauses when the key that made it is revoked, and then belongs to the key that resumes it', async () => {
  const owner = await newCaller()
  const made = await scheduleOf(owner)
  const colleague = await newCaller()
  const kept = await scheduleOf(colleague)
  await colleague.remove(`/v1/keys/${owner.made.id}`)
  const read = (id: string) => colleague.get(`/v1/schedules/${id}`)
  expect(await read(made.id)).toMatchObject({ paused: true, paused_reason: 'key_invalid' })
  expect(await read(kept.id)).toMatchObject({ paused: false })
  await colleague.patch(`/v1/schedules/${made.id}`, { paused: false })
  await nextMinute('studio')
  await taken(2, 'studio')
  const by_key = [{ key_id: colleague.made.id, generations: 2 }]
  expect(await colleague.get('/v1/usage')).toMatchObject({ by_key })
})

it('pauses itself once its key has expired', async () => {
  const owner = await newCaller({ expires_at: iso(NINE + 90_000) })
  const made = await scheduleOf(owner)
  await minutes(3, 'studio')
  await taken(2, 'studio')
  const colleague = await newCaller()
  const paused = { paused_reason: 'key_invalid' }
  expect(await colleague.get(`/v1/schedules/${made.id}`)).toMatchObject(paused)
})

it('calls 40 accounts in one tick, as the plan allows, and the others in the next', async () => {
  for (let n = 0; n < 45; n++) await hourly({}, { 'pika-account': `account-${n}` })
  await areBusy(45)
  await toNextMinute()
  let asked = 0
  const counting = changedEnv(listening({ onRead: () => undefined, onAccount: () => asked++ }))
  const at = { scheduledTime: NINE, cron: '* * * * *', noRetry: () => undefined }
  await worker.scheduled(at, counting)
  expect(asked).toBe(40)
  await clock.travel(MINUTE_MS / 2)
  await worker.scheduled({ ...at, scheduledTime: NINE + MINUTE_MS }, counting)
  await taken(45)
})

it('limits its history to a thousand entries', async () => {
  const made = await schedule()
  const insert = `INSERT INTO schedule_runs (schedule_id, slot_ms, hand, outcome, slots)
    VALUES (?, ?, '', 'skipped', 1)`
  for (let n = 1; n <= 1200; n++) await inside.sql(insert, made.id, NINE - n * MINUTE_MS)
  await nextMinute()
  expect(await inside.sql('SELECT COUNT(*) AS n FROM schedule_runs')).toEqual([{ n: 1000 }])
  expect((await runsOf(made.id))[0]).toMatchObject({ outcome: 'pending' })
})

/** This many schedules for the same minute: the first through the API, the others copied. */
const crowd = async (count: number): Promise<void> => {
  const { id } = await hourly({ input: { prompt: 'number 0' } })
  await inside.sql(
    `INSERT INTO schedules (id, doc) WITH RECURSIVE counted (n) AS
       (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ?1)
     SELECT printf('sch_%026d', n), json_set(doc, '$.id', printf('sch_%026d', n),
       '$.input.prompt', 'number ' || n) FROM counted, schedules WHERE schedules.id = ?2`,
    count - 1,
    id,
  )
}

/** Every prompt that was sent; each schedule in a crowd has its own. */
const sent = async () => (await fal.calls('submit')).map(({ prompt }) => prompt)

it('goes on after a crash in the middle of a batch, and sends each slot once', async () => {
  await crowd(75)
  await toNextMinute()
  // fal has the first five, and their answers die with the object.
  await fal.control('/faults', { op: 'submit', fault: 'hang', times: 5 })
  await runInDurableObject(inside.stub(), (account) => void account.runDue(NINE, null))
  await eventually(async () => (await fal.calls('submit')).length === 5)
  await abortAllDurableObjects()
  await eventually(async () => {
    await tick(NINE)
    return (await sent()).length >= 75
  })
  // What was in flight is never sent again: its webhook shows that fal has it.
  await clock.travel(2 * MINUTE_MS)
  await tick(NINE)
  await fal.deliverAll()
  await inside.allSent()
  const prompts = await sent()
  expect(new Set(prompts).size).toBe(prompts.length)
  expect((await api.list()).map(({ status }) => status)).toEqual(prompts.map(() => 'completed'))
  expect(await fal.jobs()).toHaveLength(75)
})

it('submits more runs of one minute than fal may have at once, and answers others meanwhile', async () => {
  await crowd(130)
  await toNextMinute()
  const { held, letGo } = hold('/text-to-video')
  const ringing = clock.ring()
  await eventually(async () => held.length === 5)
  expect(await api.list()).toHaveLength(40)
  for (const path of ['/v1/me', '/v1/schedules?limit=1']) {
    expect((await api.call(path)).status).toBe(200)
  }
  expect(await fal.calls('submit')).toEqual([])
  await letGo()
  await ringing
  await eventually(async () => {
    await clock.ring()
    return (await fal.calls('submit')).length === 100
  })
  for (const hook of (await fal.heldHooks()).slice(0, 30)) await fal.deliver(hook)
  await taken(130)
  expect(new Set(await sent()).size).toBe(130)
})

it('lets no schedule wait for a broken one, and tries that one again a minute later', async () => {
  await startAt(NINE - 30_000)
  const broken = await schedule()
  const sound = await schedule()
  const update = `UPDATE schedules SET doc = json_set(doc, '$.cron', ?) WHERE id = ?`
  const write = (cron: string) => inside.sql(update, cron, broken.id)
  await write('not cron')
  await clock.pass(60_000)
  await taken(1)
  // Once more, since the first alarm after a send only makes sure that it went out.
  await clock.pass(2000)
  await write(SCHEDULE.cron)
  expect(await inside.alarmAtMs()).toBe(NINE + MINUTE_MS)

  await clock.pass(58_000)
  await taken(3)
  expect(await madeBy(sound.id)).toHaveLength(2)
  expect(await madeBy(broken.id)).toHaveLength(1)
})

it('finds due schedules without reading the others', async () => {
  await crowd(130)
  await inside.owesNothing()
  const ran = await inside.metered(() => clock.ring().then(() => tick()))
  const read = ran.filter(({ query }) => query.includes('FROM schedules'))
  expect(read.length).toBeGreaterThan(0)
  expect(inside.total(read, 'rowsRead')).toBeLessThan(65)
})
