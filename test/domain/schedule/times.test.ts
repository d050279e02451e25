import { describe, expect, test } from 'vitest'
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
const ms = (iso: string): number => Date.parse(iso)
const isos = (times: readonly number[]): string[] =>
  times.map((at) => new Date(at).toISOString().replace(':00.000Z', 'Z'))
const next = (cron: string, timeZone: string, after: string, count: number): string[] =>
  isos(nextRuns(timing(cron, timeZone), ms(after), count))
/** The clock in UTC at everything in a part of a day. */
const clocks = (cron: string, [after, before]: readonly [string, string]): string =>
  isos(nextRuns(timing(cron, 'Europe/Paris', { endsAtMs: ms(before) }), ms(after), 1000))
    .map((iso) => iso.slice(11, -1))
    .join(' ')

/** Days around changes of the clocks in Paris, which are at 01:00. */
const SPRING = ['2026-03-28T12:00Z', '2026-03-29T12:00Z'] as const
const SPRING_NIGHT = ['2026-03-29T00:00Z', '2026-03-29T02:00Z'] as const
const AUTUMN = ['2026-10-24T12:00Z', '2026-10-25T12:00Z'] as const
const AUTUMN_NIGHT = ['2026-10-24T23:30Z', '2026-10-25T02:30Z'] as const

test.each([
  ['several fixed times in one gap run once', '0,20,40 2 * * *', SPRING, '01:00'],
  ['intervals go on as if the hour were not', '*/30 * * * *', SPRING_NIGHT, '00:30 01:00 01:30'],
  ['intervals within that hour do not run', '*/30 2 * * *', SPRING, ''],
  ['lists and ranges are fixed times too', '0 1-3 * * *', AUTUMN, '23:00 00:00 02:00'],
  [
    'intervals go twice through an hour',
    '*/30 * * * *',
    AUTUMN_NIGHT,
    '00:00 00:30 01:00 01:30 02:00',
  ],
] as const)('in Paris, %s', (_, cron, part, times) => {
  expect(clocks(cron, part)).toBe(times)
})

describe('a clock that is put forward', () => {
  test.each([
    ['Europe/Paris', '2026-03-28T12:00Z', '2026-03-29T01:00Z', '2026-03-30T00:30Z'],
    ['America/New_York', '2026-03-07T12:00Z', '2026-03-08T07:00Z', '2026-03-09T06:30Z'],
    ['Australia/Sydney', '2026-10-03T12:00Z', '2026-10-03T16:00Z', '2026-10-04T15:30Z'],
  ])('%s: a fixed time in the gap runs right after it, once', (zone, after, gapEnd, dayAfter) => {
    expect(next('30 2 * * *', zone, after, 2)).toEqual([gapEnd, dayAfter])
  })

  test('by half an hour, in Lord Howe', () => {
    expect(next('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', 2)).toEqual([
      '2026-10-03T15:30Z',
      '2026-10-04T15:15Z',
    ])
  })

  test('at midnight, in Santiago', () => {
    expect(next('0 0 * * *', 'America/Santiago', '2026-09-05T12:00Z', 2)).toEqual([
      '2026-09-06T04:00Z',
      '2026-09-07T03:00Z',
    ])
  })
})

describe('a clock that is put back', () => {
  test.each([
    ['Europe/Paris', '30 2 * * *', '2026-10-24T12:00Z', '2026-10-25T00:30Z', '2026-10-26T01:30Z'],
    [
      'America/New_York',
      '30 1 * * *',
      '2026-10-31T12:00Z',
      '2026-11-01T05:30Z',
      '2026-11-02T06:30Z',
    ],
    [
      'Australia/Lord_Howe',
      '45 1 * * *',
      '2026-04-04T00:00Z',
      '2026-04-04T14:45Z',
      '2026-04-05T15:15Z',
    ],
  ])('%s: a fixed time runs at its first pass alone', (zone, cron, after, first, dayAfter) => {
    expect(next(cron, zone, after, 2)).toEqual([first, dayAfter])
    // Asked in the middle of the second pass as well.
    expect(nextRun(timing(cron, zone), ms(first) + 45 * 60_000)).toBe(ms(dayAfter))
  })
})

