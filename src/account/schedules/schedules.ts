/** Creates, changes, runs and deletes schedules. Failed runs and revoked keys pause them. */
import { isFinal } from '../../contract/status.ts'
import { changeSchedule, newSchedule, type ScheduleRecord } from '../../domain/schedule/schedule.ts'
import {
  askedBy,
  outcomeOf,
  pauseItself,
  pendingRun,
  settleRun,
  skippedRun,
} from '../../domain/schedule/run.ts'
import { countRuns } from '../../domain/schedule/times.ts'
import { renderRun } from '../../domain/schedule/view.ts'
import type { Core } from '../core.ts'
import type { Admissions, Admitted } from '../generations/admissions.ts'
import type { Refused } from '../../domain/account.ts'
import type { IdempotencyKeys } from '../generations/idempotency.ts'
import type { Change, ChangeListener } from '../generations/journal.ts'
import type { KeyListener } from '../keys.ts'
import type {
  CreateScheduleRequest,
  CreateScheduleResult,
  RunScheduleRequest,
  UpdateScheduleRequest,
  UpdateScheduleResult,
} from '../../domain/schedule/calls.ts'
import { type ScheduleNews, writeAndTell } from './news.ts'

/** More than anyone needs, and few enough to count each time. */
const MAX_SCHEDULES = 10_000

export interface SchedulesParts extends Pick<Core, 'journal' | 'meta'>, ScheduleNews {
  readonly idempotencyKeys: IdempotencyKeys
  readonly admissions: Admissions
}

export class Schedules implements ChangeListener, KeyListener {
  readonly #parts: SchedulesParts

  constructor(parts: SchedulesParts) {
    this.#parts = parts
  }

  create(request: CreateScheduleRequest): CreateScheduleResult {
    const { schedules, idempotencyKeys, meta } = this.#parts
    const { id, accountId, keyId, draft, idempotency } = request
    const nowMs = Date.now()
    meta.noteWebhookOrigin(request.webhookOrigin)
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

  update(request: UpdateScheduleRequest): UpdateScheduleResult {
    const { schedules, meta } = this.#parts
    const { id, keyId, changes } = request
    const nowMs = Date.now()
    meta.noteWebhookOrigin(request.webhookOrigin)
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

  /** False if there is none. Its generations stay, and go on. */
  remove(id: string): boolean {
    const { schedules, journal } = this.#parts
    const schedule = schedules.read(id)
    if (schedule === undefined) return false
    journal.atomically(schedule.accountId, Date.now(), () => schedules.remove(id))
    return true
  }

  run(request: RunScheduleRequest): Admitted | Refused | { readonly type: 'not_found' } {
    const { schedules, admissions } = this.#parts
    const { id, keyId, idempotency, scheduleId, webhookOrigin } = request
    const schedule = schedules.read(scheduleId)
    if (schedule === undefined) return { type: 'not_found' }
    const nowMs = Date.now()
    const asked = { id, keyId, webhookOrigin, ...askedBy(schedule, nowMs) }
    const run = { trigger: 'manual', startedAtMs: nowMs, generationId: id } as const
    const also = () => {
      schedules.addRun({ ...pendingRun(scheduleId, nowMs), ...run })
      schedules.write({ ...schedule, runCount: schedule.runCount + 1 })
    }
    return admissions.admit(asked, { idempotency, schedule, also })
  }

  onChange({ before, after }: Change, nowMs: number): void {
    const { id, scheduleId, status, failure } = after
    if (scheduleId === null || !isFinal(status)) return
    if (before === null || isFinal(before.status)) return
    const { schedules, deliveries } = this.#parts
    const reason = failure?.code ?? null
    const outcome = outcomeOf(status, reason)
    const run = schedules.endRun(id, { outcome, reason, detail: failure?.message ?? null })
    const schedule = schedules.read(scheduleId)
    if (schedule === undefined) return
    const settled = settleRun(schedule, outcome, nowMs)
    if (outcome === 'failed' && run !== undefined) {
      const { webhookUrl } = schedule
      deliveries.announce('schedule.run_failed', renderRun(run), webhookUrl, nowMs)
    }
    if (settled !== schedule) writeAndTell(this.#parts, settled, schedule)
  }

  onRevoked(keyId: string): void {
    const { schedules } = this.#parts
    for (const schedule of schedules.activeOfKey(keyId)) {
      writeAndTell(this.#parts, pauseItself(schedule, 'key_invalid', Date.now()), schedule)
    }
  }

  #write(schedule: ScheduleRecord, also: () => void): void {
    const { schedules, journal } = this.#parts
    journal.atomically(schedule.accountId, Date.now(), () => {
      also()
      schedules.write(schedule)
    })
  }
}
