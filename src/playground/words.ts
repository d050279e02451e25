/** Amounts, times and errors in the words that a person reads. */
import type { Generation } from '../contract/generation.ts'
import type { LimitView } from '../contract/account.ts'
import type { FailureCode, PendingReason, Status } from '../contract/status.ts'

export const usd = (amount: number): string =>
  `$${amount.toFixed(amount !== 0 && Math.abs(amount) < 0.01 ? 4 : 2)}`

export const bytes = (size: number): string =>
  size < 1_000_000 ? `${Math.round(size / 1000)} kB` : `${(size / 1_000_000).toFixed(1)} MB`

/** Seconds as a clock shows them: 0:07, 12:30. */
export const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

export const localTime = (iso: string): string =>
  new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** How long ago, roughly: "just now", "5 min ago", "yesterday". */
export const ago = (iso: string, nowMs: number): string => {
  const minutes = Math.round((nowMs - Date.parse(iso)) / 60_000)
  if (minutes < 1) return 'just now'
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })
  if (minutes < 60) return words.format(-minutes, 'minute')
  if (minutes < 60 * 24) return words.format(-Math.round(minutes / 60), 'hour')
  return words.format(-Math.round(minutes / 60 / 24), 'day')
}

/** What a generation cost, or may have. */
export const costWords = ({ estimated_usd, charged_usd, state }: Generation['cost']): string => {
  switch (state) {
    case 'charged':
      return usd(charged_usd ?? estimated_usd)
    case 'reserved':
      return `${usd(estimated_usd)} held`
    case 'released':
      return 'nothing charged'
    case 'unknown':
      return `may have cost ${usd(estimated_usd)}`
  }
}

/** The limit that has least left; undefined where there is none. */
export const tightest = (limits: readonly LimitView[]): LimitView | undefined =>
  limits.toSorted((a, b) => a.left_usd - b.left_usd)[0]

/** Why an open generation waits. */
export const PENDING_WORDS: Record<PendingReason, string> = {
  concurrency_limit: 'It waits here until one of the others at fal has ended.',
  provider_unavailable: 'fal takes nothing at present. It is sent by itself once fal does.',
  confirmation:
    "fal's answer was lost. Its webhook or its history will tell what became of it; it is never sent a second time.",
}

export const STATUS_WORDS: Record<Status, string> = {
  submitting: 'Sending',
  queued: 'In line',
  in_progress: 'Rendering',
  completed: 'Ready',
  failed: 'Failed',
  canceled: 'Canceled',
}

/** What it is doing, in a word or two. */
export const statusWords = (generation: Generation): string =>
  generation.status === 'submitting' && generation.unconfirmed
    ? 'Waiting for word from fal'
    : STATUS_WORDS[generation.status]

/** Why it failed, as a headline. fal's own words stand beneath. */
export const FAILURE_WORDS: Partial<Record<FailureCode, string>> = {
  content_policy_violation: "Refused by fal's content policy",
  no_media_generated: 'fal made no video',
  input_refused: 'fal refused the input',
  invalid_input: 'fal refused the input',
  fal_account_locked: 'The fal account is locked',
  fal_queue_full: "fal's queue is full",
  fal_unavailable: 'fal did not take it',
  not_sent: 'It was never sent',
  submission_unconfirmed: 'Nobody can tell whether fal took it',
  fal_unreachable: 'fal could not be reached',
  timed_out: 'It took too long',
  generation_timeout: 'It took too long',
  start_timeout: 'It never started',
}
