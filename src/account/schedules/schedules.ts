/** What callers do with schedules: make, change, forget, and look at them. */
import { isFinal } from '../../contract/status.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import { changeSchedule, newSchedule, type ScheduleRecord } from '../../domain/schedule/schedule.ts'
import { outcomeOf, pauseItself, settleRun } from '../../domain/schedule/run.ts'
import { countRuns } from '../../domain/schedule/times.ts'
import { fillIn } from '../../domain/schedule/template.ts'
import type { Admissions } from '../generations/admissions.ts'
import type { Refused } from '../../domain/account.ts'
import type { IdempotencyKeys } from '../generations/idempotency.ts'
import type { Journal } from '../generations/journal.ts'
import type { Schedules } from './store.ts'
import type {
  CreateScheduleRequest,
  CreateScheduleResult,
  RunCursor,
  RunScheduleRequest,
  RunsPage,
  SchedulesPage,
  UpdateScheduleRequest,
  UpdateScheduleResult,
} from '../../domain/schedule/calls.ts'
import { skippedRun } from './due.ts'

/** Far more than anyone has use for, and few enough to be counted each time. */
const MAX_SCHEDULES = 10_000

export interface SchedulesDeskParts {
  readonly storage: DurableObjectStorage
  readonly schedules: Schedules
  readonly idempotencyKeys: IdempotencyKeys
  readonly journal: Journal
  readonly admissions: Admissions
}

export class SchedulesDesk {
  readonly #parts: SchedulesDeskParts

  constructor(parts: SchedulesDeskParts) {
    this.#parts = parts
  }

  create(request: CreateScheduleRequest): CreateScheduleResult {
    const { schedules, idempotencyKeys } = this.#parts
    const { id, accountId, keyId, draft, idempotency } = request
    const nowMs = Date.now()
    const made = schedules.read(id)
    if (made !== undefined) return { type: 'created', schedule: made, replayed: false }
    if (idempotency !== null) {
      const held = idempotencyKeys.find(idempotency.key, nowMs)
      const heldBy = held?.generationId
      const schedule =
        heldBy !== undefined && held?.fingerprint === idempotency.fingerprint
          ? schedules.read(heldBy)
          : undefined
      if (schedule !== undefined) return { type: 'created', schedule, replayed: true }
      if (heldBy !== undefined) return { type: 'key_reused', heldBy }
    }
    if (schedules.count() >= MAX_SCHEDULES) return { type: 'too_many', max: MAX_SCHEDULES }
    const schedule = newSchedule(draft, { id, accountId, keyId }, nowMs)
    this.#write(schedule, () => {
      if (idempotency !== null) idempotencyKeys.claim(idempotency, id, nowMs)
    })
    return { type: 'created', schedule, replayed: false }
  }

  update({ id, keyId, changes }: UpdateScheduleRequest): UpdateScheduleResult {
    const { schedules } = this.#parts
    const nowMs = Date.now()
    const before = schedules.read(id)
    if (before === undefined) return { type: 'not_found' }
    const result = changeSchedule(before, changes, keyId, nowMs)
    if (!result.ok) return { type: 'invalid', faults: result.error }
    const schedule = result.value
    this.#write(schedule, () => {
      const slotMs = before.nextSlotMs
      if (slotMs === null || slotMs > nowMs || schedule.nextSlotMs === slotMs) return
      const slots = countRuns(before, slotMs - 1, nowMs)
      schedules.addRun(skippedRun(id, { slotMs, slots }, 'changed'))
    })
    return { type: 'changed', schedule }
  }

  /** Whether there was one. Generations that it made stay, and go on. */
  remove(id: string): boolean {
    const { storage, schedules, journal } = this.#parts
    const schedule = schedules.read(id)
    if (schedule === undefined) return false
    storage.transactionSync(() => {
      schedules.remove(id)
      journal.oweBusy(schedule.accountId, Date.now())
    })
    return true
  }

  /** Runs a schedule by hand, with the caller's key; null where there is none. */
  run(request: RunScheduleRequest): GenerationRecord | Refused | null {
    const { schedules, admissions } = this.#parts
    const { id, accountId, keyId, idempotency, scheduleId, webhookOrigin } = request
    const schedule = schedules.read(scheduleId)
    if (schedule === undefined) return null
    const { input: template, prompts, timeZone, metadata } = schedule
    const nowMs = Date.now()
    const runNumber = schedule.runCount + 1
    const input = fillIn(template, prompts, { slotMs: nowMs, timeZone, runNumber })
    const asked = {
      id,
      accountId,
      keyId,
      input,
      metadata,
      retryOf: null,
      scheduleId,
      webhookOrigin,
    }
    return admissions.admit(asked, idempotency, () => {
      schedules.addRun({
        scheduleId,
        trigger: 'manual',
        slotMs: nowMs,
        startedAtMs: nowMs,
        generationId: id,
        outcome: 'pending',
        reason: null,
        detail: null,
        slots: 1,
      })
      schedules.write({ ...schedule, runCount: runNumber })
    })
  }

  list(limit: number, beforeId: string | null): SchedulesPage {
    const schedules = this.#parts.schedules.list(limit + 1, beforeId)
    return { schedules: schedules.slice(0, limit), hasMore: schedules.length > limit }
  }

  /** Null where there is no such schedule. */
  runs(scheduleId: string, limit: number, before: RunCursor | null): RunsPage | null {
    const { schedules } = this.#parts
    if (schedules.read(scheduleId) === undefined) return null
    const stored = schedules.runs(scheduleId, limit + 1, before)
    const page = stored.slice(0, limit)
    return {
      runs: page.map(({ run }) => run),
      next: stored.length > limit ? (page.at(-1)?.cursor ?? null) : null,
    }
  }

  /** Pauses what a key made. Called inside the transaction that revokes it. */
  pauseOfKey(keyId: string): void {
    const { schedules, journal } = this.#parts
    const nowMs = Date.now()
    for (const schedule of schedules.activeOfKey(keyId)) {
      schedules.write(pauseItself(schedule, 'key_invalid', nowMs))
      journal.oweBusy(schedule.accountId, nowMs)
    }
  }

  #write(schedule: ScheduleRecord, also: () => void): void {
    const { storage, schedules, journal } = this.#parts
    storage.transactionSync(() => {
      also()
      schedules.write(schedule)
      journal.oweBusy(schedule.accountId, Date.now())
    })
  }
}

/** Notes the end of a generation with the schedule that made it, inside the same transaction. */
export const noteEnd = (schedules: Schedules, record: GenerationRecord, nowMs: number): void => {
  const { id, scheduleId, status, failure } = record
  if (scheduleId === null || !isFinal(status)) return
  const reason = failure?.code ?? null
  const outcome = outcomeOf(status, reason)
  schedules.endRun(id, { outcome, reason, detail: failure?.message ?? null })
  const schedule = schedules.read(scheduleId)
  if (schedule === undefined) return
  const settled = settleRun(schedule, outcome, nowMs)
  if (settled !== schedule) schedules.write(settled)
}
