/** Creates, changes, runs and deletes schedules. Failed runs and revoked keys pause them. */
import { isFinal } from '../../contract/status.ts'
import type { SchedulesApi } from '../../domain/schedule/calls.ts'
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
import type { Admissions } from '../generations/admissions.ts'
import type { Generations } from '../generations/generations.ts'
import type { IdempotencyKeys } from '../generations/idempotency.ts'
import { rpcTarget } from '../rpc.ts'
import type { Deliveries } from '../webhooks/deliveries.ts'
import { createScheduleStore, cursorOf } from './store.ts'

/** More than anyone needs, and few enough to count each time. */
const MAX_SCHEDULES = 10_000

export type Schedules = ReturnType<typeof createSchedules>

export const createSchedules = (
  { sql, gate, journal, meta }: Core,
  generations: Generations,
  admissions: Admissions,
  idempotencyKeys: IdempotencyKeys,
  deliveries: Deliveries,
) => {
  const store = createScheduleStore(sql)

  /** Writes a schedule, and announces a pause that nobody requested. Called in a transaction. */
  const write = (before: ScheduleRecord | null, after: ScheduleRecord): void => {
    store.write(after)
    const { pausedReason, webhookUrl, updatedAtMs } = after
    if (before?.pausedReason !== null || pausedReason === null || pausedReason === 'requested')
      return
    deliveries.announce('schedule.paused', renderSummary(after), webhookUrl, updatedAtMs)
  }

  const onChange = ({ before, after }: Change, nowMs: number): void => {
    const { id, scheduleId, status, failure } = after
    if (scheduleId === null || !isFinal(status)) return
    if (before === null || isFinal(before.status)) return
    const reason = failure?.code ?? null
    const outcome = outcomeOf(status, reason)
    const run = store.endRun(id, { outcome, reason, detail: failure?.message ?? null })
    const schedule = store.read(scheduleId)
    if (schedule === undefined) return
    const settled = settleRun(schedule, outcome, nowMs)
    if (outcome === 'failed' && run !== undefined) {
      const { webhookUrl } = schedule
      deliveries.announce('schedule.run_failed', renderRun(run), webhookUrl, nowMs)
    }
    if (settled !== schedule) write(schedule, settled)
  }

  const onRevoked = (keyId: string): void => {
    for (const schedule of store.activeOfKey(keyId)) {
      write(schedule, pauseItself(schedule, 'key_invalid', Date.now()))
    }
  }

  /** The Worker's calls for them. */
  const rpc = rpcTarget<SchedulesApi>({
    create: ({ id, accountId, keyId, draft, idempotency, webhookOrigin }) => {
      const nowMs = Date.now()
      meta.noteWebhookOrigin(webhookOrigin)
      const made = store.read(id)
      if (made !== undefined) return { type: 'created', schedule: made, replayed: false }
      if (idempotency !== null) {
        const held = idempotencyKeys.find(idempotency.key, nowMs)
        const isSame = held?.fingerprint === idempotency.fingerprint
        const schedule = held && isSame ? store.read(held.generationId) : undefined
        if (schedule !== undefined) return { type: 'created', schedule, replayed: true }
        if (held !== undefined) return { type: 'key_reused', heldBy: held.generationId }
      }
      if (store.count() >= MAX_SCHEDULES) return { type: 'too_many', max: MAX_SCHEDULES }
      const schedule = newSchedule(draft, { id, accountId, keyId }, nowMs)
      journal.atomically(accountId, Date.now(), () => {
        if (idempotency !== null) idempotencyKeys.claim(idempotency, id, nowMs)
        write(null, schedule)
      })
      return { type: 'created', schedule, replayed: false }
    },
    update: ({ id, keyId, changes, webhookOrigin }) => {
      const nowMs = Date.now()
      meta.noteWebhookOrigin(webhookOrigin)
      const before = store.read(id)
      if (before === undefined) return { type: 'not_found' }
      const result = changeSchedule(before, changes, keyId, nowMs)
      if (!result.ok) return { type: 'invalid', faults: result.error }
      const schedule = result.value
      journal.atomically(schedule.accountId, Date.now(), () => {
        const slotMs = before.nextSlotMs
        if (slotMs !== null && slotMs <= nowMs && schedule.nextSlotMs !== slotMs) {
          const slots = countRuns(before, slotMs - 1, nowMs)
          store.addRun(skippedRun(id, { slotMs, slots }, 'changed'))
        }
        write(before, schedule)
      })
      return { type: 'changed', schedule }
    },
    remove: (id) => {
      const schedule = store.read(id)
      if (schedule === undefined) return false
      journal.atomically(schedule.accountId, Date.now(), () => store.remove(id))
      return true
    },
    get: (id) => store.read(id) ?? null,
    list: (limit, beforeId) => {
      const found = store.list(limit + 1, beforeId)
      return { schedules: found.slice(0, limit), hasMore: found.length > limit }
    },
    run: (request) => {
      gate.refill()
      return generations.spend(request, () => {
        const { id, keyId, idempotency, scheduleId, webhookOrigin } = request
        const schedule = store.read(scheduleId)
        if (schedule === undefined) return { type: 'not_found' } as const
        const nowMs = Date.now()
        const asked = { id, keyId, webhookOrigin, ...askedBy(schedule, nowMs) }
        const run = { trigger: 'manual', startedAtMs: nowMs, generationId: id } as const
        const also = () => {
          store.addRun({ ...pendingRun(scheduleId, nowMs), ...run })
          write(schedule, { ...schedule, runCount: schedule.runCount + 1 })
        }
        return admissions.admit(asked, { idempotency, schedule, also })
      })
    },
    runs: (id, limit, before) => {
      if (store.read(id) === undefined) return null
      const found = store.runs(id, limit + 1, before)
      const runs = found.slice(0, limit)
      const last = found.length > limit ? runs.at(-1) : undefined
      return { runs, next: last === undefined ? null : cursorOf(last) }
    },
  })

  return { store, write, onChange, onRevoked, rpc }
}
