/** Runs schedules at their slots, each claimed in the transaction that admits its generation. */
import { logError } from '../../adapters/log.ts'
import { newId } from '../../adapters/new-id.ts'
import type { ScheduleRecord } from '../../domain/schedule/schedule.ts'
import {
  askedBy,
  owed,
  pausedBy,
  pendingRun,
  refusedRun,
  type RunRecord,
  skippedRun,
} from '../../domain/schedule/run.ts'
import { nextRun } from '../../domain/schedule/times.ts'
import type { Core } from '../core.ts'
import type { Admissions } from '../generations/admissions.ts'
import { earliest } from '../timed.ts'
import type { Schedules } from './schedules.ts'

/** More wait for the next alarm, so that other calls run in between. */
const MAX_CLAIMED_AT_ONCE = 40
/** A schedule that waits longer than this for its turn is late all the same. */
const LONGEST_WAIT_MS = 600_000
const AFTER_ERROR_MS = 60_000

export type DueSchedules = ReturnType<typeof createDueSchedules>

export const createDueSchedules = (
  { sql, journal, meta }: Core,
  schedules: Schedules,
  admissions: Admissions,
) => {
  /** When this process began on the schedules that are due; null if all are done. */
  let begunMs: number | null = null
  /** Schedules that failed, and when each is tried again. The others do not wait for them. */
  const brokenUntilMs = new Map<string, number>()

  /** The first schedules up to a time, except for the broken ones. */
  const first = (untilMs: number, limit: number) => {
    const broken = JSON.stringify([...brokenUntilMs.keys()])
    return sql<{ id: string; slotMs: number }>`SELECT id, next_slot_ms AS slotMs FROM schedules
      WHERE next_slot_ms <= ${untilMs} AND id NOT IN (SELECT value FROM json_each(${broken}))
      ORDER BY next_slot_ms, id LIMIT ${limit}`
  }

  const nextDueMs = (): number | null =>
    earliest([first(Infinity, 1)[0]?.slotMs ?? null, ...brokenUntilMs.values()])

  /** Whether the slot was run or skipped already. */
  const hasRun = (id: string, slotMs: number): boolean =>
    sql`SELECT 1 FROM schedule_runs WHERE schedule_id = ${id}
      AND slot_ms = ${slotMs} AND hand = ''`.length > 0

  /** Claims slots up to the tick, at most forty, for the schedules that have waited longest. */
  const runDue = (_nowMs: number, dueMs: number): void => {
    const waitedMs = dueMs - (begunMs ?? -Infinity)
    const sinceMs = waitedMs >= 0 && waitedMs < LONGEST_WAIT_MS ? dueMs - waitedMs : dueMs
    for (const [id, untilMs] of brokenUntilMs) {
      if (untilMs <= Date.now()) brokenUntilMs.delete(id)
    }
    for (const { id } of first(dueMs, MAX_CLAIMED_AT_ONCE)) {
      try {
        claim(id, dueMs, sinceMs)
      } catch (error) {
        brokenUntilMs.set(id, Date.now() + AFTER_ERROR_MS)
        logError('schedule_failed', error, { schedule_id: id })
      }
    }
    begunMs = first(dueMs, 1).length > 0 ? sinceMs : null
  }

  const claim = (id: string, dueMs: number, sinceMs: number): void => {
    const before = schedules.read(id)
    const due = before && owed(before, dueMs, sinceMs)
    if (before === undefined || due === null || due === undefined) return
    const { runMs: slotMs, missed, nextSlotMs } = due
    const advanced = { ...before, nextSlotMs }
    const put = (after: ScheduleRecord, run: RunRecord | null): void => {
      if (missed !== null) schedules.addRun(skippedRun(id, missed, 'missed'))
      if (run !== null) schedules.addRun(run)
      schedules.write(before, after)
    }
    const write = (after: ScheduleRecord, run: RunRecord | null): void =>
      journal.atomically(before.accountId, Date.now(), () => put(after, run))
    if (slotMs === null || hasRun(id, slotMs)) return write(advanced, null)
    const nowMs = Date.now()
    const generationId = newId('gen', nowMs)
    // The space keeps it apart from every key that a caller can send.
    const idempotency = { key: `schedule ${id} ${slotMs}`, fingerprint: 'slot' }
    if (admissions.claimed(generationId, idempotency) !== undefined) return write(advanced, null)
    // A slot that runs late may be sent until the next slot that is still to come.
    const sendBeforeMs = nextRun(before, Math.max(slotMs, nowMs)) ?? undefined
    const webhookOrigin = meta.webhookOrigin()
    const who = { id: generationId, keyId: before.keyId, webhookOrigin, sendBeforeMs }
    const run = { ...pendingRun(id, slotMs), startedAtMs: nowMs, generationId }
    const also = () => put({ ...advanced, runCount: before.runCount + 1 }, run)
    const asked = { ...who, ...askedBy(before, slotMs) }
    const result = admissions.admit(asked, { idempotency, schedule: before, also })
    if (result === null) return
    write(pausedBy(advanced, result, nowMs), refusedRun(id, slotMs, result))
  }

  return { isPunctual: true as const, nextDueMs, runDue }
}
