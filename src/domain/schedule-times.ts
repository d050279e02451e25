/** When a schedule fires: cron expressions in a time zone, as instants. */
import { CronDate, CronPattern } from 'croner'
import { DAY_MS } from './deadlines.ts'
import { changeMs, offsetMs } from './schedule-zone.ts'

export interface Timing {
  readonly cron: string
  /** An IANA name, such as `Europe/Paris`. */
  readonly timeZone: string
  /** Nothing fires before this; null from the beginning. */
  readonly startsAtMs: number | null
  /** Nothing fires at this or later; null for ever. */
  readonly endsAtMs: number | null
}

const FIELDS = ['minute', 'hour', 'day of month', 'month', 'day of week'] as const
/** Runs that are counted one by one; each takes some 50 µs, and more are estimated by days. */
const MAX_COUNTED = 100

/** Whether lists and ranges of times are fixed times, or only `30 9`: see {@link nextRun}. */
const PATTERN = { mode: '5-part', fixedTimeRule: 'no-wildcard' } as const

/**
 * What is wrong with a cron expression, in words for its author; undefined where it is
 * one: five fields, the names of months and weekdays, `L`, `W` and `#`, or a nickname
 * such as `@daily`.
 */
export const cronFault = (cron: string): string | undefined => {
  const fields = cron.trim().split(/\s+/)
  if (isPattern(cron)) return undefined
  if (cron.trim().startsWith('@')) {
    return 'is not one of @hourly, @daily, @weekly, @monthly and @yearly'
  }
  if (fields.length > FIELDS.length) {
    return `must have five fields (${FIELDS.join(', ')}): once a minute is as often as it gets`
  }
  if (fields.length < FIELDS.length) return `must have five fields: ${FIELDS.join(', ')}`
  const wrong = FIELDS.filter((_, index) => {
    const alone = FIELDS.map((_field, other) => (other === index ? fields[index] : '*'))
    return !isPattern(alone.join(' '))
  })
  return `has a ${wrong.join(' and a ')} that cannot be read`
}

/** The first `count` times after an instant, as milliseconds; fewer where no more follow. */
export const nextRuns = (timing: Timing, afterMs: number, count: number): number[] => {
  const next = runsOf(timing)
  const runs: number[] = []
  for (let at = next(afterMs); at !== null && runs.length < count; at = next(at)) runs.push(at)
  return runs
}

/** The first time after an instant; null where none follows. */
export const nextRun = (timing: Timing, afterMs: number): number | null => runsOf(timing)(afterMs)

/** The last time from `fromMs` up to `toMs`, both included; null where there is none. */
export const lastRun = (timing: Timing, fromMs: number, toMs: number): number | null => {
  const next = runsOf(timing)
  for (let spanMs = 60_000; ; spanMs *= 2) {
    const beginMs = Math.max(fromMs, toMs - spanMs) - 1
    let last: number | null = null
    for (let at = next(beginMs); at !== null && at <= toMs; at = next(at)) last = at
    if (last !== null || beginMs < fromMs) return last
  }
}

/**
 * How many times there are after `fromMs` and up to `toMs`. Exact up to a hundred; of
 * more, the days are counted and taken for full ones of 24 hours.
 */
export const countRuns = (timing: Timing, fromMs: number, toMs: number): number => {
  const next = runsOf(timing)
  let count = 0
  let at = next(fromMs)
  for (; at !== null && at <= toMs && count < MAX_COUNTED; at = next(at)) count++
  if (at === null || at > toMs || count < MAX_COUNTED) return count
  const { minute, hour } = patternOf(timing.cron)
  const timesADay = sum(minute) * sum(hour)
  const [, , ...days] = fieldsOf(timing.cron)
  const untilMs = Math.min(toMs, (timing.endsAtMs ?? toMs) - 1)
  const daily = { ...timing, cron: `0 12 ${days.join(' ')}` }
  const firstMs = Math.max(fromMs, timing.startsAtMs ?? fromMs)
  const nextDay = runsOf(daily)
  let dayCount = 0
  for (let day = nextDay(firstMs); day !== null && day <= untilMs; day = nextDay(day)) dayCount++
  return Math.max(count, dayCount * timesADay)
}

/** Answers the next time after an instant, for one timing. */
const runsOf = ({ cron, timeZone, startsAtMs, endsAtMs }: Timing) => {
  const pattern = patternOf(cron)
  return (afterMs: number): number | null => {
    const sinceMs = Math.max(afterMs, (startsAtMs ?? -Infinity) - 1)
    const at = nextInstant(pattern, timeZone, sinceMs)
    return at !== null && endsAtMs !== null && at >= endsAtMs ? null : at
  }
}

/**
 * The first instant after `afterMs` that a pattern names on the clocks of a zone.
 *
 * When clocks are put back, a pattern with `*` or a step in its minutes or hours fires
 * through both passes of the repeated hour: it is about intervals. One with fixed times
 * fires at the first pass alone. When clocks are put forward, times that are left out do
 * not fire, but fixed ones do so once, right after the gap. That is how Vixie cron has it.
 *
 * croner finds the times on a clock that is never put forward or back, which is then
 * walked from one stretch with the same offset to the next.
 */
const nextInstant = (pattern: CronPattern, timeZone: string, afterMs: number): number | null => {
  let fromMs = afterMs
  let offset = offsetMs(fromMs, timeZone)
  let afterWallMs = fromMs + offset
  const before = offsetMs(fromMs - DAY_MS, timeZone)
  if (pattern.isFixedTime && before > offset) {
    // In the second pass of a repeated hour, its times have fired.
    afterWallMs = Math.max(afterWallMs, changeMs(fromMs - DAY_MS, fromMs, timeZone) + before - 1)
  }
  for (;;) {
    const wall = nextWall(pattern, afterWallMs)
    if (wall === null) return null
    const toMs = fromMs + DAY_MS
    const offsetLater = offsetMs(toMs, timeZone)
    if (offsetLater === offset) {
      if (wall - offset <= toMs) return wall - offset
      // A long way off: on to some hours before it, whatever its offset will be.
      fromMs = wall - offset - DAY_MS / 2
      offset = offsetMs(fromMs, timeZone)
      afterWallMs = wall - 1
      continue
    }
    const endMs = changeMs(fromMs, toMs, timeZone)
    if (wall - offset < endMs) return wall - offset
    const isInGap = wall < endMs + offsetLater
    if (pattern.isFixedTime && isInGap) return endMs
    afterWallMs = endMs + (pattern.isFixedTime ? Math.max(offset, offsetLater) : offsetLater) - 1
    fromMs = endMs
    offset = offsetLater
  }
}

/** The next time after `wall` that a pattern names, on a clock that is never changed. */
const nextWall = (pattern: CronPattern, wall: number): number | null =>
  new CronDate(new Date(wall), 0).increment(pattern, {}, false)?.getTime() ?? null

const patternOf = (cron: string): CronPattern => new CronPattern(cron, 'UTC', PATTERN)

const isPattern = (cron: string): boolean => {
  try {
    return patternOf(cron).pattern !== ''
  } catch {
    return false
  }
}

/** The five fields, also of a nickname. */
const fieldsOf = (cron: string): string[] => patternOf(cron).pattern.trim().split(/\s+/)

const sum = (flags: readonly number[]): number => flags.reduce((total, flag) => total + flag, 0)