describe('the calendar', () => {
  test('skips months without a 31st', () => {
    expect(next('0 0 31 * *', 'UTC', '2026-01-01T00:00Z', 4)).toEqual([
      '2026-01-31T00:00Z',
      '2026-03-31T00:00Z',
      '2026-05-31T00:00Z',
      '2026-07-31T00:00Z',
    ])
  })

  test('knows the last day of each month', () => {
    expect(next('0 18 L * *', 'Europe/Paris', '2028-01-15T00:00Z', 3)).toEqual([
      '2028-01-31T17:00Z',
      '2028-02-29T17:00Z',
      '2028-03-31T16:00Z',
    ])
  })

  test('waits for leap days, over the year 2100 as well', () => {
    expect(next('0 12 29 2 *', 'UTC', '2092-03-01T00:00Z', 3)).toEqual([
      '2096-02-29T12:00Z',
      '2104-02-29T12:00Z',
      '2108-02-29T12:00Z',
    ])
  })

  test('takes either kind of day where both are named', () => {
    expect(next('0 0 13 * FRI', 'UTC', '2026-02-01T00:00Z', 4)).toEqual([
      '2026-02-06T00:00Z',
      '2026-02-13T00:00Z',
      '2026-02-20T00:00Z',
      '2026-02-27T00:00Z',
    ])
    expect(next('0 0 13 * +FRI', 'UTC', '2026-02-01T00:00Z', 2)).toEqual([
      '2026-02-13T00:00Z',
      '2026-03-13T00:00Z',
    ])
  })

  test('reads every weekday at nine in Paris, summer and winter', () => {
    expect(next('0 9 * * MON-FRI', 'Europe/Paris', '2026-10-23T08:00Z', 2)).toEqual([
      '2026-10-26T08:00Z',
      '2026-10-27T08:00Z',
    ])
    expect(next('0 9 * * 1-5', 'Europe/Paris', '2026-10-22T08:00Z', 1)).toEqual([
      '2026-10-23T07:00Z',
    ])
  })

  test('finds nothing where there is no such day', () => {
    expect(nextRun(timing('0 0 30 2 *'), ms('2026-01-01T00:00Z'))).toBeNull()
  })
})

describe('bounds', () => {
  test('nothing fires after the year 9999', () => {
    expect(next('0 12 30,31 12 *', 'UTC', '9999-12-30T12:00Z', 5)).toEqual(['9999-12-31T12:00Z'])
    expect(next('0 20 31 12 *', 'America/New_York', '9999-12-30T12:00Z', 5)).toEqual([])
  })

  test('the start is included and the end is not, and nothing follows it', () => {
    const bounded = timing('0 * * * *', 'UTC', {
      startsAtMs: ms('2026-01-01T10:00Z'),
      endsAtMs: ms('2026-01-01T12:00Z'),
    })
    const runs = ['2026-01-01T10:00Z', '2026-01-01T11:00Z']
    expect(isos(nextRuns(bounded, ms('2026-01-01T00:00Z'), 9))).toEqual(runs)
    expect(nextRun(bounded, ms('2026-01-01T11:00Z'))).toBeNull()
  })
})

test('looking back finds the last time up to a moment, however long ago', () => {
  const weekly = timing('0 9 * * MON', 'Europe/Paris')
  const from = ms('2020-01-01T00:00Z')
  expect(lastRun(weekly, from, ms('2026-11-23T08:00Z'))).toBe(ms('2026-11-23T08:00Z'))
  expect(lastRun(weekly, from, ms('2026-11-23T07:59Z'))).toBe(ms('2026-11-16T08:00Z'))
  const leap = timing('0 0 29 2 *')
  expect(lastRun(leap, from, ms('2027-06-01T00:00Z'))).toBe(ms('2024-02-29T00:00Z'))
  expect(lastRun(leap, ms('2024-03-01T00:00Z'), ms('2027-06-01T00:00Z'))).toBeNull()
})

describe('counting', () => {
  const from = ms('2026-11-01T00:00Z')

  test.each([
    ['0 9 * * *', 30, {}],
    ['0 9 * * MON-FRI', 21, {}],
    ['0 9 31 * *', 0, {}],
    ['0 */8 * * *', 90, {}],
    ['*/10 9-17 * * MON-FRI', 21 * 54, {}],
    ['* * * * *', 43_200, {}],
    ['*/30 * * * *', 5, { endsAtMs: from + 3 * 3_600_000 }],
  ])('%s in thirty days is %i, up to the end of the schedule', (cron, count, changes) => {
    const toMs = from + 30 * 86_400_000
    expect(countRuns(timing(cron, 'UTC', changes), from, toMs)).toBe(count)
  })
})

describe('what is no cron expression', () => {
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
  ])('%j is told so: %s', (cron, words) => {
    expect(cronFault(cron)).toContain(words)
  })

  test.each([
    '* * * * *',
    '  0 9 * JAN-MAR sun,WED ',
    '@daily',
    '@HOURLY',
    '0 0 15W * *',
    '0 0 * * FRI#L',
  ])('%j is one', (cron) => {
    expect(cronFault(cron)).toBeUndefined()
  })
})
