/** Amounts, times, states and schedules in words, for every program that shows them to people. */
import type { Generation } from './generation.ts'
import type { HealthReason } from './health.ts'
import type { PausedReason } from './schedule.ts'
import type { PendingReason } from './status.ts'

/** `$0.20`; fractions of a cent keep their digits. */
export const usd = (amount: number): string => {
  const cents = amount.toFixed(2)
  const exact = amount.toFixed(6)
  return `$${Number(cents) === Number(exact) ? cents : exact.replace(/0+$/, '')}`
}

/** `8 s`, `2 min 05 s`, `3 h 10 min`. */
export const duration = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

export const costWords = ({ cost }: Pick<Generation, 'cost'>): string =>
  ({
    charged: `${usd(cost.charged_usd ?? cost.estimated_usd)} charged`,
    reserved: `${usd(cost.estimated_usd)} reserved`,
    released: 'nothing charged',
    unknown: `may have cost ${usd(cost.estimated_usd)}`,
  })[cost.state]

/** Why a generation waits, as a clause without a full stop. */
export const PENDING_WORDS: Readonly<Record<PendingReason, string>> = {
  confirmation: 'it waits for word from fal, whose answer was lost; it is never sent twice',
  provider_unavailable: 'fal takes no requests now; it is sent once fal does',
  concurrency_limit: 'it waits until others of this account have ended',
}

/** What is wrong between the gateway and fal, as clauses that may follow a colon. */
export const HEALTH_WORDS: Readonly<Record<HealthReason, string>> = {
  provider_unavailable: 'fal takes no requests, and new ones wait',
  fal_account_changed: 'fal does not know its own jobs; the key may belong to another fal account',
  history_refused: "FAL_KEY may not read fal's request history, so a lost answer may stay lost",
  billing_refused: 'fal does not say what it charged, so costs come from the price table',
}

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
