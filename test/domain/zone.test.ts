import * as fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { dayAt, monthOf, nextDayMs, nextMonthMs, todayAt } from '../../src/domain/zone.ts'

const HOUR_MS = 3600_000
const utc = (text: string) => Date.parse(text)

test.each([
  ['2026-10-23T23:59:59Z', 'UTC', '2026-10-23'],
  ['2026-10-24T00:00:00Z', 'UTC', '2026-10-24'],
  ['2026-10-23T22:30:00Z', 'Europe/Paris', '2026-10-24'],
  ['2026-10-23T06:59:59Z', 'America/Los_Angeles', '2026-10-22'],
  ['2026-12-31T10:00:00Z', 'Pacific/Kiritimati', '2027-01-01'],
  ['2026-01-01T10:59:00Z', 'Pacific/Niue', '2025-12-31'],
  ['2028-02-29T12:00:00Z', 'Asia/Kathmandu', '2028-02-29'],
])('at %s in %s it is %s', (at, timeZone, day) => expect(dayAt(utc(at), timeZone)).toBe(day))

test.each([
  // The clocks change, so these days have 23 and 25 hours.
  ['2026-03-29T00:00:00+01:00', 'Europe/Paris', '2026-03-30T00:00:00+02:00'],
  ['2026-10-25T00:00:00+02:00', 'Europe/Paris', '2026-10-26T00:00:00+01:00'],
  // The clocks change at midnight itself, so the day begins at one.
  ['2026-09-05T23:00:00-04:00', 'America/Santiago', '2026-09-06T01:00:00-03:00'],
  // Offsets with half an hour, and with three quarters of one.
  ['2026-04-04T12:00:00+11:00', 'Australia/Lord_Howe', '2026-04-05T00:00:00+11:00'],
  ['2026-10-23T12:00:00+05:45', 'Asia/Kathmandu', '2026-10-24T00:00:00+05:45'],
])('the day of %s in %s ends at %s', (at, timeZone, end) => {
  expect(nextDayMs(utc(at), timeZone)).toBe(utc(end))
})

test.each([
  ['2026-02-01T00:00:00Z', 'UTC', '2026-03-01T00:00:00Z'],
  ['2028-02-29T23:59:59Z', 'UTC', '2028-03-01T00:00:00Z'],
  ['2026-12-31T23:59:59+01:00', 'Europe/Paris', '2027-01-01T00:00:00+01:00'],
  ['2026-10-01T00:00:00+02:00', 'Europe/Paris', '2026-11-01T00:00:00+01:00'],
])('the month of %s in %s ends at %s', (at, timeZone, end) => {
  expect(nextMonthMs(utc(at), timeZone)).toBe(utc(end))
})

const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'), 'UTC')
const moments = fc.integer({ min: utc('2025-01-01T00:00:00Z'), max: utc('2037-12-31T00:00:00Z') })

test('in every zone a day ends once, within 26 hours, and a month ends with one of its days', () => {
  fc.assert(
    fc.property(zones, moments, (timeZone, ms) => {
      const today = dayAt(ms, timeZone)
      const end = nextDayMs(ms, timeZone)
      expect(end).toBeGreaterThan(ms)
      expect(end - ms).toBeLessThanOrEqual(26 * HOUR_MS)
      expect(dayAt(end - 1, timeZone)).toBe(today)
      expect(dayAt(end, timeZone) > today).toBe(true)
      const monthEnd = nextMonthMs(ms, timeZone)
      expect(monthEnd).toBeGreaterThanOrEqual(end)
      expect(monthOf(dayAt(monthEnd - 1, timeZone))).toBe(monthOf(today))
      expect(dayAt(monthEnd, timeZone)).toMatch(/-01$/)
      // The day is right, whatever was asked before.
      for (const at of [end - 1, ms, end, ms]) {
        const { day, nextDayMs: ends, nextMonthMs: monthEnds } = todayAt(at, timeZone)
        expect([day, ends > at, monthEnds >= ends]).toEqual([dayAt(at, timeZone), true, true])
      }
    }),
    { numRuns: 500 },
  )
})

test('caches formats for at most fifty zones, however many are used', () => {
  // In lower case, so that no other test has used one.
  const zones = Intl.supportedValuesOf('timeZone')
    .slice(0, 100)
    .map((zone) => zone.toLowerCase())
  const made = vi.spyOn(Intl, 'DateTimeFormat')
  for (const zone of [...zones, ...zones]) dayAt(0, zone)
  expect(made).toHaveBeenCalledTimes(200)
  for (let n = 0; n < 10; n++) for (const zone of zones.slice(-50)) dayAt(0, zone)
  expect(made).toHaveBeenCalledTimes(200)
  made.mockRestore()
})
