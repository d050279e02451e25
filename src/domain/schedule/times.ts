/** When a schedule fires: cron expressions in a time zone, as instants. */
import { DAY_MS } from '../generation/deadlines.ts'
import { type CronPattern, nextWall, onceADay, patternOf, timesADay } from './pattern.ts'
import { changeMs, offsetMs } from '../zone.ts'

export interface Timing {
  readonly cron: string
  /** An IANA name, such as `Europe/Paris`. */
  readonly timeZone: string
  /** Nothing fires before this; null for no start. */
  readonly startsAtMs: number | null
  /** Nothing fires at this or later; null for no end. */
  readonly endsAtMs: number | null
}

/** Runs that are counted one by one, at some 50 µs each; more are estimated by days. */
const MAX_COUNTED = 100

export const nextRuns = (timing: Timing, afterMs: number, count: number): number[] => {
  const next = runsOf(timing)
  const runs: number[] = []
  for (let at = next(afterMs); at !== null && runs.length < count; at = next(at)) runs.push(at)
  return runs
}

export const nextRun = (timing: Timing, afterMs: number): number | null => runsOf(timing)(afterMs)

/** The last time from `fromMs` to `toMs`, both inclusive; null if there is none. */
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
 * How many times there are after `fromMs` and up to `toMs`. Exact up to a hundred. Beyond that, the
 * days are counted, each as a full one of 24 hours.
 */
export const countRuns = (timing: Timing, fromMs: number, toMs: number): number => {
  const next = runsOf(timing)
  let count = 0
  let at = next(fromMs)
  for (; at !== null && at <= toMs && count < MAX_COUNTED; at = next(at)) count++
  if (at === null || at > toMs || count < MAX_COUNTED) return count
  const untilMs = Math.min(toMs, (timing.endsAtMs ?? Infinity) - 1)
  const nextDay = runsOf({ ...timing, cron: onceADay(timing.cron) })
  let days = 0
  for (let day = nextDay(fromMs); day !== null && day <= untilMs; day = nextDay(day)) days++
  return Math.max(count, days * timesADay(patternOf(timing.cron)))
}

/** Times are written with four-digit years, so nothing fires after the last of those. */
const YEAR_10000_MS = Date.UTC(10_000, 0)

const runsOf = ({ cron, timeZone, startsAtMs, endsAtMs }: Timing) => {
  const pattern = patternOf(cron)
  const endMs = Math.min(endsAtMs ?? Infinity, YEAR_10000_MS)
  return (afterMs: number): number | null => {
    const sinceMs = Math.max(afterMs, (startsAtMs ?? -Infinity) - 1)
    const at = nextInstant(pattern, timeZone, sinceMs)
    return at !== null && at >= endMs ? null : at
  }
}

/**
 * The first instant after `afterMs` that a pattern names on the clocks of a zone.
 *
 * When clocks go back, a pattern with `*` or a step in its minutes or hours is about intervals, so
 * it fires through both passes of the repeated hour. One with fixed times fires only in the first
 * pass. When clocks go forward, skipped times do not fire, but fixed ones fire once, right after
 * the gap. Vixie cron does the same.
 *
 * The pattern's times are those of a clock without changes of offset, so this walks from one
 * stretch with the same offset to the next.
 */
const nextInstant = (pattern: CronPattern, timeZone: string, afterMs: number): number | null => {
  let fromMs = afterMs
  let offset = offsetMs(fromMs, timeZone)
  let afterWallMs = fromMs + offset
  const before = offsetMs(fromMs - DAY_MS, timeZone)
  if (pattern.isFixedTime && before > offset) {
    // In the second pass of a repeated hour, its times have already fired.
    afterWallMs = Math.max(afterWallMs, changeMs(fromMs - DAY_MS, fromMs, timeZone) + before - 1)
  }
  for (;;) {
    const wall = nextWall(pattern, afterWallMs)
    if (wall === null) return null
    const toMs = fromMs + DAY_MS
    const offsetLater = offsetMs(toMs, timeZone)
    if (offsetLater === offset) {
      if (wall - offset <= toMs) return wall - offset
      // Far away: go to some hours before it, whatever its offset will be.
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
