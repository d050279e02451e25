/** Runs: what a schedule owes at a moment, and what their ends make of it. */
import type { PausedReason, RunOutcome } from '../../contract/schedule.ts'
import type { FailureCode, FinalStatus } from '../../contract/status.ts'
import { toIso } from '../../contract/time.ts'
import { neverCovers } from '../budget.ts'
import { whyNotAdmitted } from '../generation/admission.ts'
import type { Refused } from '../generation/calls.ts'
import type { ScheduleRecord } from './schedule.ts'
import { fillIn } from './template.ts'
import { countRuns, lastRun, nextRun } from './times.ts'

export type SkipReason =
  | 'missed'
  | 'changed'
  | 'over_budget'
  | 'too_many_open'
  | 'switched_off'
  | 'key_invalid'
  | 'not_sent'

export interface RunRecord {
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
  /** Slots that are skipped, by the newest of them. */
  readonly missed: { readonly slotMs: number; readonly slots: number } | null
  readonly runMs: number | null
  /** The first slot that is still undecided. */
  readonly nextSlotMs: number | null
}

/**
 * A slot is on time for this long. The alarm rings to the second and the cron trigger
 * comes once a minute, so what is later was missed by both.
 */
export const GRACE_MS = 60_000
/** As many failures in a row are no accident, and each may be paid for. */
const MAX_FAILURES_IN_A_ROW = 5

/**
 * What a schedule owes: of the slots up to `dueMs`, those that were missed and the one
 * to run. With `skip`, what is older than {@link GRACE_MS} is skipped; with `latest`, all
 * but the newest are. Null if nothing is due.
 *
 * @param sinceMs when the account got to its due schedules. Those that wait for their turn
 * after that are not late
 */
export const owed = (schedule: ScheduleRecord, dueMs: number, sinceMs: number): Owed | null => {
  const { nextSlotMs } = schedule
  if (nextSlotMs === null || nextSlotMs > dueMs) return null
  const keptMs = firstKept(schedule, nextSlotMs, dueMs, sinceMs)
  const isDue = keptMs !== null && keptMs <= dueMs
  const missed = keptMs === nextSlotMs ? null : missedSlots(schedule, nextSlotMs, keptMs, dueMs)
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

/** The slots from one up to, and without, another; at most those that are due. */
const missedSlots = (
  schedule: ScheduleRecord,
  firstMs: number,
  keptMs: number | null,
  dueMs: number,
) => {
  const toMs = keptMs === null ? dueMs : Math.min(keptMs - 1, dueMs)
  return {
    slotMs: lastRun(schedule, firstMs, toMs) ?? firstMs,
    slots: countRuns(schedule, firstMs - 1, toMs),
  }
}

/** What came of a run whose generation has ended: what was never sent was skipped. */
export const outcomeOf = (status: FinalStatus, code: FailureCode | null): EndedOutcome =>
  code === 'not_sent' ? 'skipped' : status

type EndedOutcome = Exclude<RunOutcome, 'pending'>

/** What a schedule becomes by what happened to it. */
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

/** The schedule, paused by what happened to it. One that is paused already keeps its reason. */
export const pauseItself: Change<PausedReason> = (schedule, reason, nowMs) =>
  schedule.pausedReason === null
    ? { ...schedule, pausedReason: reason, nextSlotMs: null, updatedAtMs: nowMs }
    : schedule

/**
 * The schedule whose run was not let in. A limit that resets by itself costs it this run; one that
 * no run can ever meet, and the end of its key, pause it: only its owner can do something about them.
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
  reason: Extract<SkipReason, 'missed' | 'changed'>,
): RunRecord => {
  const detail =
    reason === 'missed'
      ? 'the gateway came too late for it, and late runs are skipped'
      : 'the schedule was changed before it came to run'
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
    ? `${why}: no run can meet that limit`
    : `${why}; it resets at ${toIso(refused.limit.resetsAtMs)}`
}
