/** What a time zone's clocks show: times, days and months, and when they are put forward or back. */
import { toIso } from '../contract/time.ts'

/** A day as `2026-01-31`, a month as `2026-01`. */
export type Day = string

const HOUR_MS = 3_600_000
/** Each takes some 30 kB, and there are four hundred zones. Few are in use at a time. */
const MAX_FORMATS = 50

/** Formats are costly to make, so those last made are kept. */
const formats = new Map<string, Intl.DateTimeFormat>()
/** Where a day and its month end takes some forty readings of the clocks, so today is kept. */
const todays = new Map<string, Today>()

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  keepIn(formats, timeZone, format)
  return format
}

const keepIn = <T>(kept: Map<string, T>, timeZone: string, value: T): void => {
  const [oldest] = kept.keys()
  if (oldest !== undefined && kept.size >= MAX_FORMATS) kept.delete(oldest)
  kept.set(timeZone, value)
}

/**
 * What the clocks of a zone show at an instant, written as the milliseconds at which
 * clocks in UTC show the same. Such a wall time is no instant: it may come twice, or never.
 */
export const wallMs = (atMs: number, timeZone: string): number => {
  const second = Math.floor(atMs / 1000) * 1000
  const fields: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {}
  for (const { type, value } of formatOf(timeZone).formatToParts(second)) fields[type] = value
  const { year, month, day, hour, minute } = fields
  const shown = [
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
  ] as const
  return Date.UTC(...shown, Number(fields.second)) + (atMs - second)
}

/** How far a zone's clocks are ahead of UTC at an instant. */
export const offsetMs = (atMs: number, timeZone: string): number => wallMs(atMs, timeZone) - atMs

/** The first instant after `fromMs`, up to `toMs`, with the offset that holds at `toMs`. */
export const changeMs = (fromMs: number, toMs: number, timeZone: string): number => {
  const after = offsetMs(toMs, timeZone)
  return firstWhere(fromMs, toMs, (at) => offsetMs(at, timeZone) === after)
}

export const dayAt = (ms: number, timeZone: string): Day => toIso(wallMs(ms, timeZone)).slice(0, 10)

export const monthOf = (day: Day): string => day.slice(0, 7)

export const nextDayMs = (ms: number, timeZone: string): number => {
  const day = dayAt(ms, timeZone)
  return firstWhere(ms, ms + 26 * HOUR_MS, (at) => dayAt(at, timeZone) !== day)
}

export const nextMonthMs = (ms: number, timeZone: string): number => {
  const month = monthOf(dayAt(ms, timeZone))
  return firstWhere(ms, ms + 32 * 24 * HOUR_MS, (at) => monthOf(dayAt(at, timeZone)) !== month)
}

export interface Today {
  readonly sinceMs: number
  readonly day: Day
  readonly nextDayMs: number
  readonly nextMonthMs: number
}

/** The day that it is at `ms` in a time zone, with its ends. Holds from `ms` until the next day. */
export const todayAt = (ms: number, timeZone: string): Today => {
  const known = todays.get(timeZone)
  if (known !== undefined && known.sinceMs <= ms && ms < known.nextDayMs) return known
  const today = {
    sinceMs: ms,
    day: dayAt(ms, timeZone),
    nextDayMs: nextDayMs(ms, timeZone),
    nextMonthMs: nextMonthMs(ms, timeZone),
  }
  keepIn(todays, timeZone, today)
  return today
}

/** The first whole second after `fromMs` at which `holds`, which then holds up to `toMs`. */
const firstWhere = (fromMs: number, toMs: number, holds: (at: number) => boolean): number => {
  let low = Math.floor(fromMs / 1000)
  let high = Math.ceil(toMs / 1000)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle * 1000)) high = middle
    else low = middle
  }
  return high * 1000
}
