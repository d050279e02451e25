/** Schedules in the words that a person reads. */
import type { Schedule, ScheduleRun, ScheduleSummary } from '../client/index.ts'
import type { PausedReason, RunOutcome } from '../contract/schedule.ts'

/** A time on the clocks of a zone, such as "Mon, 30 Nov, 09:00". */
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

/** How a schedule stands: when it runs next, or why it does not. */
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

/** What an entry of the history says beside its time. */
export const runWords = ({ outcome, detail, slots, trigger }: ScheduleRun): string => {
  const byHand = trigger === 'manual' && 'run by hand'
  const times = slots > 1 && `${slots} times`
  return [OUTCOME_WORDS[outcome], byHand, times, detail].filter(Boolean).join(' · ')
}

/** The prompts of a schedule, or its one. */
export const promptOf = ({ prompts, input }: ScheduleSummary | Schedule): string =>
  prompts === null ? (input.prompt ?? '') : prompts.join(' / ')
