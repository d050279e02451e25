import { expect, test } from 'vitest'
import { cronFault } from '../../../src/domain/schedule/pattern.ts'
import {
  countRuns,
  lastRun,
  nextRun,
  nextRuns,
  type Timing,
} from '../../../src/domain/schedule/times.ts'

const timing = (cron: string, timeZone = 'UTC', changes: Partial<Timing> = {}): Timing => ({
  cron,
  timeZone,
  startsAtMs: null,
  endsAtMs: null,
  ...changes,
})
/** Times are in UTC here, and midnight is left out: `2026-03-29T01:00`, or `2026-03-30`. */
const ms = (time: string): number => Date.parse(time.includes('T') ? `${time}Z` : time)
const timesOf = (runs: readonly number[]): string =>
  runs.map((at) => new Date(at).toISOString().slice(0, 16).replace('T00:00', '')).join(' ')
const next = (cron: string, timeZone: string, after: string, count: number): string =>
  timesOf(nextRuns(timing(cron, timeZone), ms(after), count))

/** Days around clock changes in Paris, which come at 01:00. */
const SPRING = ['2026-03-28T12:00', '2026-03-29T12:00'] as const
const SPRING_NIGHT = ['2026-03-29', '2026-03-29T02:00'] as const
const AUTUMN = ['2026-10-24T12:00', '2026-10-25T12:00'] as const
const AUTUMN_NIGHT = ['2026-10-24T23:30', '2026-10-25T02:30'] as const

test.each([
  ['several fixed times in one gap run once', '0,20,40 2 * * *', SPRING, '01:00'],
  ['intervals continue across the gap', '*/30 * * * *', SPRING_NIGHT, '00:30 01:00 01:30'],
  ['intervals within the gap do not run', '*/30 2 * * *', SPRING, ''],
  ['lists and ranges are fixed times too', '0 1-3 * * *', AUTUMN, '23:00 00:00 02:00'],
  ['intervals run in both passes', '*/30 * * * *', AUTUMN_NIGHT, '00:00 00:30 01:00 01:30 02:00'],
] as const)('in Paris, %s', (_, cron, [after, before], times) => {
  const runs = nextRuns(timing(cron, 'Europe/Paris', { endsAtMs: ms(before) }), ms(after), 1000)
  expect(runs.map((at) => new Date(at).toISOString().slice(11, 16)).join(' ')).toBe(times)
})

test.each([
  ['Europe/Paris', '30 2 * * *', '2026-03-28T12:00', '2026-03-29T01:00 2026-03-30T00:30'],
  ['America/New_York', '30 2 * * *', '2026-03-07T12:00', '2026-03-08T07:00 2026-03-09T06:30'],
  ['Australia/Sydney', '30 2 * * *', '2026-10-03T12:00', '2026-10-03T16:00 2026-10-04T15:30'],
  // By half an hour, and at midnight.
  ['Australia/Lord_Howe', '15 2 * * *', '2026-10-03', '2026-10-03T15:30 2026-10-04T15:15'],
  ['America/Santiago', '0 0 * * *', '2026-09-05T12:00', '2026-09-06T04:00 2026-09-07T03:00'],
])('clocks in %s go forward: %s runs once, right after the gap', (...row) => {
  const [zone, cron, after, times] = row
  expect(next(cron, zone, after, 2)).toBe(times)
})

test.each([
  ['Europe/Paris', '30 2 * * *', '2026-10-24T12:00', '2026-10-25T00:30', '2026-10-26T01:30'],
  ['America/New_York', '30 1 * * *', '2026-10-31T12:00', '2026-11-01T05:30', '2026-11-02T06:30'],
  ['Australia/Lord_Howe', '45 1 * * *', '2026-04-04', '2026-04-04T14:45', '2026-04-05T15:15'],
])('clocks in %s go back: %s runs only in the first pass', (...row) => {
  const [zone, cron, after, first, dayAfter] = row
  expect(next(cron, zone, after, 2)).toBe(`${first} ${dayAfter}`)
  // Even when asked in the middle of the second pass.
  expect(nextRun(timing(cron, zone), ms(first) + 45 * 60_000)).toBe(ms(dayAfter))
})

