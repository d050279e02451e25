/** Days and months in a time zone, and when the next of each begins. */

/** A day as `2026-01-31`, a month as `2026-01`. */
export type Day = string

const formats = new Map<string, Intl.DateTimeFormat>()
const HOUR_MS = 3_600_000

/** Formats are costly to make, and the same for a zone for ever. */
const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const options = { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' } as const
  const format = new Intl.DateTimeFormat('en-CA', options)
  formats.set(timeZone, format)
  return format
}

/** The day that it is at `ms` in a time zone. */
export const dayAt = (ms: number, timeZone: string): Day => {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  )
  return `${parts['year']}-${parts['month']}-${parts['day']}`
}

export const monthOf = (day: Day): string => day.slice(0, 7)

/** When the day after the one at `ms` begins. */
export const nextDayMs = (ms: number, timeZone: string): number =>
  firstWhere(ms, 26, (at) => dayAt(at, timeZone) !== dayAt(ms, timeZone))

/** When the month after the one at `ms` begins. */
export const nextMonthMs = (ms: number, timeZone: string): number => {
  const month = monthOf(dayAt(ms, timeZone))
  return firstWhere(ms, 32 * 24, (at) => monthOf(dayAt(at, timeZone)) !== month)
}

/** The first whole second after `ms` at which `holds`, which then holds for the rest of the span. */
const firstWhere = (ms: number, spanHours: number, holds: (at: number) => boolean): number => {
  let low = Math.floor(ms / 1000)
  let high = Math.ceil((ms + spanHours * HOUR_MS) / 1000)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle * 1000)) high = middle
    else low = middle
  }
  return high * 1000
}
