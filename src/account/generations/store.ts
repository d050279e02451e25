/** The account's SQL for generations and their events: it remembers, and decides nothing. */
import type { Status } from '../../contract/status.ts'
import { type Due, type LookHistory, readLooks } from '../../domain/generation/due.ts'
import { type GenerationRecord, readGeneration } from '../../domain/generation/generation.ts'
import { readEvent, type StoredEvent } from '../../domain/generation/event.ts'
import { earliestId } from '../../domain/id.ts'

/** How many past generations of a kind tell how long the next will take. */
const PAST_DURATIONS = 100
/** An id is made in front of the account, and waits no longer than this to be admitted. */
const LONGEST_WAY_MS = 5 * 60_000
/** Nor is it made later than it is admitted, but for clocks that differ. */
const CLOCKS_DIFFER_MS = 10_000

export interface ListFilter {
  readonly limit: number
  /** Ids sort by time: only what is older than this one. */
  readonly beforeId?: string
  readonly status?: Status
  readonly scheduleId?: string
  readonly createdAfterMs?: number
  readonly createdBeforeMs?: number
}

export interface StoredGeneration {
  readonly record: GenerationRecord
  readonly looks: LookHistory
}

type Row = { doc: string; looks: string }

const parse = (row: Row): StoredGeneration => ({
  record: readGeneration(row.doc),
  looks: readLooks(row.looks),
})

export class Store {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  read(id: string): StoredGeneration | undefined {
    const row = this.#sql
      .exec<Row>('SELECT doc, looks FROM generations WHERE id = ?', id)
      .toArray()[0]
    return row && parse(row)
  }

  idOfRequest(falRequestId: string): string | undefined {
    return this.#sql
      .exec<{ id: string }>('SELECT id FROM generations WHERE fal_request_id = ?', falRequestId)
      .toArray()[0]?.id
  }

