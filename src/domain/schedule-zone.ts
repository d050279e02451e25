/** What a time zone's clocks show, and when they are put forward or back. */

const formats = new Map<string, Intl.DateTimeFormat>()

/** Formats are costly to make, and the same for a zone for ever. */
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
  formats.set(timeZone, format)
  return format
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
  let low = Math.floor(fromMs / 1000)
  let high = Math.ceil(toMs / 1000)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetMs(middle * 1000, timeZone) === after) high = middle
    else low = middle
  }
  return high * 1000
}
