/** The outbox's destinations, and which of them are failing. */
import type { Sql } from './sql.ts'

export const DESTINATIONS = ['directory', 'kv', 'archive'] as const
export type Destination = (typeof DESTINATIONS)[number]

const FIRST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 300_000

/** A destination whose writes have failed since the last one that succeeded. */
interface Trouble {
  readonly failures: number
  readonly failedSeq: number
  /** Nothing is written to it before then; afterwards it gets one write as a probe. */
  readonly notBeforeMs: number
}

type Row = { name: string; failures: number; failed_seq: number; not_before_ms: number }

export class Destinations {
  readonly #sql: Sql
  /** Mirrors the table; nothing else writes to it. */
  readonly #troubles: Map<string, Trouble>

  constructor(sql: Sql) {
    this.#sql = sql
    const rows = sql<Row>`SELECT * FROM destinations`
    this.#troubles = new Map(
      rows.map((row) => [
        row.name,
        { failures: row.failures, failedSeq: row.failed_seq, notBeforeMs: row.not_before_ms },
      ]),
    )
  }

  trouble(name: Destination): Trouble | undefined {
    return this.#troubles.get(name)
  }

  noteArrival(name: Destination): void {
    if (!this.#troubles.delete(name)) return
    this.#sql`DELETE FROM destinations WHERE name = ${name}`
  }

  /**
   * The first failure may be the fault of the write, so another is tried at once, and repeats of
   * that write do not count. From the second failure on, the destination gets a pause.
   */
  noteFailure(name: Destination, seq: number, nowMs: number): void {
    const before = this.#troubles.get(name)
    if (before?.failedSeq === seq) return
    const failures = (before?.failures ?? 0) + 1
    const pauseMs = failures === 1 ? 0 : FIRST_PAUSE_MS * 2 ** (failures - 2)
    const notBeforeMs = nowMs + Math.min(pauseMs, LONGEST_PAUSE_MS)
    this.#troubles.set(name, { failures, failedSeq: seq, notBeforeMs })
    this.#sql`INSERT OR REPLACE INTO destinations (name, failures, failed_seq, not_before_ms)
      VALUES (${name}, ${failures}, ${seq}, ${notBeforeMs})`
  }
}
