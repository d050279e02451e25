/** The clocks of a time zone: times, days, months, and the changes of its offset. */
import { toIso } from '../contract/units.ts'

/** A day, such as `2026-01-31`. */
export type Day = string

const HOUR_MS = 3_600_000
/** A format takes some 30 kB, and there are four hundred zones. Few are in use at once. */
const MAX_FORMATS = 50

/** Formats are costly to make, so the newest are kept. */
const formats = new Map<string, Intl.DateTimeFormat>()
/** Finding the ends of a day and its month reads the clocks some forty times, so today is kept. */
const todays = new Map<string, Today>()

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  // Swedish writes dates and times almost as ISO 8601 does.
  const styles = { dateStyle: 'short', timeStyle: 'medium' } as const
  return keepIn(formats, timeZone, new Intl.DateTimeFormat('sv-SE', { timeZone, ...styles }))
}

const keepIn = <T>(kept: Map<string, T>, timeZone: string, value: T): T => {
  const [oldest] = kept.keys()
  if (oldest !== undefined && kept.size >= MAX_FORMATS) kept.delete(oldest)
  kept.set(timeZone, value)
  return value
}

/**
 * The wall time of a zone at an instant, as the milliseconds at which UTC clocks show the same. A
 * wall time is no instant: it may come twice, or never.
 */
export const wallMs = (atMs: number, timeZone: string): number => {
  const second = Math.floor(atMs / 1000) * 1000
  const shown = formatOf(timeZone).format(second).replace(' ', 'T')
  // ISO 8601 marks years of more than four digits.
  return Date.parse(`${shown.length > 19 ? '+0' : ''}${shown}Z`) + (atMs - second)
}

export const offsetMs = (atMs: number, timeZone: string): number => wallMs(atMs, timeZone) - atMs

/** The first instant after `fromMs`, up to `toMs`, with the offset that applies at `toMs`. */
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

/** The current day at `ms` in a time zone. Valid from `ms` until the next day. */
export const todayAt = (ms: number, timeZone: string): Today => {
  const known = todays.get(timeZone)
  if (known !== undefined && known.sinceMs <= ms && ms < known.nextDayMs) return known
  return keepIn(todays, timeZone, {
    sinceMs: ms,
    day: dayAt(ms, timeZone),
    nextDayMs: nextDayMs(ms, timeZone),
    nextMonthMs: nextMonthMs(ms, timeZone),
  })
}

/** The first whole second after `fromMs` at which `holds`, which must then hold up to `toMs`. */
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
