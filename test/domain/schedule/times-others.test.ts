/**
 * The times agree with two other implementations, over random expressions, zones and dates.
 *
 * With croner's own search they always do. cron-parser treats the hours around a clock change
 * differently, so there each of the two is only compared with its known times.
 */
import { Cron } from 'croner'
import { CronExpressionParser } from 'cron-parser'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextRuns } from '../../../src/domain/schedule/times.ts'
import { offsetMs } from '../../../src/domain/zone.ts'

const DAY_MS = 86_400_000
const COUNT = 8
const ZONES = [
  'UTC',
  'Europe/Paris',
  'America/New_York',
  'America/Santiago',
  'America/St_Johns',
  'Africa/Cairo',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
]

const field = (min: number, max: number) => {
  const value = fc.integer({ min, max })
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`)
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant('*') },
    { weight: 4, arbitrary: value.map(String) },
    range,
    fc.integer({ min: 2, max: (max - min) >> 1 }).map((step) => `*/${step}`),
    fc.tuple(range, fc.integer({ min: 1, max: 5 })).map(([span, step]) => `${span}/${step}`),
    fc
      .uniqueArray(value, { minLength: 2, maxLength: 4 })
      .map((list) => list.toSorted((a, b) => a - b).join(',')),
  )
}
const crons = fc
  .tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6))
  .map((fields) => fields.join(' '))
const zones = fc.constantFrom(...ZONES)
const dates = fc.date({
  min: new Date('2024-01-01T00:00:00Z'),
  max: new Date('2034-01-01T00:00:00Z'),
  noInvalidDate: true,
})

const ours = (cron: string, timeZone: string, after: Date, count = COUNT): number[] =>
  nextRuns({ cron, timeZone, startsAtMs: null, endsAtMs: null }, after.getTime(), count)

/** `no-wildcard`: lists and ranges of times are fixed times, as in Vixie cron. */
const byCroner = (cron: string, timezone: string, after: Date): number[] =>
  new Cron(cron, { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true })
    .nextRuns(COUNT, after)
    .map((date) => date.getTime())

/** It gives up on times that are far away or never come. */
const byCronParser = (cron: string, tz: string, currentDate: Date, count = COUNT): number[] => {
  const times: number[] = []
  try {
    const expression = CronExpressionParser.parse(cron, { tz, currentDate })
    while (times.length < count) times.push(expression.next().toDate().getTime())
  } catch (error) {
    if (!/loop limit exceeded|Invalid explicit day of month/.test(String(error))) throw error
  }
  return times
}

/** Whether the clocks change within a day of a moment. */
const isNearChange = (atMs: number, timeZone: string): boolean =>
  offsetMs(atMs - DAY_MS, timeZone) !== offsetMs(atMs + DAY_MS, timeZone)

test("agrees with croner's own search, clock changes included", () => {
  fc.assert(
    fc.property(crons, zones, dates, (cron, zone, after) => {
      expect(ours(cron, zone, after)).toEqual(byCroner(cron, zone, after))
    }),
    { numRuns: 500 },
  )
})

test("agrees with croner's own search in the days around clock changes", () => {
  const hours = fc.tuple(field(0, 59), field(0, 4)).map(([m, h]) => `${m} ${h} * * *`)
  const changes = fc.constantFrom<[string, string]>(
    ['Europe/Paris', '2026-03-29T01:00Z'],
    ['Europe/Paris', '2026-10-25T01:00Z'],
    ['America/New_York', '2026-03-08T07:00Z'],
    ['America/New_York', '2026-11-01T06:00Z'],
    ['America/Santiago', '2026-04-05T03:00Z'],
    ['America/Santiago', '2026-09-06T04:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  )
  const aways = fc.integer({ min: -1800, max: 300 })
  fc.assert(
    fc.property(hours, changes, aways, (cron, [zone, change], awayMinutes) => {
      const after = new Date(Date.parse(change) + awayMinutes * 60_000)
      expect(ours(cron, zone, after)).toEqual(byCroner(cron, zone, after))
    }),
    { numRuns: 500 },
  )
})

test('agrees with cron-parser, except within a day of a clock change', () => {
  let compared = 0
  fc.assert(
    fc.property(crons, zones, dates, (cron, zone, after) => {
      const theirs = byCronParser(cron, zone, after)
      const mine = ours(cron, zone, after)
      const differs = theirs.findIndex((at, index) => at !== mine[index])
      const times = [theirs[differs] ?? 0, mine[differs] ?? 0]
      const isExplained = differs === -1 || times.some((at) => isNearChange(at, zone))
      expect([cron, zone, isExplained]).toEqual([cron, zone, true])
      if (differs === -1) compared += theirs.length
    }),
    { numRuns: 500 },
  )
  expect(compared).toBeGreaterThan(3000)
})

/** All times in a day that begins before a clock change. */
const day = (times: readonly number[], after: Date): string =>
  times
    .filter((at) => at < after.getTime() + DAY_MS)
    .map((at) => new Date(at).toISOString().slice(11, 16))
    .join(' ')

const SPRING = ['Europe/Paris', '2026-03-28T12:00Z'] as const
const AUTUMN = ['Europe/Paris', '2026-10-24T12:00Z'] as const
const NEW_YORK = ['America/New_York', '2026-03-08T04:00Z'] as const
const LORD_HOWE = ['Australia/Lord_Howe', '2026-10-03T12:00Z'] as const

test.each([
  // Ours runs right after the gap, as in Vixie cron. Theirs is later by the length of the gap.
  ['a fixed time in a gap', '30 2 * * *', SPRING, '01:00', '01:30'],
  // An hour that does not exist has no half hours. Theirs uses the next hour instead.
  ['steps in an hour that a gap skips', '*/30 2 * * *', SPRING, '', '01:00 01:30'],
  ['steps of hours across a gap', '0 0-4/2 * * *', NEW_YORK, '05:00 08:00', '05:00 07:00 08:00'],
  // A step is an interval, so ours runs in both passes. Theirs runs in one.
  ['steps in a repeated hour', '*/30 2 * * *', AUTUMN, '00:00 00:30 01:00 01:30', '00:00 00:30'],
  // 02:30 is the first time after the half-hour gap. Theirs misses it.
  ['the end of a half-hour gap', '30 1,2 * * *', LORD_HOWE, '15:00 15:30', '15:00 16:30'],
])('differs from cron-parser in %s', (_, cron, [zone, after], mine, theirs) => {
  const from = new Date(after)
  expect(day(ours(cron, zone, from, 30), from)).toBe(mine)
  expect(day(byCronParser(cron, zone, from, 30), from)).toBe(theirs)
})
