/** The account's SQL for schedules and their runs. It decides nothing. */
import type { RunOutcome } from '../../contract/schedule.ts'
import { readSchedule, type ScheduleRecord } from '../../domain/schedule/schedule.ts'
import type { RunRecord } from '../../domain/schedule/run.ts'
import type { RunCursor } from '../../domain/schedule/calls.ts'
import type { Sql } from '../sql.ts'

/** Runs kept for each schedule. */
const MAX_RUNS_KEPT = 1000

export interface StoredRun {
  readonly run: RunRecord
  readonly cursor: RunCursor
}

type RunRow = {
  schedule_id: string
  slot_ms: number
  hand: string
  started_at_ms: number | null
  generation_id: string | null
  outcome: RunOutcome
  reason: string | null
  detail: string | null
  slots: number
}

const parse = (row: { doc: string }): ScheduleRecord => readSchedule(row.doc)

const parseRun = (row: RunRow): StoredRun => ({
  run: {
    scheduleId: row.schedule_id,
    trigger: row.hand === '' ? 'schedule' : 'manual',
    slotMs: row.slot_ms,
    startedAtMs: row.started_at_ms,
    generationId: row.generation_id,
    outcome: row.outcome,
    reason: row.reason,
    detail: row.detail,
    slots: row.slots,
  },
  cursor: { slotMs: row.slot_ms, hand: row.hand },
})

export class ScheduleStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  read(id: string): ScheduleRecord | undefined {
    const row = this.#sql<{ doc: string }>`SELECT doc FROM schedules WHERE id = ${id}`[0]
    return row && parse(row)
  }

  write(schedule: ScheduleRecord): void {
    this.#sql`INSERT INTO schedules (id, doc) VALUES (${schedule.id}, ${JSON.stringify(schedule)})
      ON CONFLICT (id) DO UPDATE SET doc = excluded.doc`
  }

  count(): number {
    return this.#sql<{ n: number }>`SELECT COUNT(*) AS n FROM schedules`[0]?.n ?? 0
  }

  remove(id: string): void {
    this.#sql`DELETE FROM schedules WHERE id = ${id}`
    this.#sql`DELETE FROM schedule_runs WHERE schedule_id = ${id}`
  }

  /** Newest first, since ids sort by time. */
  list(limit: number, beforeId: string | null): ScheduleRecord[] {
    return this.#sql<{ doc: string }>`SELECT doc FROM schedules WHERE id < ${beforeId ?? '~'}
      ORDER BY id DESC LIMIT ${limit}`.map(parse)
  }

  activeOfKey(keyId: string): ScheduleRecord[] {
    return this.#sql<{ doc: string }>`SELECT doc FROM schedules WHERE doc ->> '$.keyId' = ${keyId}
      AND doc ->> '$.pausedReason' IS NULL`.map(parse)
  }

  dueIds(dueMs: number, limit: number, except: readonly string[]): string[] {
    return this.#sql<{ id: string }>`SELECT id FROM schedules WHERE next_slot_ms <= ${dueMs}
      AND id NOT IN (SELECT value FROM json_each(${JSON.stringify(except)}))
      ORDER BY next_slot_ms, id LIMIT ${limit}`.map((row) => row.id)
  }

  nextSlotMs(except: readonly string[]): number | null {
    return (
      this.#sql<{ at: number }>`SELECT next_slot_ms AS at FROM schedules
        WHERE next_slot_ms IS NOT NULL AND id NOT IN (SELECT value
        FROM json_each(${JSON.stringify(except)})) ORDER BY next_slot_ms, id LIMIT 1`[0]?.at ?? null
    )
  }

  /** Whether the slot was run or skipped already. */
  hasRun(scheduleId: string, slotMs: number): boolean {
    return (
      this.#sql`SELECT 1 FROM schedule_runs WHERE schedule_id = ${scheduleId}
        AND slot_ms = ${slotMs} AND hand = ''`.length > 0
    )
  }

  /** Adds a run to the history, which then drops its oldest runs. */
  addRun(run: RunRecord): void {
    this.#sql`INSERT OR IGNORE INTO schedule_runs (schedule_id, slot_ms, hand, started_at_ms,
      generation_id, outcome, reason, detail, slots)
      VALUES (${run.scheduleId}, ${run.slotMs},
      ${run.trigger === 'manual' ? (run.generationId ?? '') : ''}, ${run.startedAtMs},
      ${run.generationId}, ${run.outcome}, ${run.reason}, ${run.detail}, ${run.slots})`
    this.#sql`DELETE FROM schedule_runs WHERE schedule_id = ${run.scheduleId}
      AND slot_ms < (SELECT slot_ms FROM schedule_runs WHERE schedule_id = ${run.scheduleId}
      ORDER BY slot_ms DESC LIMIT 1 OFFSET ${MAX_RUNS_KEPT - 1})`
  }

  /** Undefined if the run is no longer kept. */
  endRun(
    generationId: string,
    end: Pick<RunRecord, 'outcome' | 'reason' | 'detail'>,
  ): RunRecord | undefined {
    const row = this.#sql<RunRow>`UPDATE schedule_runs
      SET outcome = ${end.outcome}, reason = ${end.reason}, detail = ${end.detail}
      WHERE generation_id = ${generationId} RETURNING *`[0]
    return row && parseRun(row).run
  }

  /** Newest slot first. */
  runs(scheduleId: string, limit: number, before: RunCursor | null): StoredRun[] {
    return this.#sql<RunRow>`SELECT * FROM schedule_runs WHERE schedule_id = ${scheduleId}
      AND (slot_ms, hand) < (${before?.slotMs ?? Number.MAX_SAFE_INTEGER}, ${before?.hand ?? ''})
      ORDER BY slot_ms DESC, hand DESC LIMIT ${limit}`.map(parseRun)
  }
}
