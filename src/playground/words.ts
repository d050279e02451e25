/** Describes times, budgets, states, schedules and errors in words. */
import { PikaError, type PikaErrorCode, type ScheduleSummary } from '../client/index.ts'
import type { LimitView } from '../contract/account.ts'
import type { Generation } from '../contract/generation.ts'
import { PROBLEMS } from '../contract/problem.ts'
import type { Status } from '../contract/status.ts'
import { PAUSED_WORDS, usd } from '../contract/words.ts'
import { byField, type FieldErrors } from './draft.ts'

// Made once: to make a format takes longer than to draw the rest of the page.
const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' })
const TIME_OF_DAY = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })

export const localTime = (iso: string): string => WHEN.format(new Date(iso))
export const localDay = (iso: string): string => DAY.format(new Date(iso))
export const timeOfDay = (iso: string): string => TIME_OF_DAY.format(new Date(iso))

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

/** When a schedule runs next, or why it does not. */
export const standing = (schedule: ScheduleSummary): string => {
  const { paused_reason: reason, next_run_at: next, timezone } = schedule
  if (reason !== null) return PAUSED_WORDS[reason]
  return next === null ? 'Has ended' : `Next: ${timeIn(next, timezone)}`
}

/** Adds a capital letter and a full stop. */
export const sentence = (text: string): string => {
  const whole = text.replace(/^(?!fal\b)./, (first) => first.toUpperCase())
  return /[.!?]$/.test(whole) ? whole : `${whole}.`
}

/** What is left of a budget, and when it resets. */
export const leftWords = (budget: Omit<LimitView, 'spent_usd'>): string =>
  `The ${budget.limit.replaceAll('_', ' ')} budget has ${usd(budget.left_usd)} left of ${usd(budget.limit_usd)}. It resets on ${localTime(budget.resets_at)}.`

/** Why this amount cannot be spent now; undefined if it can. The gateway still decides. */
export const whyNotNow = (limits: readonly LimitView[], neededUsd: number): string | undefined => {
  // Dollar amounts in JSON are off by less than a micro-dollar.
  const limit = limits.find(({ left_usd }) => left_usd + 1e-6 < neededUsd)
  return limit && leftWords(limit)
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
const FAILURE_WORDS: Partial<Record<PikaErrorCode, string>> = {
  content_policy_violation: "Refused by fal's content policy",
  no_media_generated: 'fal made no video',
  not_sent: 'It was never sent',
  submission_unconfirmed: 'fal may or may not have made it',
  fal_unreachable: 'fal could not be reached',
  timed_out: 'It took too long',
  generation_timeout: 'It took too long',
  start_timeout: 'It never started',
}

const REFUSALS: Partial<Record<PikaErrorCode, { readonly title: string }>> = PROBLEMS

/** The title of a refusal or failure. */
export const titleOf = (code: PikaErrorCode): string =>
  FAILURE_WORDS[code] ?? REFUSALS[code]?.title ?? 'Failed'

/** The status, or how the generation ended, in a few words. */
export const stateWords = (generation: Generation): string => {
  if (generation.error !== null) return titleOf(generation.error.code)
  return generation.status === 'submitting' && generation.unconfirmed
    ? 'Waiting for word from fal'
    : STATUS_WORDS[generation.status]
}

/** By the code of the refusal or failure. */
export const WHAT_TO_DO: Partial<Record<string, string>> = {
  content_policy_violation: 'Change the prompt: fal refuses the same one again.',
  unauthorized: 'Enter a valid key. Your draft is kept.',
  missing_scope: 'Ask whoever runs this gateway for a key with that scope.',
  rate_limited: 'Wait a moment, then try again.',
  too_many_open: 'Wait until one has ended, or cancel one.',
  fal_account_locked: 'Ask whoever pays for the fal account to add credit.',
  fal_queue_full: 'Try again in a while.',
  not_configured: 'Whoever runs this gateway has to set it up first.',
  switched_off: 'Whoever runs this gateway has switched off new videos. Running ones continue.',
  outcome_unknown: 'Retry only if you accept that it may be charged twice.',
}

/** `fields` has the errors of the form's fields. */
export const explain = (error: unknown) => {
  const told = (title: string, text: string, fields: FieldErrors = {}) => ({ title, text, fields })
  if (!(error instanceof PikaError)) return told('The page failed', String(error))
  const { code, message, problem } = error
  if (code === 'network' && !navigator.onLine) return told('You are offline', 'Your draft is kept.')
  if (code === 'network') {
    return told('The gateway did not answer', 'Your draft is kept. Try again in a moment.')
  }
  const { cost, errors = [] } = problem ?? {}
  if (cost) return told(titleOf(code), `This needs ${usd(cost.needed_usd)}. ${leftWords(cost)}`)
  const text = [sentence(message), WHAT_TO_DO[code]].filter(Boolean).join(' ')
  return told(titleOf(code), text, byField(errors))
}
