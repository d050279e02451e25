/** Describes schedules in words. */
import type { Schedule, ScheduleRun, ScheduleSummary } from '../client/index.ts'
import type { PausedReason, RunOutcome } from '../contract/schedule.ts'

/** A time in a time zone, such as "Mon, 30 Nov, 09:00". */
export const timeIn = (iso: string, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(new Date(iso))

const PAUSED_WORDS: Record<PausedReason, string> = {
  requested: 'Paused',
  failures: 'Paused after five failed runs in a row',
  budget: 'Paused because a budget is spent',
  key_invalid: 'Paused because the key that made it is no longer valid',
}

/** When a schedule runs next, or why it does not. */
export const standing = (schedule: ScheduleSummary): string => {
  const { paused_reason: reason, next_run_at: next, timezone } = schedule
  if (reason !== null) return PAUSED_WORDS[reason]
  return next === null ? 'Has ended' : `Next: ${timeIn(next, timezone)}`
}

const OUTCOME_WORDS: Record<RunOutcome, string> = {
  pending: 'Running',
  completed: 'Ready',
  failed: 'Failed',
  canceled: 'Canceled',
  skipped: 'Skipped',
}

/** The text of a history entry, without its time. */
export const runWords = ({ outcome, detail, slots, trigger }: ScheduleRun): string => {
  const byHand = trigger === 'manual' && 'run by hand'
  const times = slots > 1 && `${slots} times`
  return [OUTCOME_WORDS[outcome], byHand, times, detail].filter(Boolean).join(' · ')
}

export const promptOf = ({ prompts, input }: ScheduleSummary | Schedule): string =>
  prompts === null ? (input.prompt ?? '') : prompts.join(' / ')

const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'
const MONTHS =
  'January February March April May June July August September October November December'
const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
}

const isNumber = (text: string): boolean => /^\d{1,2}$/.test(text)
const two = (text: string): string => text.padStart(2, '0')
const listed = (words: readonly string[]): string => new Intl.ListFormat('en-GB').format(words)

/** Names the values in lists and ranges such as `1-5,0`; undefined for anything else. */
const named = (field: string, name: (value: string) => string | undefined): string | undefined => {
  const parts = field.split(',').map((part) => {
    const ends = part.split('-').map(name)
    return ends.length > 2 || ends.includes(undefined) ? undefined : ends.join(' to ')
  })
  return parts.some((part) => part === undefined) ? undefined : listed(parts as string[])
}

/** Names a day or a month, which cron writes as a number or its first three letters. */
const among = (all: string, first: number) => {
  const names = all.split(' ')
  return (value: string): string | undefined =>
    isNumber(value)
      ? names[(Number(value) - first) % names.length]
      : names.find((name) => name.slice(0, 3).toUpperCase() === value.toUpperCase())
}

const timeWords = (minute: string, hour: string): string | undefined => {
  const everyMinutes = /^\*\/(\d+)$/.exec(minute)?.[1]
  const everyHours = /^\*\/(\d+)$/.exec(hour)?.[1]
  if (minute === '*') return hour === '*' ? 'Every minute' : undefined
  if (everyMinutes !== undefined) return hour === '*' ? `Every ${everyMinutes} minutes` : undefined
  if (!minute.split(',').every(isNumber)) return undefined
  const past = listed(minute.split(',').map((one) => `:${two(one)}`))
  if (hour === '*') return `Every hour at ${past}`
  if (everyHours !== undefined) return `Every ${everyHours} hours at ${past}`
  if (!hour.split(',').every(isNumber)) return undefined
  const times = hour.split(',').flatMap((h) => minute.split(',').map((m) => `${two(h)}:${two(m)}`))
  return `At ${listed(times)}`
}

/**
 * A cron expression in words; undefined for a rare one, which the next five times explain.
 *
 * @example cronWords('0 9 * * 1-5') // "At 09:00, Monday to Friday"
 */
export const cronWords = (cron: string): string | undefined => {
  const fields = (NICKNAMES[cron.trim()] ?? cron).trim().split(/\s+/)
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  if (fields.length !== 5) return undefined
  const days = named(day, (value) => (isNumber(value) ? value : undefined))
  const words = [
    timeWords(minute, hour),
    day === '*' ? '' : days && `on day ${days} of the month`,
    weekday === '*' ? '' : named(weekday, among(DAYS, 0)),
    month === '*' ? '' : named(month, among(MONTHS, 1)),
  ]
  // If both are set, cron runs on either the day of the month or the weekday.
  if (words.includes(undefined) || (day !== '*' && weekday !== '*')) return undefined
  const isDaily = day === '*' && weekday === '*' && words[0]?.startsWith('At ')
  return [words[0], isDaily ? 'every day' : '', ...words.slice(1)].filter(Boolean).join(', ')
}
