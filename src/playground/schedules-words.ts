/** Describes schedules in words. */
import type { Schedule, ScheduleRun, ScheduleSummary } from '../client/index.ts'
import { PAUSED_WORDS } from '../contract/schedule-words.ts'
import { STATUS_WORDS } from './words.ts'

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

const OUTCOME_WORDS = { ...STATUS_WORDS, pending: 'Running', skipped: 'Skipped' }

/** The text of a history entry, without its time. */
export const runWords = ({ outcome, detail, slots, trigger }: ScheduleRun): string => {
  const byHand = trigger === 'manual' && 'run by hand'
  const times = slots > 1 && `${slots} times`
  return [OUTCOME_WORDS[outcome], byHand, times, detail].filter(Boolean).join(' · ')
}

export const promptOf = ({ prompts, input }: ScheduleSummary | Schedule): string =>
  prompts === null ? (input.prompt ?? '') : prompts.join(' / ')
