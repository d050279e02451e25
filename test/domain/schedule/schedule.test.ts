import { expect, test } from 'vitest'
import {
  changeSchedule,
  DRAFT_DEFAULTS,
  faultsOf,
  newSchedule,
  readChanges,
  type ScheduleDraft,
  type ScheduleRecord,
} from '../../../src/domain/schedule/schedule.ts'
import { err } from '../../../src/domain/result.ts'
import { GRACE_MS, owed, pauseItself, settleRun } from '../../../src/domain/schedule/run.ts'
import { fillIn } from '../../../src/domain/schedule/template.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const NOW_MS = Date.UTC(2027, 0, 4, 8, 30)
const NINE_MS = Date.UTC(2027, 0, 4, 9)

const DRAFT: ScheduleDraft = {
  ...DRAFT_DEFAULTS,
  name: 'hourly',
  cron: '0 * * * *',
  input: { prompt: 'A paper boat', aspect_ratio: '16:9', resolution: '720p', duration: 5 },
}
const MADE = { id: 'sch_1', accountId: 'studio', keyId: 'key_1' }
const schedule = (changes: Partial<ScheduleDraft> = {}): ScheduleRecord =>
  newSchedule({ ...DRAFT, ...changes }, MADE, NOW_MS)

const changed = (before: ScheduleRecord, changes: Partial<ScheduleDraft>, nowMs = NOW_MS) => {
  const result = changeSchedule(before, changes, 'key_2', nowMs)
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

/** Whole hours after nine. */
const at = (hours: number) => NINE_MS + hours * HOUR_MS
const missed = (hours: number, slots: number) => ({ slotMs: at(hours), slots })

const minutely = { ...schedule({ cron: '* * * * *' }), nextSlotMs: NINE_MS }
const hourly = schedule()
const newest = { ...hourly, catchUp: 'latest' } as const
const last = schedule({ endsAtMs: NINE_MS + 1 })
const rest = { slotMs: at(1) - MINUTE_MS, slots: 60 }
const next = at(1) + MINUTE_MS

test('nothing is owed before the slot, or while the schedule is paused', () => {
  expect(owed(hourly, NINE_MS - 1, NINE_MS - 1)).toBeNull()
  expect(owed(schedule({ paused: true }), NINE_MS, NINE_MS)).toBeNull()
})

test.each<[string, ScheduleRecord, number, ...(object | number | null)[]]>([
  ['the slot at its time', hourly, at(0), null, at(0), at(1)],
  ['the slot until its grace ends', hourly, at(0) + GRACE_MS, null, at(0), at(1)],
  ['nothing with skip after the grace', hourly, at(0) + GRACE_MS + 1, missed(0, 1), null, at(1)],
  ['the newest slot with latest, however late', newest, at(5.5), missed(4, 5), at(5), at(6)],
  ['the one slot with latest, if one was missed', newest, at(0.5), null, at(0), at(1)],
  ['the slot on time with skip, the rest as one miss', minutely, at(1) + 500, rest, at(1), next],
  ['the last slot, and then nothing more', last, at(0), null, at(0), null],
])('a schedule owes %s', (_, record, nowMs, missed, runMs, nextSlotMs) => {
  expect(owed(record, nowMs, nowMs)).toEqual({ missed, runMs, nextSlotMs })
})

test('a run that waited for its turn is not late', () => {
  const dueMs = NINE_MS + 5 * MINUTE_MS
  expect(owed(hourly, dueMs, NINE_MS)).toMatchObject({ missed: null, runMs: NINE_MS })
})

test('the fifth failure in a row pauses a schedule, and a paused one keeps its reason', () => {
  let now = schedule()
  for (let failures = 1; failures <= 4; failures++) {
    now = settleRun(now, 'failed', NOW_MS)
    expect(now).toMatchObject({ failuresInARow: failures, pausedReason: null })
  }
  const paused = settleRun(now, 'failed', NOW_MS)
  const reason = { failuresInARow: 5, pausedReason: 'failures', nextSlotMs: null }
  expect(paused).toMatchObject(reason)
  expect(pauseItself(paused, 'budget', NOW_MS)).toBe(paused)
  expect(settleRun(now, 'completed', NOW_MS).failuresInARow).toBe(0)
  expect(settleRun(now, 'canceled', NOW_MS)).toBe(now)
  expect(settleRun(now, 'skipped', NOW_MS)).toBe(now)
})

test.each([
  { cron: '30 * * * *' },
  { timeZone: 'Asia/Kolkata' },
  { startsAtMs: NINE_MS + 1 },
  { endsAtMs: NINE_MS + 9 * HOUR_MS },
])('new times count from now, and a new name does not change them: %j', (changes) => {
  const after = changed(schedule(), changes, NINE_MS + 1)
  expect(after.nextSlotMs).toBeGreaterThan(NINE_MS + 1)
  expect(changed(schedule(), { name: 'other' }, NINE_MS + 1).nextSlotMs).toBe(NINE_MS)
})

test('a pause has a reason, and a resume clears it and the count of failures', () => {
  const paused = changed(schedule(), { paused: true })
  expect(paused).toMatchObject({ pausedReason: 'requested', nextSlotMs: null })
  const failing = pauseItself({ ...schedule(), failuresInARow: 5 }, 'failures', NOW_MS)
  expect(changed(failing, { paused: true }).pausedReason).toBe('failures')
  const resumed = { pausedReason: null, failuresInARow: 0, nextSlotMs: NINE_MS }
  expect(changed(failing, { paused: false })).toMatchObject(resumed)
})

test('a schedule passes to the key that resumes it or changes its times or budget, not its name', () => {
  const orphaned = pauseItself(schedule(), 'key_invalid', NOW_MS)
  expect(changed(orphaned, { name: 'other' }).keyId).toBe('key_1')
  expect(changed(orphaned, { paused: false }).keyId).toBe('key_2')
  expect(changed(schedule(), { cron: '* * * * *' }).keyId).toBe('key_2')
  expect(changed(schedule(), { dailyBudgetMicrousd: 5_000_000 }).keyId).toBe('key_2')
  expect(changed(schedule(), { name: 'other', metadata: { a: 'b' } }).keyId).toBe('key_1')
})

test('a schedule that is over can be renamed, but not resumed', () => {
  const over = schedule({ endsAtMs: NINE_MS + 1 })
  expect(changed(over, { name: 'other' }, NINE_MS + HOUR_MS).name).toBe('other')
  const paused = changed(over, { paused: true })
  const result = changeSchedule(paused, { paused: false }, 'key_2', NINE_MS + HOUR_MS)
  expect(result).toEqual(err([{ path: 'ends_at', message: 'is over already' }]))
})

test('a draft needs a prompt, or prompts', () => {
  const { prompt: _prompt, ...input } = DRAFT.input
  expect(faultsOf({ ...DRAFT, input }, NOW_MS).map(({ path }) => path)).toEqual(['input.prompt'])
  expect(faultsOf({ ...DRAFT, input, prompts: ['one'] }, NOW_MS)).toEqual([])
})

test('reads only the given fields of a draft, nulls included', () => {
  const given = { cron: ' @daily ', prompts: null, ends_at: null, daily_budget_usd: 0 }
  const read = { cron: '@daily', prompts: null, endsAtMs: null, dailyBudgetMicrousd: 0 }
  expect(readChanges(given)).toEqual(read)
  expect(readChanges({})).toEqual({})
})

const RUN = { slotMs: Date.UTC(2027, 2, 28, 1, 5), timeZone: 'Europe/Paris', runNumber: 12 }
const filled = (prompt: string, zone = 'Europe/Paris') =>
  fillIn({ ...DRAFT.input, prompt }, null, { ...RUN, timeZone: zone })

test("a prompt is filled in with the zone's date and time, and is otherwise unchanged", () => {
  const prompt = '{{date}} {{ time }} {{weekday}} {{run_number}}, {{date}}'
  const inParis = '2027-03-28 03:05 Sunday 12, 2027-03-28'
  expect(filled(prompt)).toEqual({ ...DRAFT.input, prompt: inParis })
  const inNewYork = '2027-03-27 21:05 Saturday 12, 2027-03-27'
  expect(filled(prompt, 'America/New_York').prompt).toBe(inNewYork)
  const odd = "costs $& and $1, {x} }} {{weekday}}'s"
  expect(filled(odd).prompt).toBe("costs $& and $1, {x} }} Sunday's")
})

test('prompts take turns', () => {
  const prompts = ['a', 'b', 'c {{run_number}}']
  const turns = [1, 2, 3, 4].map((runNumber) => fillIn(DRAFT.input, prompts, { ...RUN, runNumber }))
  expect(turns.map(({ prompt }) => prompt)).toEqual(['a', 'b', 'c 3', 'a'])
})
