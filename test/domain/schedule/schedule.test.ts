import { describe, expect, test } from 'vitest'
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

const changed = (
  before: ScheduleRecord,
  changes: Partial<ScheduleDraft>,
  nowMs = NOW_MS,
): ScheduleRecord => {
  const result = changeSchedule(before, changes, 'key_2', nowMs)
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

describe('what is owed', () => {
  const minutely = schedule({ cron: '* * * * *' })
  const hourly = schedule()

  test('nothing, before the slot and while it is paused', () => {
    expect(owed(hourly, NINE_MS - 1, NINE_MS - 1)).toBeNull()
    expect(owed(schedule({ paused: true }), NINE_MS, NINE_MS)).toBeNull()
  })

  test('the slot, at its time and up to the end of its grace', () => {
    const due = { missed: null, runMs: NINE_MS, nextSlotMs: NINE_MS + HOUR_MS }
    expect(owed(hourly, NINE_MS, NINE_MS)).toEqual(due)
    expect(owed(hourly, NINE_MS + GRACE_MS, NINE_MS + GRACE_MS)).toEqual(due)
  })

  test('with skip nothing, once its grace is over', () => {
    const late = NINE_MS + GRACE_MS + 1
    expect(owed(hourly, late, late)).toEqual({
      missed: { slotMs: NINE_MS, slots: 1 },
      runMs: null,
      nextSlotMs: NINE_MS + HOUR_MS,
    })
  })

  test('with latest the newest, however late', () => {
    const late = NINE_MS + 5 * HOUR_MS + 30 * MINUTE_MS
    expect(owed({ ...hourly, catchUp: 'latest' }, late, late)).toEqual({
      missed: { slotMs: NINE_MS + 4 * HOUR_MS, slots: 5 },
      runMs: NINE_MS + 5 * HOUR_MS,
      nextSlotMs: NINE_MS + 6 * HOUR_MS,
    })
  })

  test('with latest just the one slot, where only one was missed', () => {
    const late = NINE_MS + 30 * MINUTE_MS
    expect(owed({ ...hourly, catchUp: 'latest' }, late, late)).toEqual({
      missed: null,
      runMs: NINE_MS,
      nextSlotMs: NINE_MS + HOUR_MS,
    })
  })

  test('with skip what is still on time, and the rest as one', () => {
    const late = NINE_MS + HOUR_MS + 500
    expect(owed({ ...minutely, nextSlotMs: NINE_MS }, late, late)).toEqual({
      missed: { slotMs: NINE_MS + HOUR_MS - MINUTE_MS, slots: 60 },
      runMs: NINE_MS + HOUR_MS,
      nextSlotMs: NINE_MS + HOUR_MS + MINUTE_MS,
    })
  })

  test('what waited for its turn is not late', () => {
    const dueMs = NINE_MS + 5 * MINUTE_MS
    expect(owed(hourly, dueMs, NINE_MS)).toMatchObject({ missed: null, runMs: NINE_MS })
  })

  test('the last slot of all, and then nothing more', () => {
    const last = schedule({ endsAtMs: NINE_MS + 1 })
    expect(owed(last, NINE_MS, NINE_MS)).toEqual({ missed: null, runMs: NINE_MS, nextSlotMs: null })
  })
})

describe('how runs end', () => {
  test('the fifth failure in a row pauses it', () => {
    let now = schedule()
    for (let failures = 1; failures <= 4; failures++) {
      now = settleRun(now, 'failed', NOW_MS)
      expect(now).toMatchObject({ failuresInARow: failures, pausedReason: null })
    }
    expect(settleRun(now, 'failed', NOW_MS)).toMatchObject({
      failuresInARow: 5,
      pausedReason: 'failures',
      nextSlotMs: null,
    })
    expect(settleRun(now, 'completed', NOW_MS).failuresInARow).toBe(0)
    expect(settleRun(now, 'canceled', NOW_MS)).toBe(now)
    expect(settleRun(now, 'skipped', NOW_MS)).toBe(now)
  })

  test('one that is paused keeps its reason', () => {
    const paused = schedule({ paused: true })
    expect(pauseItself(paused, 'budget', NOW_MS)).toBe(paused)
  })
})

describe('a change', () => {
  test('of the name leaves a slot due that is due', () => {
    const before = schedule()
    expect(changed(before, { name: 'other' }, NINE_MS + 1).nextSlotMs).toBe(NINE_MS)
  })

  test.each([
    { cron: '30 * * * *' },
    { timeZone: 'Asia/Kolkata' },
    { startsAtMs: NINE_MS + 1 },
    { endsAtMs: NINE_MS + 9 * HOUR_MS },
  ])('of its times makes them count from now: %j', (changes) => {
    const after = changed(schedule(), changes, NINE_MS + 1)
    expect(after.nextSlotMs).toBeGreaterThan(NINE_MS + 1)
  })

  test('pauses with a reason, resumes without, and starts counting failures afresh', () => {
    const paused = changed(schedule(), { paused: true })
    expect(paused).toMatchObject({ pausedReason: 'requested', nextSlotMs: null })
    const failing = pauseItself({ ...schedule(), failuresInARow: 5 }, 'failures', NOW_MS)
    expect(changed(failing, { paused: true }).pausedReason).toBe('failures')
    expect(changed(failing, { paused: false })).toMatchObject({
      pausedReason: null,
      failuresInARow: 0,
      nextSlotMs: NINE_MS,
    })
  })

  test('gives it to the key that resumes it', () => {
    const orphaned = pauseItself(schedule(), 'key_invalid', NOW_MS)
    expect(changed(orphaned, { name: 'other' }).keyId).toBe('key_1')
    expect(changed(orphaned, { paused: false }).keyId).toBe('key_2')
  })

  test('of when or what it spends makes its changer pay; a new name does not', () => {
    expect(changed(schedule(), { cron: '* * * * *' }).keyId).toBe('key_2')
    expect(changed(schedule(), { dailyBudgetMicrousd: 5_000_000 }).keyId).toBe('key_2')
    expect(changed(schedule(), { name: 'other', metadata: { a: 'b' } }).keyId).toBe('key_1')
  })

  test('of something else is fine once it is over; resuming is not', () => {
    const over = schedule({ endsAtMs: NINE_MS + 1 })
    expect(changed(over, { name: 'other' }, NINE_MS + HOUR_MS).name).toBe('other')
    const paused = changed(over, { paused: true })
    const result = changeSchedule(paused, { paused: false }, 'key_2', NINE_MS + HOUR_MS)
    expect(result).toEqual(err([{ path: 'ends_at', message: 'is over already' }]))
  })
})

describe('a draft', () => {
  test('needs a prompt, or prompts', () => {
    const { prompt: _prompt, ...input } = DRAFT.input
    expect(faultsOf({ ...DRAFT, input }, NOW_MS).map(({ path }) => path)).toEqual(['input.prompt'])
    expect(faultsOf({ ...DRAFT, input, prompts: ['one'] }, NOW_MS)).toEqual([])
  })

  test('is read from what was given, nulls included, and nothing else', () => {
    expect(
      readChanges({ cron: ' @daily ', prompts: null, ends_at: null, daily_budget_usd: 0 }),
    ).toEqual({
      cron: '@daily',
      prompts: null,
      endsAtMs: null,
      dailyBudgetMicrousd: 0,
    })
    expect(readChanges({})).toEqual({})
  })
})

describe('a prompt', () => {
  const at = { slotMs: Date.UTC(2027, 2, 28, 1, 5), timeZone: 'Europe/Paris', runNumber: 12 }

  test('is filled in on the clocks of the zone', () => {
    const prompt = '{{date}} {{ time }} {{weekday}} {{run_number}}, {{date}}'
    expect(fillIn({ ...DRAFT.input, prompt }, null, at)).toEqual({
      ...DRAFT.input,
      prompt: '2027-03-28 03:05 Sunday 12, 2027-03-28',
    })
    const newYork = { ...at, timeZone: 'America/New_York' }
    expect(fillIn({ ...DRAFT.input, prompt }, null, newYork).prompt).toBe(
      '2027-03-27 21:05 Saturday 12, 2027-03-27',
    )
  })

  test('is the one whose turn it is', () => {
    const prompts = ['a', 'b', 'c {{run_number}}']
    const turns = [1, 2, 3, 4].map((runNumber) =>
      fillIn(DRAFT.input, prompts, { ...at, runNumber }),
    )
    expect(turns.map(({ prompt }) => prompt)).toEqual(['a', 'b', 'c 3', 'a'])
  })

  test('with dollars and braces of its own is left as it is', () => {
    const prompt = "costs $& and $1, {x} }} {{weekday}}'s"
    expect(fillIn({ ...DRAFT.input, prompt }, null, at).prompt).toBe(
      "costs $& and $1, {x} }} Sunday's",
    )
  })
})
