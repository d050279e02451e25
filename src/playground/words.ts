/** Describes amounts, times and states in words. */
import type { LimitView } from '../contract/account.ts'
import type { Generation } from '../contract/generation.ts'
import type { FailureCode, PendingReason, Status } from '../contract/status.ts'

export const usd = (amount: number): string =>
  `$${amount.toFixed(amount !== 0 && Math.abs(amount) < 0.01 ? 4 : 2)}`

export const bytes = (size: number): string =>
  size < 1_000_000 ? `${Math.round(size / 1000)} kB` : `${(size / 1_000_000).toFixed(1)} MB`

/** Minutes and seconds, such as 0:07 or 12:30. */
export const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** A day in UTC, in the API's format. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

// Made once: to make a format takes longer than to draw the rest of the page.
const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const HOW_LONG_AGO = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })
const TIME_OF_DAY = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })

export const localTime = (iso: string): string => WHEN.format(new Date(iso))

export const timeOfDay = (iso: string): string => TIME_OF_DAY.format(new Date(iso))

/** How long ago, roughly: "just now", "5 min ago", "yesterday". */
export const ago = (iso: string, nowMs: number): string => {
  const minutes = Math.round((nowMs - Date.parse(iso)) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return HOW_LONG_AGO.format(-minutes, 'minute')
  if (minutes < 60 * 24) return HOW_LONG_AGO.format(-Math.round(minutes / 60), 'hour')
  return HOW_LONG_AGO.format(-Math.round(minutes / 60 / 24), 'day')
}

/** Adds a capital letter and a full stop. */
export const sentence = (text: string): string => {
  const whole = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(whole) ? whole : `${whole}.`
}

export const costWords = ({ estimated_usd, charged_usd, state }: Generation['cost']): string =>
  ({
    charged: usd(charged_usd ?? estimated_usd),
    reserved: `${usd(estimated_usd)} held`,
    released: 'nothing charged',
    unknown: `may have cost ${usd(estimated_usd)}`,
  })[state]

type Price = { readonly resolution: string; readonly duration: number }

export const priceOf = (
  prices: readonly (Price & { readonly usd: number })[],
  { resolution, duration }: Price,
): number =>
  prices.find((price) => price.resolution === resolution && price.duration === duration)?.usd ?? 0

/** What is left of a budget, and when it resets. */
export const leftWords = (budget: Omit<LimitView, 'spent_usd'>): string =>
  `The ${budget.limit.replaceAll('_', ' ')} budget has ${usd(budget.left_usd)} left of ${usd(budget.limit_usd)}. It resets on ${localTime(budget.resets_at)}.`

/** Why this amount cannot be spent now; undefined if it can. The gateway still decides. */
export const whyNotNow = (limits: readonly LimitView[], neededUsd: number): string | undefined => {
  // Dollar amounts in JSON are off by less than a micro-dollar.
  const limit = limits.find(({ left_usd }) => left_usd + 1e-6 < neededUsd)
  return limit && leftWords(limit)
}

export const PENDING_WORDS: Record<PendingReason, string> = {
  concurrency_limit: 'It waits here until another one at fal ends.',
  provider_unavailable: 'fal accepts nothing at present. The gateway sends it when fal does.',
  confirmation:
    "fal's answer was lost. The gateway waits for fal's webhook and searches fal's history. It never sends the request twice.",
}

export const STATUS_WORDS: Record<Status, string> = {
  submitting: 'Sending',
  queued: 'In line',
  in_progress: 'Rendering',
  completed: 'Ready',
  failed: 'Failed',
  canceled: 'Canceled',
}

/** Why it failed, as a headline above fal's own message. */
const FAILURE_WORDS: Partial<Record<FailureCode, string>> = {
  content_policy_violation: "Refused by fal's content policy",
  no_media_generated: 'fal made no video',
  input_refused: 'fal refused the input',
  invalid_input: 'fal refused the input',
  fal_account_locked: 'The fal account is locked',
  fal_queue_full: "fal's queue is full",
  fal_unavailable: 'fal did not accept it',
  not_sent: 'It was never sent',
  submission_unconfirmed: 'fal may or may not have made it',
  fal_unreachable: 'fal could not be reached',
  timed_out: 'It took too long',
  generation_timeout: 'It took too long',
  start_timeout: 'It never started',
}

/** The status, or how the generation ended, in a few words. */
export const stateWords = (generation: Generation): string => {
  if (generation.error !== null) return FAILURE_WORDS[generation.error.code] ?? 'Failed'
  return generation.status === 'submitting' && generation.unconfirmed
    ? 'Waiting for word from fal'
    : STATUS_WORDS[generation.status]
}
