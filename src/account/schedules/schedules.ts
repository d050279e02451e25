/** Creates, changes, runs and deletes schedules. Failed runs and revoked keys pause them. */
import { isFinal } from '../../contract/status.ts'
import type { RunCursor, SchedulesApi } from '../../domain/schedule/calls.ts'
import {
  changeSchedule,
  newSchedule,
  readSchedule,
  type ScheduleRecord,
} from '../../domain/schedule/schedule.ts'
import {
  askedBy,
  outcomeOf,
  pauseItself,
  pendingRun,
  type RunRecord,
  settleRun,
  skippedRun,
} from '../../domain/schedule/run.ts'
import { countRuns } from '../../domain/schedule/times.ts'
import { renderRun, renderSummary } from '../../domain/schedule/view.ts'
import { raw } from '../../adapters/sql.ts'
import type { Core } from '../core.ts'
import type { Change } from '../generations/journal.ts'
import type { Admissions } from '../generations/admissions.ts'
import type { Generations } from '../generations/generations.ts'
import { rpcTarget } from '../rpc.ts'
import type { Deliveries } from '../webhooks/deliveries.ts'

/** More than anyone needs, and few enough to count each time. */
const MAX_SCHEDULES = 10_000
/** Runs kept for each schedule. */
const MAX_RUNS_KEPT = 1000

const RUN = raw(`schedule_id AS scheduleId, slot_ms AS slotMs, started_at_ms AS startedAtMs,
  CASE hand WHEN '' THEN 'schedule' ELSE 'manual' END AS "trigger",
  generation_id AS generationId, outcome, reason, detail, slots`)

export type Schedules = ReturnType<typeof createSchedules>

