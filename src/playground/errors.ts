/** Explains errors to the user, and says what to do about them. */
import { PikaError } from '../client/index.ts'
import { usd } from '../contract/words.ts'
import type { FieldErrors } from './draft.ts'
import { leftWords, sentence, titleOf } from './words.ts'

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
  return told(titleOf(code), text, Object.fromEntries(errors.map((one) => [one.path, one.message])))
}

/** Whether a request that spends may have been carried out, although no answer confirms it. */
export const isOutcomeUnknown = (error: unknown): boolean =>
  !(error instanceof PikaError) ||
  ['network', 'timeout', 'unavailable', 'internal_error'].includes(error.code)
