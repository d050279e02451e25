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

/** Waits until the emulator has taken so many jobs, and the account has sent all that it has. */
const taken = async (count: number, account = 'default'): Promise<void> => {
  await eventually(async () => (await fal.jobs()).length >= count)
  await inside.allSent(account)
  expect(await fal.jobs()).toHaveLength(count)
  expect(await fal.calls('submit')).toHaveLength(count)
}

/** The start of an hour that is far from any change of clocks. */
const NINE = Date.UTC(2027, 0, 4, 9)

const startAt = async (ms: number): Promise<void> => {
  await clock.stop()
  await clock.travel(ms - Date.now())
}

/** So many full minutes, with the alarm at each. */
const minutes = async (count: number, account = 'default'): Promise<void> => {
  for (let minute = 0; minute < count; minute++) await nextMinute(account)
}

/** One that fires at the full hour, of which a test makes a run at nine. */
const hourly = (changes: Partial<ScheduleRequest> = {}, headers: Record<string, string> = {}) =>
  schedule({ cron: '0 * * * *', ...changes }, headers)

const iso = (ms: number): string => new Date(ms).toISOString()

beforeEach(() => startAt(NINE - MINUTE_MS))

it('fires by the alarm, at its time and with what it is to send', async () => {
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

it('makes one generation of a slot, however often and by whomever it is called', async () => {
  const made = await hourly()
  await toNextMinute()
  await Promise.all([...Array.from({ length: 10 }, () => tick(NINE)), clock.ring()])
  for (let repeat = 0; repeat < 10; repeat++) await tick(NINE)
  await clock.ring()
  await taken(1)
  expect(await runsOf(made.id)).toHaveLength(1)
})

/** Waits until the Directory knows of so many accounts, which the next tick then calls. */
const areBusy = (count: number) =>
  eventually(async () => (await inside.directory().takeBusy(0, 100)).length === count)

it('goes by the minute of the tick where the clock of the object is behind', async () => {
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

it('sends a run of which it heard a minute late, although its next time has come by then', async () => {
  const made = await schedule()
  await clock.travel(2 * MINUTE_MS)
  await tick()
  await clock.ring()
  await taken(2)
  expect(await runsOf(made.id)).toMatchObject([{ outcome: 'pending' }, { outcome: 'pending' }])
})

it('claims a slot by its idempotency key as well', async () => {
  const made = await hourly()
  const [before] = await inside.sql<{ doc: string }>('SELECT doc FROM schedules')
  await toNextMinute()
  await tick()
  await taken(1)
  // As if the schedule had been restored from before the run.
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
  ['four quarters', 'skip', '*/15', 15, [missed(4, 0)]],
  ['all quarters but the newest', 'latest', '*/15', 15, [sentAt(0), missed(3, -15)]],
  ['all minutes but the one that is on time', 'skip', '*', 6, [sentAt(5), missed(64, 4)]],
  ['all minutes but the newest', 'latest', '*', 6, [sentAt(5), missed(64, 4)]],
] as const)('lets %s of an hour go, with %s', async (_what, catch_up, minute, next, runs) => {
  await startAt(NINE + 500)
  const made = await schedule({ cron: `${minute} * * * *`, catch_up })
  await clock.travel(HOUR_MS + 6 * MINUTE_MS - 1000)
  await tick()
  await taken(runs.length - 1)
  expect(await runsOf(made.id)).toMatchObject(runs)
  const then = { next_run_at: afterTen(next), run_count: runs.length - 1 }
  expect(await readSchedule(made.id)).toMatchObject(then)
})

it('takes prompts in turn, by the number of the run, and ends with its last time', async () => {
  const prompts = ['A {{run_number}}', 'B {{run_number}}']
  const made = await schedule({ input: {}, prompts, ends_at: iso(NINE + 3 * MINUTE_MS) })
  await minutes(4)
  await taken(3)
  const filled = (await madeBy(made.id)).map(({ input }) => input.prompt)
  expect(filled).toEqual(['A 3', 'B 2', 'A 1'])
  const ended = { next_run_at: null, paused: false, next_runs: [] }
  expect(await readSchedule(made.id)).toMatchObject(ended)
})

it('sends what was claimed as it was, whatever the schedule becomes before it is sent', async () => {
  const claimed = () => hourly({ input: { prompt: 'as claimed' } })
  const [changed, gone, paused] = [await claimed(), await claimed(), await claimed()]
  // All five connections for it are busy, so that what is claimed has to wait.
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

it('lets a slot go that was due and unclaimed when the schedule was changed, and says so', async () => {
  const made = await hourly()
  await toNextMinute()
  await patch(made.id, { cron: '30 * * * *' })
  await clock.ring()
  await taken(0)
  expect(await runsOf(made.id)).toMatchObject([{ outcome: 'skipped', reason: 'changed', slots: 1 }])
})

it('pauses itself after five failures in a row, which a success interrupts', async () => {
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

it('leaves an unconfirmed submit to the rules of its generation', async () => {
  const made = await hourly({ input: { prompt: fal.marked('submit=lost') } })
  await nextMinute()
  await eventually(async () => (await madeBy(made.id))[0]?.unconfirmed)
  expect(await runsOf(made.id)).toMatchObject([{ outcome: 'pending' }])
  await fal.deliverAll()
  await expect.poll(() => runsOf(made.id)).toMatchObject([{ outcome: 'completed' }])
  expect(await fal.calls('submit')).toHaveLength(1)
})

it('skips what its daily budget does not cover, says until when, and goes on by itself', async () => {
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

it('pauses itself only under a limit that no run can ever meet', async () => {
  const owner = await newCaller({ daily_budget_usd: 0.2 })
  const made = await scheduleOf(owner)
  const never = await scheduleOf(owner, { daily_budget_usd: 0.1 })
  await minutes(2, 'studio')
  await taken(1, 'studio')
  const read = (id: string) => owner.get(`/v1/schedules/${id}`)
  expect(await read(made.id)).toMatchObject({ paused: false })
  expect(await read(never.id)).toMatchObject({ paused: true, paused_reason: 'budget' })
})

it('skips, and does not pause, for what is not its own doing', async () => {
  const made = await schedule()
  await api.put('/v1/accounts/default', { max_open: 1 })
  await minutes(2)
  await taken(1)
  const detail = '1 generations are open, and at most 1 may be'
  const skipped = { outcome: 'skipped', reason: 'too_many_open', detail }
  expect(await runsOf(made.id)).toMatchObject([skipped, { outcome: 'pending' }])
  expect(await readSchedule(made.id)).toMatchObject({ paused: false })
})

it('lets its times go while the operator has new work switched off', async () => {
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

it('is paused when the key that made it is revoked, and goes over to the key that resumes it', async () => {
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

it('runs every account that has something due, in as few calls as the plan allows', async () => {
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

it('keeps its history to a thousand entries', async () => {
  const made = await schedule()
  const insert = `INSERT INTO schedule_runs (schedule_id, slot_ms, hand, outcome, slots)
    VALUES (?, ?, '', 'skipped', 1)`
  for (let n = 1; n <= 1200; n++) await inside.sql(insert, made.id, NINE - n * MINUTE_MS)
  await nextMinute()
  expect(await inside.sql('SELECT COUNT(*) AS n FROM schedule_runs')).toEqual([{ n: 1000 }])
  expect((await runsOf(made.id))[0]).toMatchObject({ outcome: 'pending' })
})

/** So many schedules of the same minute: the first by the door, the others as its copies. */
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

/** Every prompt that was sent, which tells the schedules of a crowd apart. */
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
  // What was on its way is never sent again: its webhook tells that fal has it.
  await clock.travel(2 * MINUTE_MS)
  await tick(NINE)
  await fal.deliverAll()
  await inside.allSent()
  const prompts = await sent()
  expect(new Set(prompts).size).toBe(prompts.length)
  expect((await api.list()).map(({ status }) => status)).toEqual(prompts.map(() => 'completed'))
  expect(await fal.jobs()).toHaveLength(75)
})

it('submits more of one minute than fal may have at once, and answers others meanwhile', async () => {
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

it('lets no schedule wait for one that breaks, which is tried again a minute later', async () => {
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

it('looks for what is due without reading what is not', async () => {
  await crowd(130)
  await inside.owesNothing()
  const ran = await inside.metered(() => clock.ring().then(() => tick()))
  const read = ran.filter(({ query }) => query.includes('FROM schedules'))
  expect(read.length).toBeGreaterThan(0)
  expect(inside.total(read, 'rowsRead')).toBeLessThan(65)
})
