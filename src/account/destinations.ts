/** The outbox's destinations, and which of them are failing. */
import type { Sql } from '../adapters/sql.ts'

export const DESTINATIONS = ['directory', 'kv', 'archive'] as const
export type Destination = (typeof DESTINATIONS)[number]

const FIRST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 300_000

/** A destination whose writes have failed since the last one that succeeded. */
type Trouble = {
  readonly failures: number
  readonly failedSeq: number
  /** Nothing is written to it before then; afterwards it gets one write as a probe. */
  readonly notBeforeMs: number
}

export const createDestinations = (sql: Sql) => {
  /** Mirrors the table; nothing else writes to it. */
  const troubles = new Map(
    sql<Trouble & { readonly name: string }>`SELECT name, failures, failed_seq AS failedSeq,
      not_before_ms AS notBeforeMs FROM destinations`.map(({ name, ...trouble }) => [
      name,
      trouble,
    ]),
  )

  const noteArrival = (name: Destination): void => {
    if (!troubles.delete(name)) return
    sql`DELETE FROM destinations WHERE name = ${name}`
  }

  /**
   * The first failure may be the fault of the write, so another is tried at once, and repeats of
   * that write do not count. From the second failure on, the destination gets a pause.
   */
  const noteFailure = (name: Destination, seq: number, nowMs: number): void => {
    const before = troubles.get(name)
    if (before?.failedSeq === seq) return
    const failures = (before?.failures ?? 0) + 1
    const pauseMs = failures === 1 ? 0 : FIRST_PAUSE_MS * 2 ** (failures - 2)
    const notBeforeMs = nowMs + Math.min(pauseMs, LONGEST_PAUSE_MS)
    troubles.set(name, { failures, failedSeq: seq, notBeforeMs })
    sql`INSERT OR REPLACE INTO destinations (name, failures, failed_seq, not_before_ms)
      VALUES (${name}, ${failures}, ${seq}, ${notBeforeMs})`
  }

  return { trouble: (name: Destination) => troubles.get(name), noteArrival, noteFailure }
}