export const createSchedules = (
  { sql, journal, meta }: Core,
  generations: Generations,
  admissions: Admissions,
  deliveries: Deliveries,
) => {
  const { idempotencyKeys } = admissions

  const read = (id: string): ScheduleRecord | undefined =>
    sql.column<string>`SELECT doc FROM schedules WHERE id = ${id}`.map(readSchedule)[0]

  /** Writes a schedule, and announces a pause that nobody requested. Called in a transaction. */
  const write = (before: ScheduleRecord | null, after: ScheduleRecord): void => {
    sql`INSERT INTO schedules (id, doc) VALUES (${after.id}, ${JSON.stringify(after)})
      ON CONFLICT (id) DO UPDATE SET doc = excluded.doc`
    const { pausedReason, webhookUrl, updatedAtMs } = after
    if (before?.pausedReason !== null || pausedReason === null || pausedReason === 'requested')
      return
    deliveries.announce('schedule.paused', renderSummary(after), webhookUrl, updatedAtMs)
  }

  /** Adds a run to the history, which then drops its oldest runs. */
  const addRun = (run: RunRecord): void => {
    sql`INSERT OR IGNORE INTO schedule_runs (schedule_id, slot_ms, hand, started_at_ms,
      generation_id, outcome, reason, detail, slots)
      VALUES (${run.scheduleId}, ${run.slotMs}, ${cursorOf(run).hand}, ${run.startedAtMs},
      ${run.generationId}, ${run.outcome}, ${run.reason}, ${run.detail}, ${run.slots})`
    sql`DELETE FROM schedule_runs WHERE schedule_id = ${run.scheduleId}
      AND slot_ms < (SELECT slot_ms FROM schedule_runs WHERE schedule_id = ${run.scheduleId}
      ORDER BY slot_ms DESC LIMIT 1 OFFSET ${MAX_RUNS_KEPT - 1})`
  }

  const onChange = ({ before, after }: Change, nowMs: number): void => {
    const { id, scheduleId, status, failure } = after
    if (scheduleId === null || !isFinal(status)) return
    if (before === null || isFinal(before.status)) return
    const reason = failure?.code ?? null
    const outcome = outcomeOf(status, reason)
    // None if the run is no longer kept.
    const [run] = sql<RunRecord>`UPDATE schedule_runs
      SET outcome = ${outcome}, reason = ${reason}, detail = ${failure?.message ?? null}
      WHERE generation_id = ${id} RETURNING ${RUN}`
    const schedule = read(scheduleId)
    if (schedule === undefined) return
    const settled = settleRun(schedule, outcome, nowMs)
    if (outcome === 'failed' && run !== undefined) {
      const { webhookUrl } = schedule
      deliveries.announce('schedule.run_failed', renderRun(run), webhookUrl, nowMs)
    }
    if (settled !== schedule) write(schedule, settled)
  }

  const onRevoked = (keyId: string): void => {
    const active = sql.column<string>`SELECT doc FROM schedules WHERE doc ->> '$.keyId' = ${keyId}
      AND doc ->> '$.pausedReason' IS NULL`
    for (const schedule of active.map(readSchedule)) {
      write(schedule, pauseItself(schedule, 'key_invalid', Date.now()))
    }
  }

  const rpc = rpcTarget<SchedulesApi>({
    create: ({ id, accountId, keyId, draft, idempotency, webhookOrigin }) => {
      const nowMs = Date.now()
      meta.noteWebhookOrigin(webhookOrigin)
      const made = read(id)
      if (made !== undefined) return { type: 'created', schedule: made, replayed: false }
      if (idempotency !== null) {
        const held = idempotencyKeys.find(idempotency.key, nowMs)
        const isSame = held?.fingerprint === idempotency.fingerprint
        const schedule = held && isSame ? read(held.generationId) : undefined
        if (schedule !== undefined) return { type: 'created', schedule, replayed: true }
        if (held !== undefined) return { type: 'key_reused', heldBy: held.generationId }
      }
      const count = sql.number`SELECT COUNT(*) FROM schedules` ?? 0
      if (count >= MAX_SCHEDULES) return { type: 'too_many', max: MAX_SCHEDULES }
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
      const before = read(id)
      if (before === undefined) return { type: 'not_found' }
      const result = changeSchedule(before, changes, keyId, nowMs)
      if (!result.ok) return { type: 'invalid', faults: result.error }
      const schedule = result.value
      journal.atomically(schedule.accountId, Date.now(), () => {
        const slotMs = before.nextSlotMs
        if (slotMs !== null && slotMs <= nowMs && schedule.nextSlotMs !== slotMs) {
          const slots = countRuns(before, slotMs - 1, nowMs)
          addRun(skippedRun(id, { slotMs, slots }, 'changed'))
        }
        write(before, schedule)
      })
      return { type: 'changed', schedule }
    },
    remove: (id) => {
      const schedule = read(id)
      if (schedule === undefined) return false
      journal.atomically(schedule.accountId, Date.now(), () => {
        sql`DELETE FROM schedules WHERE id = ${id}`
        sql`DELETE FROM schedule_runs WHERE schedule_id = ${id}`
      })
      return true
    },
    get: (id) => read(id) ?? null,
    list: (limit, beforeId) => {
      // Newest first, since ids sort by time.
      const found = sql.column<string>`SELECT doc FROM schedules WHERE id < ${beforeId ?? '~'}
        ORDER BY id DESC LIMIT ${limit + 1}`
      return { schedules: found.slice(0, limit).map(readSchedule), hasMore: found.length > limit }
    },
    run: (request) =>
      generations.spend(request, (address) => {
        const { id, keyId, idempotency, scheduleId, webhookOrigin } = request
        const schedule = read(scheduleId)
        if (schedule === undefined) return { type: 'not_found' } as const
        const nowMs = Date.now()
        const asked = { id, keyId, webhookOrigin, ...askedBy(schedule, nowMs) }
        const run = { trigger: 'manual', startedAtMs: nowMs, generationId: id } as const
        const also = () => {
          addRun({ ...pendingRun(scheduleId, nowMs), ...run })
          write(schedule, { ...schedule, runCount: schedule.runCount + 1 })
        }
        return admissions.admit(asked, { idempotency, schedule, address, also })
      }),
    runs: (id, limit, before) => {
      if (read(id) === undefined) return null
      const found = sql<RunRecord>`SELECT ${RUN} FROM schedule_runs WHERE schedule_id = ${id}
        AND (slot_ms, hand) < (${before?.slotMs ?? Number.MAX_SAFE_INTEGER}, ${before?.hand ?? ''})
        ORDER BY slot_ms DESC, hand DESC LIMIT ${limit + 1}`
      const runs = found.slice(0, limit)
      const last = found.length > limit ? runs.at(-1) : undefined
      return { runs, next: last === undefined ? null : cursorOf(last) }
    },
  })

  return { read, write, addRun, onChange, onRevoked, rpc }
}

/** The next page of runs begins after it. */
const cursorOf = ({ slotMs, trigger, generationId }: RunRecord): RunCursor => ({
  slotMs,
  hand: trigger === 'manual' ? (generationId ?? '') : '',
})