  write(record: GenerationRecord, looks: LookHistory, due: Due): void {
    this.#sql.exec(
      `INSERT INTO generations (id, doc, looks, due_what, due_at_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, looks = excluded.looks,
         due_what = excluded.due_what, due_at_ms = excluded.due_at_ms`,
      record.id,
      JSON.stringify(record),
      JSON.stringify(looks),
      due?.what ?? null,
      due?.atMs ?? null,
    )
  }

  /** Puts off what is due, so that nobody else begins it before `untilMs`. */
  claim(id: string, untilMs: number): void {
    this.#sql.exec('UPDATE generations SET due_at_ms = ? WHERE id = ?', untilMs, id)
  }

  list(filter: ListFilter): GenerationRecord[] {
    const where: string[] = []
    const values: (string | number)[] = []
    const add = (condition: string, value: string | number | undefined) => {
      if (value === undefined) return
      where.push(condition)
      values.push(value)
    }
    // The times of ids bound what is read, and the times of admission decide.
    const { beforeId, createdAfterMs: afterMs, createdBeforeMs: beforeMs } = filter
    const start = afterMs === undefined ? undefined : earliestId('gen', afterMs - LONGEST_WAY_MS)
    const end = beforeMs === undefined ? undefined : earliestId('gen', beforeMs + CLOCKS_DIFFER_MS)
    const [earlier] = [beforeId, end].filter((id) => id !== undefined).toSorted()
    add('id > ?', start)
    add('id < ?', earlier)
    add('status = ?', filter.status)
    add('schedule_id = ?', filter.scheduleId)
    add('created_at_ms > ?', afterMs)
    add('created_at_ms < ?', beforeMs)
    // SQLite itself takes the index of the schedule alone where both bounds of time are given.
    const isNarrow = filter.status !== undefined && filter.scheduleId !== undefined
    return this.#sql
      .exec<{ doc: string }>(
        `SELECT doc FROM generations ${isNarrow ? 'INDEXED BY generations_schedule_status' : ''}
         ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY id DESC LIMIT ?`,
        ...values,
        filter.limit,
      )
      .toArray()
      .map((row) => readGeneration(row.doc))
  }

  /** Ids of what is due, oldest first, except what waits to be sent. */
  dueIds(nowMs: number, limit: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        `SELECT id FROM generations WHERE due_what IN ('cancel', 'look', 'look_beside', 'clock')
         AND due_at_ms <= ? ORDER BY due_at_ms LIMIT ?`,
        nowMs,
        limit,
      )
      .toArray()
      .map((row) => row.id)
  }

  /** When something other than sending is next due; null when nothing is. */
  nextDueMs(): number | null {
    return this.#sql
      .exec<{ at: number | null }>(
        `SELECT MIN(due_at_ms) AS at FROM generations
         WHERE due_what IN ('cancel', 'look', 'look_beside', 'clock') AND due_at_ms IS NOT NULL`,
      )
      .one().at
  }

  /** Ids admitted, not sent and not put off, oldest first. */
  unsentIds(nowMs: number, limit: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        `SELECT id FROM generations WHERE due_what = 'send' AND due_at_ms <= ?
         ORDER BY due_at_ms, id LIMIT ?`,
        nowMs,
        limit,
      )
      .toArray()
      .map((row) => row.id)
  }

  /** When something is next to be sent; null when nothing is. */
  nextSendMs(): number | null {
    return this.#sql
      .exec<{ at: number | null }>(
        `SELECT MIN(due_at_ms) AS at FROM generations
         WHERE due_what = 'send' AND due_at_ms IS NOT NULL`,
      )
      .one().at
  }

  /** Has what is still unsent wait until `untilMs`. */
  putOffSend(id: string, untilMs: number): void {
    this.#sql.exec(
      `UPDATE generations SET due_at_ms = ? WHERE id = ? AND due_what = 'send'`,
      untilMs,
      id,
    )
  }

  /** How many were sent and have not ended. */
  countAtFal(): number {
    return this.#sql
      .exec<{ n: number }>(
        `SELECT COUNT(*) AS n FROM generations
         WHERE status IN ('submitting', 'queued', 'in_progress') AND sent_at_ms IS NOT NULL`,
      )
      .one().n
  }

  /** How many have not ended. */
  countOpen(): number {
    return this.#sql
      .exec<{ n: number }>(
        `SELECT COUNT(*) AS n FROM generations
         WHERE status IN ('submitting', 'queued', 'in_progress')`,
      )
      .one().n
  }

  /** Milliseconds from sent to finished of the newest completed generations of a kind. */
  pastDurationsMs(resolution: string, durationSeconds: number): number[] {
    return this.#sql
      .exec<{ took: number }>(
        `SELECT finished_at_ms - sent_at_ms AS took FROM generations
         WHERE kind = ? AND status = 'completed' ORDER BY finished_at_ms DESC LIMIT ?`,
        `${resolution}:${durationSeconds}`,
        PAST_DURATIONS,
      )
      .toArray()
      .map((row) => row.took)
  }

  appendEvent(generationId: string, event: StoredEvent): void {
    this.#sql.exec(
      'INSERT INTO events (generation_id, seq, doc) VALUES (?, ?, ?)',
      generationId,
      event.seq,
      JSON.stringify(event),
    )
  }

  /** Events after `afterSeq`, in order. */
  events(generationId: string, afterSeq: number, limit: number): StoredEvent[] {
    return this.#sql
      .exec<{ doc: string }>(
        'SELECT doc FROM events WHERE generation_id = ? AND seq > ? ORDER BY seq LIMIT ?',
        generationId,
        afterSeq,
        limit,
      )
      .toArray()
      .map((row) => readEvent(row.doc))
  }

  lastSeq(generationId: string): number {
    return this.#sql
      .exec<{ seq: number }>(
        'SELECT COALESCE(MAX(seq), 0) AS seq FROM events WHERE generation_id = ?',
        generationId,
      )
      .one().seq
  }
}
