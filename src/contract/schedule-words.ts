/** Describes a schedule's times and state in words, for every program that shows them. */
import type { PausedReason } from './schedule.ts'

/** Why a schedule does not run. */
export const PAUSED_WORDS: Readonly<Record<PausedReason, string>> = {
  requested: 'Paused',
  failures: 'Paused after five failed runs in a row',
  budget: 'Paused because a budget is spent',
  key_invalid: 'Paused because the key that made it is no longer valid',
}

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

/** Stands for a value that has no name, such as `L` or `1#2`. */
const UNNAMED = '?'

const listed = (words: readonly string[]): string => new Intl.ListFormat('en-GB').format(words)

const digits = (value: string): string => (/^\d{1,2}$/.test(value) ? value : UNNAMED)
const twoDigits = (value: string): string => digits(value).padStart(2, '0')

/** Names a day or a month, which cron writes as a number or its first three letters. */
const among = (all: string, first: number) => {
  const names = all.split(' ')
  return (value: string): string =>
    names[(Number(digits(value)) - first) % names.length] ??
    names.find((name) => name.slice(0, 3).toUpperCase() === value.toUpperCase()) ??
    UNNAMED
}

/** Names the values in lists and ranges such as `1-5,0`. */
const named = (field: string, name: (value: string) => string): string =>
  listed(field.split(',').map((part) => part.split('-').map(name).join(' to ')))

const timeWords = (minute: string, hour: string): string => {
  const [everyMinutes, everyHours] = [minute, hour].map((field) => /^\*\/(\d+)$/.exec(field)?.[1])
  if (hour === '*' && minute === '*') return 'Every minute'
  if (hour === '*' && everyMinutes !== undefined) return `Every ${everyMinutes} minutes`
  const minutes = minute.split(',').map(twoDigits)
  const past = listed(minutes.map((one) => `:${one}`))
  if (hour === '*') return `Every hour at ${past}`
  if (everyHours !== undefined) return `Every ${everyHours} hours at ${past}`
  const hours = hour.split(',').map(twoDigits)
  return `At ${listed(hours.flatMap((one) => minutes.map((past) => `${one}:${past}`)))}`
}

/**
 * A cron expression in words; undefined for a rare one, which the next five times explain.
 *
 * @example cronWords('0 9 * * 1-5') // "At 09:00, Monday to Friday"
 */
export const cronWords = (cron: string): string | undefined => {
  const fields = (NICKNAMES[cron.trim()] ?? cron).trim().split(/\s+/)
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  // If both are set, cron runs on either the day of the month or the weekday.
  if (fields.length !== 5 || (day !== '*' && weekday !== '*')) return undefined
  const times = timeWords(minute, hour)
  const isDaily = day === '*' && weekday === '*' && times.startsWith('At ')
  const words = [
    times,
    isDaily && 'every day',
    day !== '*' && `on day ${named(day, digits)} of the month`,
    weekday !== '*' && named(weekday, among(DAYS, 0)),
    month !== '*' && named(month, among(MONTHS, 1)),
  ]
  const text = words.filter(Boolean).join(', ')
  return text.includes(UNNAMED) ? undefined : text
}
