/** Runs schedules at their slots, each claimed in the transaction that admits its generation. */
import { logError } from '../../adapters/log.ts'
import { newId } from '../../adapters/new-id.ts'
import type { ScheduleRecord } from '../../domain/schedule/schedule.ts'
import {
  askedBy,
  type Owed,
  owed,
  pausedBy,
  pendingRun,
  refusedRun,
  type RunRecord,
  skippedRun,
} from '../../domain/schedule/run.ts'
import { nextRun } from '../../domain/schedule/times.ts'
import type { Core } from '../core.ts'
import { earliest } from '../timed.ts'
import { type Scheduling, writeAndTell } from './schedules.ts'

/** More wait for the next alarm, so that other calls run in between. */
const MAX_CLAIMED_AT_ONCE = 40
/** A schedule that waits longer than this for its turn is late all the same. */
const LONGEST_WAIT_MS = 600_000
const AFTER_ERROR_MS = 60_000

export type DueSchedules = ReturnType<typeof createDueSchedules>

export const createDueSchedules = ({ journal, meta }: Core, parts: Scheduling) => {
  const { schedules, admissions } = parts
  /** When this process began on the schedules that are due; null if all are done. */
  let begunMs: number | null = null
  /** Schedules that failed, and when each is tried again. The others do not wait for them. */
  const brokenUntilMs = new Map<string, number>()

  const nextDueMs = (): number | null =>
    earliest([schedules.nextSlotMs(broken()), ...brokenUntilMs.values()])

  /** Claims slots up to the tick, at most forty, for the schedules that have waited longest. */
  const runDue = (_nowMs: number, dueMs: number): void => {
    const waitedMs = dueMs - (begunMs ?? -Infinity)
    const sinceMs = waitedMs >= 0 && waitedMs < LONGEST_WAIT_MS ? dueMs - waitedMs : dueMs
    for (const [id, untilMs] of brokenUntilMs) {
      if (untilMs <= Date.now()) brokenUntilMs.delete(id)
    }
    for (const id of schedules.dueIds(dueMs, MAX_CLAIMED_AT_ONCE, broken())) {
      try {
        claim(id, dueMs, sinceMs)
      } catch (error) {
        brokenUntilMs.set(id, Date.now() + AFTER_ERROR_MS)
        logError('schedule_failed', error, { schedule_id: id })
      }
    }
    begunMs = schedules.dueIds(dueMs, 1, broken()).length > 0 ? sinceMs : null
  }

  const broken = (): readonly string[] => [...brokenUntilMs.keys()]

  const claim = (id: string, dueMs: number, sinceMs: number): void => {
    const before = schedules.read(id)
    const due = before && owed(before, dueMs, sinceMs)
    if (before === undefined || due === null || due === undefined) return
    const advanced = { ...before, nextSlotMs: due.nextSlotMs }
    const slotMs = due.runMs
    if (slotMs === null || schedules.hasRun(id, slotMs)) return write(due, advanced, null)
    const nowMs = Date.now()
    const generationId = newId('gen', nowMs)
    // The space keeps it apart from every key that a caller can send.
    const idempotency = { key: `schedule ${id} ${slotMs}`, fingerprint: 'slot' }
    if (admissions.claimed(generationId, idempotency) !== undefined) {
      return write(due, advanced, null)
    }
    // A slot that runs late may be sent until the next slot that is still to come.
    const sendBeforeMs = nextRun(before, Math.max(slotMs, nowMs)) ?? undefined
    const webhookOrigin = meta.webhookOrigin()
    const who = { id: generationId, keyId: before.keyId, webhookOrigin, sendBeforeMs }
    const started = { ...advanced, runCount: before.runCount + 1 }
    const run = { ...pendingRun(id, slotMs), startedAtMs: nowMs, generationId }
    const also = () => put(due, started, run)
    const asked = { ...who, ...askedBy(before, slotMs) }
    const result = admissions.admit(asked, { idempotency, schedule: before, also })
    if (result === null) return
    write(due, pausedBy(advanced, result, nowMs), refusedRun(id, slotMs, result))
  }

  const write = (due: Owed, after: ScheduleRecord, run: RunRecord | null): void => {
    journal.atomically(after.accountId, Date.now(), () => put(due, after, run))
  }

  const put = ({ missed }: Owed, after: ScheduleRecord, run: RunRecord | null): void => {
    if (missed !== null) schedules.addRun(skippedRun(after.id, missed, 'missed'))
    if (run !== null) schedules.addRun(run)
    if (after.pausedReason === null) schedules.write(after)
    else writeAndTell(parts, after)
  }

  return { isPunctual: true as const, nextDueMs, runDue }
}
