/** What an error means to the person in front of the page, and what to do about it. */
import { PikaError } from '../client/index.ts'
import { PROBLEMS } from '../contract/problem.ts'
import { leftWords, sentence, usd } from './words.ts'

/** By the code of a refusal or a failure. */
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

/** `fields` are those of the form that are wrong. */
export const explain = (error: unknown) => {
  let title = 'The page failed'
  let text = String(error)
  let fields: Readonly<Record<string, string>> = {}
  if (!(error instanceof PikaError)) return { title, text, fields }
  const { code, message, problem } = error
  if (code === 'network') {
    const isOffline = typeof navigator !== 'undefined' && !navigator.onLine
    title = isOffline ? 'You are offline' : 'The gateway did not answer'
    text = isOffline ? 'Your draft is kept.' : 'Your draft is kept. Try again in a moment.'
    return { title, text, fields }
  }
  title = Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code as keyof typeof PROBLEMS].title : 'Failed'
  text = [sentence(message), WHAT_TO_DO[code]].filter(Boolean).join(' ')
  const cost = problem?.cost
  if (cost !== undefined) text = `This needs ${usd(cost.needed_usd)}. ${leftWords(cost)}`
  fields = Object.fromEntries((problem?.errors ?? []).map(({ path, message }) => [path, message]))
  return { title, text, fields }
}

/** Whether a request that spends may have been carried out although no answer says so. */
export const isOutcomeUnknown = (error: unknown): boolean =>
  !(error instanceof PikaError) ||
  ['network', 'timeout', 'unavailable', 'internal_error'].includes(error.code)
