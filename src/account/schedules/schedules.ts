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
import { renderRun, renderSummary } from '../../domain/schedule/view.ts'
import type { Core } from '../core.ts'
import type { Change } from '../generations/journal.ts'
import type { RunScheduleRequest, SchedulesApi } from '../../domain/schedule/calls.ts'
import type { Admissions } from '../generations/admissions.ts'
import type { Generations } from '../generations/generations.ts'
import type { Address } from '../generations/submitter.ts'
import { type Calls, rpcTarget } from '../rpc.ts'
import type { Deliveries } from '../webhooks/deliveries.ts'
import { cursorOf, type ScheduleStore } from './store.ts'

/** More than anyone needs, and few enough to count each time. */
const MAX_SCHEDULES = 10_000

/** What schedules are run and kept with. */
export interface Scheduling {
  readonly schedules: ScheduleStore
  readonly admissions: Admissions
  readonly deliveries: Deliveries
}

export type Schedules = ReturnType<typeof createSchedules>

export const createSchedules = ({ journal, meta }: Core, parts: Scheduling) => {
  const { schedules, admissions, deliveries } = parts
  const { idempotencyKeys } = admissions

  const create: Calls<SchedulesApi>['create'] = (request) => {
    const { id, accountId, keyId, draft, idempotency } = request
    const nowMs = Date.now()
    meta.noteWebhookOrigin(request.webhookOrigin)
    const made = schedules.read(id)
    if (made !== undefined) return { type: 'created', schedule: made, replayed: false }
    if (idempotency !== null) {
      const held = idempotencyKeys.find(idempotency.key, nowMs)
      const isSame = held?.fingerprint === idempotency.fingerprint
      const schedule = held && isSame ? schedules.read(held.generationId) : undefined
      if (schedule !== undefined) return { type: 'created', schedule, replayed: true }
      if (held !== undefined) return { type: 'key_reused', heldBy: held.generationId }
    }
    if (schedules.count() >= MAX_SCHEDULES) return { type: 'too_many', max: MAX_SCHEDULES }
    const schedule = newSchedule(draft, { id, accountId, keyId }, nowMs)
    write(schedule, () => {
      if (idempotency !== null) idempotencyKeys.claim(idempotency, id, nowMs)
    })
    return { type: 'created', schedule, replayed: false }
  }

  const update: Calls<SchedulesApi>['update'] = (request) => {
    const { id, keyId, changes } = request
    const nowMs = Date.now()
    meta.noteWebhookOrigin(request.webhookOrigin)
    const before = schedules.read(id)
    if (before === undefined) return { type: 'not_found' }
    const result = changeSchedule(before, changes, keyId, nowMs)
    if (!result.ok) return { type: 'invalid', faults: result.error }
    const schedule = result.value
    write(schedule, () => {
      const slotMs = before.nextSlotMs
      if (slotMs === null || slotMs > nowMs || schedule.nextSlotMs === slotMs) return
      const slots = countRuns(before, slotMs - 1, nowMs)
      schedules.addRun(skippedRun(id, { slotMs, slots }, 'changed'))
    })
    return { type: 'changed', schedule }
  }

  /** False if there is none. Its generations stay, and go on. */
  const remove = (id: string): boolean => {
    const schedule = schedules.read(id)
    if (schedule === undefined) return false
    journal.atomically(schedule.accountId, Date.now(), () => schedules.remove(id))
    return true
  }

  const run = (request: RunScheduleRequest, address: Address | undefined) => {
    const { id, keyId, idempotency, scheduleId, webhookOrigin } = request
    const schedule = schedules.read(scheduleId)
    if (schedule === undefined) return { type: 'not_found' } as const
    const nowMs = Date.now()
    const asked = { id, keyId, webhookOrigin, ...askedBy(schedule, nowMs) }
    const run = { trigger: 'manual', startedAtMs: nowMs, generationId: id } as const
    const also = () => {
      schedules.addRun({ ...pendingRun(scheduleId, nowMs), ...run })
      schedules.write({ ...schedule, runCount: schedule.runCount + 1 })
    }
    return admissions.admit(asked, { idempotency, schedule, address, also })
  }

  const onChange = ({ before, after }: Change, nowMs: number): void => {
    const { id, scheduleId, status, failure } = after
    if (scheduleId === null || !isFinal(status)) return
    if (before === null || isFinal(before.status)) return
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
    if (settled !== schedule) writeAndTell(parts, settled, schedule)
  }

  const onRevoked = (keyId: string): void => {
    for (const schedule of schedules.activeOfKey(keyId)) {
      writeAndTell(parts, pauseItself(schedule, 'key_invalid', Date.now()), schedule)
    }
  }

  const write = (schedule: ScheduleRecord, also: () => void): void => {
    journal.atomically(schedule.accountId, Date.now(), () => {
      also()
      schedules.write(schedule)
    })
  }

  return { store: schedules, create, update, remove, run, onChange, onRevoked }
}

/** Writes a schedule, and announces a pause that nobody requested. Called inside a transaction. */
export const writeAndTell = (
  { schedules, deliveries }: Scheduling,
  after: ScheduleRecord,
  before = schedules.read(after.id),
): void => {
  schedules.write(after)
  const isNew = after.pausedReason !== null && before?.pausedReason === null
  if (!isNew || after.pausedReason === 'requested') return
  deliveries.announce('schedule.paused', renderSummary(after), after.webhookUrl, after.updatedAtMs)
}

/** The Worker's calls for them. */
export const createSchedulesRpc = (schedules: Schedules, generations: Generations) =>
  rpcTarget<SchedulesApi>({
    create: schedules.create,
    update: schedules.update,
    remove: schedules.remove,
    get: (id) => schedules.store.read(id) ?? null,
    list: (limit, beforeId) => {
      const found = schedules.store.list(limit + 1, beforeId)
      return { schedules: found.slice(0, limit), hasMore: found.length > limit }
    },
    run: (request) => generations.spend(request, (address) => schedules.run(request, address)),
    runs: (id, limit, before) => {
      if (schedules.store.read(id) === undefined) return null
      const found = schedules.store.runs(id, limit + 1, before)
      const runs = found.slice(0, limit)
      const last = found.length > limit ? runs.at(-1) : undefined
      return { runs, next: last === undefined ? null : cursorOf(last) }
    },
  })
