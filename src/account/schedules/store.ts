/** The account's SQL for schedules and their runs. It decides nothing. */
import { readSchedule, type ScheduleRecord } from '../../domain/schedule/schedule.ts'
import type { RunRecord } from '../../domain/schedule/run.ts'
import type { RunCursor } from '../../domain/schedule/calls.ts'
import { raw, type Sql } from '../../adapters/sql.ts'

/** Runs kept for each schedule. */
const MAX_RUNS_KEPT = 1000

const RUN = raw(`schedule_id AS scheduleId, slot_ms AS slotMs, started_at_ms AS startedAtMs,
  CASE hand WHEN '' THEN 'schedule' ELSE 'manual' END AS "trigger",
  generation_id AS generationId, outcome, reason, detail, slots`)

/** The next page of runs begins after it. */
export const cursorOf = ({ slotMs, trigger, generationId }: RunRecord): RunCursor => ({
  slotMs,
  hand: trigger === 'manual' ? (generationId ?? '') : '',
})

export const createScheduleStore = (sql: Sql) => ({
  read: (id: string): ScheduleRecord | undefined => {
    const doc = sql.text`SELECT doc FROM schedules WHERE id = ${id}`
    return doc === null ? undefined : readSchedule(doc)
  },
  write: (schedule: ScheduleRecord): void => {
    sql`INSERT INTO schedules (id, doc) VALUES (${schedule.id}, ${JSON.stringify(schedule)})
      ON CONFLICT (id) DO UPDATE SET doc = excluded.doc`
  },
  count: (): number => sql.number`SELECT COUNT(*) FROM schedules` ?? 0,
  remove: (id: string): void => {
    sql`DELETE FROM schedules WHERE id = ${id}`
    sql`DELETE FROM schedule_runs WHERE schedule_id = ${id}`
  },
  /** Newest first, since ids sort by time. */
  list: (limit: number, beforeId: string | null): ScheduleRecord[] =>
    sql.column<string>`SELECT doc FROM schedules WHERE id < ${beforeId ?? '~'}
      ORDER BY id DESC LIMIT ${limit}`.map(readSchedule),
  activeOfKey: (keyId: string): ScheduleRecord[] =>
    sql.column<string>`SELECT doc FROM schedules WHERE doc ->> '$.keyId' = ${keyId}
      AND doc ->> '$.pausedReason' IS NULL`.map(readSchedule),
  dueIds: (dueMs: number, limit: number, except: readonly string[]): string[] =>
    sql.column<string>`SELECT id FROM schedules WHERE next_slot_ms <= ${dueMs}
      AND id NOT IN (SELECT value FROM json_each(${JSON.stringify(except)}))
      ORDER BY next_slot_ms, id LIMIT ${limit}`,
  nextSlotMs: (except: readonly string[]): number | null =>
    sql.number`SELECT next_slot_ms FROM schedules WHERE next_slot_ms IS NOT NULL
      AND id NOT IN (SELECT value FROM json_each(${JSON.stringify(except)}))
      ORDER BY next_slot_ms, id LIMIT 1`,
  /** Whether the slot was run or skipped already. */
  hasRun: (scheduleId: string, slotMs: number): boolean =>
    sql`SELECT 1 FROM schedule_runs WHERE schedule_id = ${scheduleId}
      AND slot_ms = ${slotMs} AND hand = ''`.length > 0,
  /** Adds a run to the history, which then drops its oldest runs. */
  addRun: (run: RunRecord): void => {
    sql`INSERT OR IGNORE INTO schedule_runs (schedule_id, slot_ms, hand, started_at_ms,
      generation_id, outcome, reason, detail, slots)
      VALUES (${run.scheduleId}, ${run.slotMs}, ${cursorOf(run).hand}, ${run.startedAtMs},
      ${run.generationId}, ${run.outcome}, ${run.reason}, ${run.detail}, ${run.slots})`
    sql`DELETE FROM schedule_runs WHERE schedule_id = ${run.scheduleId}
      AND slot_ms < (SELECT slot_ms FROM schedule_runs WHERE schedule_id = ${run.scheduleId}
      ORDER BY slot_ms DESC LIMIT 1 OFFSET ${MAX_RUNS_KEPT - 1})`
  },
  /** Undefined if the run is no longer kept. */
  endRun: (
    generationId: string,
    { outcome, reason, detail }: Pick<RunRecord, 'outcome' | 'reason' | 'detail'>,
  ): RunRecord | undefined =>
    sql<RunRecord>`UPDATE schedule_runs
      SET outcome = ${outcome}, reason = ${reason}, detail = ${detail}
      WHERE generation_id = ${generationId} RETURNING ${RUN}`[0],
  /** Newest slot first. */
  runs: (scheduleId: string, limit: number, before: RunCursor | null): RunRecord[] =>
    sql<RunRecord>`SELECT ${RUN} FROM schedule_runs WHERE schedule_id = ${scheduleId}
      AND (slot_ms, hand) < (${before?.slotMs ?? Number.MAX_SAFE_INTEGER}, ${before?.hand ?? ''})
      ORDER BY slot_ms DESC, hand DESC LIMIT ${limit}`,
})
