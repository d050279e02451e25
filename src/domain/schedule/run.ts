/** Runs: which are due, and how their ends change the schedule. */
import type { PausedReason, RunOutcome } from '../../contract/schedule.ts'
import type { FailureCode, FinalStatus } from '../../contract/status.ts'
import { toIso } from '../../contract/units.ts'
import { neverCovers } from '../budget.ts'
import { whyNotAdmitted } from '../generation/admission.ts'
import type { Refused } from '../generation/calls.ts'
import type { ScheduleRecord } from './schedule.ts'
import { fillIn } from './template.ts'
import { countRuns, lastRun, nextRun } from './times.ts'

export type RunRecord = {
  readonly scheduleId: string
  readonly trigger: 'schedule' | 'manual'
  readonly slotMs: number
  readonly startedAtMs: number | null
  readonly generationId: string | null
  readonly outcome: RunOutcome
  readonly reason: string | null
  readonly detail: string | null
  readonly slots: number
}

export interface Owed {
  /** The skipped slots, with the newest of them. */
  readonly missed: { readonly slotMs: number; readonly slots: number } | null
  readonly runMs: number | null
  /** The first slot that was neither run nor skipped. */
  readonly nextSlotMs: number | null
}

/**
 * A slot is on time for this long. The alarm fires to the second and the cron trigger once a
 * minute, so both missed a slot that is later than this.
 */
export const GRACE_MS = 60_000
/** This many failures in a row are no accident, and each may be paid for. */
const MAX_FAILURES_IN_A_ROW = 5

/**
 * Of the slots up to `dueMs`, the missed ones and the one to run. With `skip`, slots older than
 * {@link GRACE_MS} are skipped; with `latest`, all but the newest. Null if nothing is due.
 *
 * @param sinceMs when the account began on its due schedules. Those that wait their turn after that
 * are not late
 */
export const owed = (schedule: ScheduleRecord, dueMs: number, sinceMs: number): Owed | null => {
  const { nextSlotMs } = schedule
  if (nextSlotMs === null || nextSlotMs > dueMs) return null
  const keptMs = firstKept(schedule, nextSlotMs, dueMs, sinceMs)
  const isDue = keptMs !== null && keptMs <= dueMs
  // Up to, but without, the slot that is kept; at most those that are due.
  const missedToMs = Math.min((keptMs ?? Infinity) - 1, dueMs)
  const missed =
    keptMs === nextSlotMs
      ? null
      : {
          slotMs: lastRun(schedule, nextSlotMs, missedToMs) ?? nextSlotMs,
          slots: countRuns(schedule, nextSlotMs - 1, missedToMs),
        }
  return isDue
    ? { missed, runMs: keptMs, nextSlotMs: nextRun(schedule, keptMs) }
    : { missed, runMs: null, nextSlotMs: keptMs }
}

const firstKept = (
  schedule: ScheduleRecord,
  slotMs: number,
  dueMs: number,
  sinceMs: number,
): number | null => {
  if (slotMs >= sinceMs - GRACE_MS) return slotMs
  return schedule.catchUp === 'latest'
    ? lastRun(schedule, slotMs, dueMs)
    : nextRun(schedule, sinceMs - GRACE_MS - 1)
}

/** The outcome of a run whose generation has ended. One that was never sent was skipped. */
export const outcomeOf = (status: FinalStatus, code: FailureCode | null): EndedOutcome =>
  code === 'not_sent' ? 'skipped' : status

type EndedOutcome = Exclude<RunOutcome, 'pending'>

type Change<Happened> = (
  schedule: ScheduleRecord,
  happened: Happened,
  nowMs: number,
) => ScheduleRecord

export const settleRun: Change<EndedOutcome> = (schedule, outcome, nowMs) => {
  if (outcome === 'canceled' || outcome === 'skipped') return schedule
  if (outcome === 'completed') {
    return schedule.failuresInARow === 0 ? schedule : { ...schedule, failuresInARow: 0 }
  }
  const failed = { ...schedule, failuresInARow: schedule.failuresInARow + 1 }
  const isEnough = failed.failuresInARow >= MAX_FAILURES_IN_A_ROW
  return isEnough ? pauseItself(failed, 'failures', nowMs) : failed
}

/** Pauses the schedule. A paused one keeps its reason. */
export const pauseItself: Change<PausedReason> = (schedule, reason, nowMs) =>
  schedule.pausedReason === null
    ? { ...schedule, pausedReason: reason, nextSlotMs: null, updatedAtMs: nowMs }
    : schedule

/**
 * The schedule after its run was refused. A limit that resets costs it only this run. A limit that
 * no run can meet, or the end of its key, pauses it: only its owner can fix those.
 */
export const pausedBy: Change<Refused> = (schedule, refused, nowMs) => {
  switch (refused.type) {
    case 'over_budget':
      return neverCovers(refused.limit, refused.neededMicrousd)
        ? pauseItself(schedule, 'budget', nowMs)
        : schedule
    case 'key_invalid':
      return pauseItself(schedule, 'key_invalid', nowMs)
    case 'too_many_open':
    case 'switched_off':
      return schedule
  }
}

export const askedBy = (schedule: ScheduleRecord, slotMs: number) => {
  const { accountId, input, prompts, timeZone, metadata, user, webhookUrl, runCount } = schedule
  return {
    accountId,
    input: fillIn(input, prompts, { slotMs, timeZone, runNumber: runCount + 1 }),
    metadata,
    user: user ?? undefined,
    webhookUrl: webhookUrl ?? undefined,
    retryOf: null,
  }
}

export const pendingRun = (scheduleId: string, slotMs: number): RunRecord => ({
  scheduleId,
  trigger: 'schedule',
  slotMs,
  startedAtMs: null,
  generationId: null,
  outcome: 'pending',
  reason: null,
  detail: null,
  slots: 1,
})

export const skippedRun = (
  scheduleId: string,
  { slotMs, slots }: NonNullable<Owed['missed']>,
  reason: 'missed' | 'changed',
): RunRecord => {
  const detail =
    reason === 'missed'
      ? 'the gateway was too late for it, and late runs are skipped'
      : 'the schedule was changed before this run'
  return { ...pendingRun(scheduleId, slotMs), outcome: 'skipped', reason, detail, slots }
}

export const refusedRun = (scheduleId: string, slotMs: number, refused: Refused): RunRecord => ({
  ...pendingRun(scheduleId, slotMs),
  outcome: 'skipped',
  reason: refused.type,
  detail: whySkipped(refused),
})

const whySkipped = (refused: Refused): string => {
  const why = whyNotAdmitted(refused)
  if (refused.type !== 'over_budget') return why
  return neverCovers(refused.limit, refused.neededMicrousd)
    ? `${why}: that limit is below the cost of one run`
    : `${why}; it resets at ${toIso(refused.limit.resetsAtMs)}`
}