test.each([
  ['months with a 31st', 'UTC', '0 0 31 * *', '2026-01-31', '2026-03-31 2026-05-31 2026-07-31'],
  ['the last day of months', 'UTC', '0 0 L * *', '2028-01-15', '2028-01-31 2028-02-29 2028-03-31'],
  ['leap days, not in 2100', 'UTC', '0 0 29 2 *', '2092-03-01', '2096-02-29 2104-02-29 2108-02-29'],
  ['either kind of day', 'UTC', '0 0 13 * FRI', '2026-04-03', '2026-04-10 2026-04-13 2026-04-17'],
  ['both kinds of day at once', 'UTC', '0 0 13 * +FRI', '2026-02-01', '2026-02-13 2026-03-13'],
  ['summer', 'Europe/Paris', '0 9 * * 1-5', '2026-10-22T08:00', '2026-10-23T07:00'],
  ['winter', 'Europe/Paris', '0 9 * * MON-FRI', '2026-10-23T08:00', '2026-10-26T08:00'],
  ['a day that never comes', 'UTC', '0 0 30 2 *', '2026-01-01', ''],
])('the calendar knows %s', (_, zone, cron, after, times) => {
  expect(next(cron, zone, after, times.split(' ').length)).toBe(times)
})

test('nothing fires after the year 9999', () => {
  expect(next('0 12 30,31 12 *', 'UTC', '9999-12-30T12:00', 5)).toBe('9999-12-31T12:00')
  expect(next('0 20 31 12 *', 'America/New_York', '9999-12-30T12:00', 5)).toBe('')
})

test('the start is included, the end is not, and nothing runs after it', () => {
  const bounds = { startsAtMs: ms('2026-01-01T10:00'), endsAtMs: ms('2026-01-01T12:00') }
  const bounded = timing('0 * * * *', 'UTC', bounds)
  const runs = nextRuns(bounded, ms('2026-01-01'), 9)
  expect(timesOf(runs)).toBe('2026-01-01T10:00 2026-01-01T11:00')
  expect(nextRun(bounded, ms('2026-01-01T11:00'))).toBeNull()
})

test('looking back finds the last time up to a moment, however long ago', () => {
  const weekly = timing('0 9 * * MON', 'Europe/Paris')
  const from = ms('2020-01-01')
  expect(lastRun(weekly, from, ms('2026-11-23T08:00'))).toBe(ms('2026-11-23T08:00'))
  expect(lastRun(weekly, from, ms('2026-11-23T07:59'))).toBe(ms('2026-11-16T08:00'))
  const leap = timing('0 0 29 2 *')
  expect(lastRun(leap, from, ms('2027-06-01'))).toBe(ms('2024-02-29'))
  expect(lastRun(leap, ms('2024-03-01'), ms('2027-06-01'))).toBeNull()
})

const NOVEMBER_MS = ms('2026-11-01')

test.each([
  ['0 9 * * *', 30, {}],
  ['0 9 * * MON-FRI', 21, {}],
  ['0 9 31 * *', 0, {}],
  ['0 */8 * * *', 90, {}],
  ['*/10 9-17 * * MON-FRI', 21 * 54, {}],
  ['* * * * *', 43_200, {}],
  ['*/30 * * * *', 5, { endsAtMs: NOVEMBER_MS + 3 * 3_600_000 }],
])('%s runs %i times in thirty days, or until the schedule ends', (cron, count, changes) => {
  const toMs = NOVEMBER_MS + 30 * 86_400_000
  expect(countRuns(timing(cron, 'UTC', changes), NOVEMBER_MS, toMs)).toBe(count)
})

test.each([
  ['* * * * * *', 'once a minute'],
  ['* * * *', 'must have five fields'],
  ['', 'must have five fields'],
  ['2026-01-05T00:00:00', 'must have five fields'],
  ['61 * * * *', 'the minute'],
  ['0 24 * * *', 'the hour'],
  ['0 0 32 * *', 'the day of month'],
  ['0 0 1 13 *', 'the month'],
  ['0 0 * * 8', 'the day of week'],
  ['0 0 * * MOO', 'the day of week'],
  ['5-1 25 * * *', 'the minute (0 to 59) and the hour (0 to 23)'],
  ['*/0 * * * *', 'the minute'],
  ['@reboot', '@daily'],
  ['@every 5s', '@daily'],
])('%j is not a cron expression: %s', (cron, words) => expect(cronFault(cron)).toContain(words))

test.each([
  '* * * * *',
  '  0 9 * JAN-MAR sun,WED ',
  '@daily',
  '@HOURLY',
  '0 0 15W * *',
  '0 0 * * FRI#L',
])('%j is a cron expression', (cron) => expect(cronFault(cron)).toBeUndefined())
