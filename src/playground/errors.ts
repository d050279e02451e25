/** What an error means to the person in front of the page, and what to do about it. */
import { PikaError } from '../client/index.ts'
import { PROBLEMS } from '../contract/problem.ts'
import { localTime, usd } from './words.ts'

export interface Explained {
  readonly title: string
  readonly text: string
  /** Fields of the form that are wrong. */
  readonly fields: Readonly<Record<string, string>>
}

/** By the code of a refusal or a failure. */
export const WHAT_TO_DO: Partial<Record<string, string>> = {
  content_policy_violation: 'Change the prompt; the same one is refused again.',
  unauthorized: 'Enter a key that is valid. Your draft is kept.',
  missing_scope: 'Ask whoever runs this gateway for a key with that scope.',
  rate_limited: 'Wait a moment, then try again.',
  too_many_open: 'Wait until one has ended, or cancel one.',
  fal_account_locked: 'Whoever pays fal can top up its balance.',
  fal_queue_full: 'Try again in a while.',
  not_configured: 'Whoever runs this gateway has to set it up first.',
  switched_off: 'Whoever runs this gateway has switched new videos off. What is running goes on.',
  outcome_unknown: 'Retry only if you accept that it may be paid for twice.',
}

export const explain = (error: unknown): Explained => {
  if (!(error instanceof PikaError)) {
    return { title: 'The page failed', text: String(error), fields: {} }
  }
  const { code, message, problem } = error
  if (code === 'network') {
    const isOffline = typeof navigator !== 'undefined' && !navigator.onLine
    return {
      title: isOffline ? 'You are offline' : 'The gateway did not answer',
      text: isOffline ? 'What you wrote is kept.' : 'Your draft is kept. Try again in a moment.',
      fields: {},
    }
  }
  const title = Object.hasOwn(PROBLEMS, code)
    ? PROBLEMS[code as keyof typeof PROBLEMS].title
    : 'It failed'
  const cost = problem?.cost
  const text =
    cost === undefined
      ? [sentence(message), WHAT_TO_DO[code]].filter(Boolean).join(' ')
      : `${sentence(cost.limit)} has ${usd(cost.left_usd)} left of ${usd(cost.limit_usd)}, and this needs ${usd(cost.needed_usd)}. It starts afresh on ${localTime(cost.resets_at)}.`
  const fields = (problem?.errors ?? []).map(({ path, message }) => [path, message])
  return { title, text, fields: Object.fromEntries(fields) }
}

/** Whether a request that spends may have been carried out although no answer says so. */
export const isOutcomeUnknown = (error: unknown): boolean =>
  !(error instanceof PikaError) ||
  ['network', 'timeout', 'unavailable', 'internal_error'].includes(error.code)

/** Begins with a capital letter and ends with a full stop. */
export const sentence = (text: string): string => {
  const whole = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(whole) ? whole : `${whole}.`
}
