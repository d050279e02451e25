/** Cron expressions, and the times they name on a clock without changes of offset. */
import { CronPattern } from 'croner'
import { DAY_MS, MINUTE_MS } from '../generation/deadlines.ts'

export type { CronPattern } from 'croner'

const FIELDS = ['minute', 'hour', 'day of month', 'month', 'day of week'] as const
const RANGES = ['0 to 59', '0 to 23', '1 to 31', '1 to 12', '0 to 7'] as const
/** The calendar repeats after this many years: a date that has not come by then never comes. */
const CALENDAR_YEARS = 400
/** croner's bits for the weekdays of a month: one for each of the 1st to 5th, one for the last. */
const LAST_OF_MONTH = 32

/**
 * What is wrong with a cron expression, for its author; undefined if it is valid: five fields, the
 * names of months and weekdays, `L`, `W` and `#`, or a nickname such as `@daily`.
 */
export const cronFault = (cron: string): string | undefined => {
  if (isPattern(cron)) return undefined
  const fields = fieldsOf(cron)
  if (cron.trim().startsWith('@')) {
    return 'is not one of @hourly, @daily, @weekly, @monthly and @yearly'
  }
  if (fields.length > FIELDS.length) {
    return `must have five fields (${FIELDS.join(', ')}): a schedule runs at most once a minute`
  }
  if (fields.length < FIELDS.length) return `must have five fields: ${FIELDS.join(', ')}`
  const wrong = FIELDS.flatMap((field, index) => {
    const alone = FIELDS.map((_field, other) => (other === index ? fields[index] : '*'))
    return isPattern(alone.join(' ')) ? [] : [`${field} (${RANGES[index]})`]
  })
  return `cannot be read: the ${wrong.join(' and the ')}`
}

/** Throws if {@link cronFault} finds a fault. Lists and ranges count as fixed times. */
export const patternOf = (cron: string): CronPattern =>
  new CronPattern(cron, 'UTC', { mode: '5-part', fixedTimeRule: 'no-wildcard' })

export const onceADay = (cron: string): string => {
  const [, , ...days] = fieldsOf(patternOf(cron).pattern)
  return `0 12 ${days.join(' ')}`
}

export const timesADay = ({ minute, hour }: CronPattern): number => sum(minute) * sum(hour)

/**
 * The first time after `wallMs` that a pattern names; null if there is none. Both are wall times,
 * as the instants at which a UTC clock shows them.
 */
export const nextWall = (pattern: CronPattern, wallMs: number): number | null => {
  const fromMs = (Math.floor(wallMs / MINUTE_MS) + 1) * MINUTE_MS
  const firstDayMs = Math.floor(fromMs / DAY_MS) * DAY_MS
  const lastYear = new Date(fromMs).getUTCFullYear() + CALENDAR_YEARS
  for (let dayMs = firstDayMs; ; dayMs += DAY_MS) {
    const date = new Date(dayMs)
    const year = date.getUTCFullYear()
    const month = date.getUTCMonth()
    if (year > lastYear) return null
    const daysInMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
    if (!pattern.month[month]) dayMs += (daysInMonth - date.getUTCDate()) * DAY_MS
    else if (isOn(pattern, date.getUTCDate(), date.getUTCDay(), daysInMonth)) {
      const timeMs = nextTime(pattern, Math.max(0, fromMs - dayMs))
      if (timeMs !== undefined) return dayMs + timeMs
    }
  }
}

/** Whether a pattern names a day of a month. If it names both kinds of days, either matches. */
const isOn = (pattern: CronPattern, day: number, weekday: number, daysInMonth: number): boolean => {
  const weekdayOf = (other: number) => (((weekday + other - day) % 7) + 7) % 7
  const isNearest = (other: number) => day === nearestWeekday(other, weekdayOf(other), daysInMonth)
  const isDay =
    pattern.day[day - 1] === 1 ||
    (pattern.lastDayOfMonth && day === daysInMonth) ||
    (pattern.lastWeekday && isNearest(daysInMonth)) ||
    pattern.nearestWeekdays.some((is, index) => is && index < daysInMonth && isNearest(index + 1))
  if (pattern.starDOW) return isDay
  const which = pattern.dayOfWeek[weekday] ?? 0
  const isLast = (which & LAST_OF_MONTH) !== 0 && day + 7 > daysInMonth
  const isWeekday = isLast || (which & (1 << Math.floor((day - 1) / 7))) !== 0
  return pattern.useAndLogic || pattern.starDOM ? isDay && isWeekday : isDay || isWeekday
}

/** The weekday from Monday to Friday nearest to a day, within its month. */
const nearestWeekday = (day: number, weekday: number, daysInMonth: number): number => {
  if (weekday === 6) return day === 1 ? 3 : day - 1
  if (weekday === 0) return day === daysInMonth ? day - 2 : day + 1
  return day
}

/** The first time of day from `fromMs` on, in milliseconds since midnight. */
const nextTime = ({ hour, minute }: CronPattern, fromMs: number): number | undefined => {
  for (let at = fromMs / MINUTE_MS; at < DAY_MS / MINUTE_MS; at++) {
    if (!hour[Math.floor(at / 60)]) at += 59 - (at % 60)
    else if (minute[at % 60]) return at * MINUTE_MS
  }
  return undefined
}

const isPattern = (cron: string): boolean => {
  try {
    return patternOf(cron).pattern !== ''
  } catch {
    return false
  }
}

const fieldsOf = (cron: string): string[] => cron.trim().split(/\s+/)

const sum = (flags: readonly number[]): number => flags.reduce((total, flag) => total + flag, 0)
