/** Deletes old generations if the operator wants that, up to 500 an hour. */
import { DAY_MS, HOUR_MS } from '../../domain/generation/deadlines.ts'
import type { Core } from '../core.ts'
import type { Timed } from '../timed.ts'
import type { Deletion } from './deletion.ts'

const MAX_AN_HOUR = 500

export interface RetentionParts extends Pick<Core, 'sql'> {
  readonly deletion: Deletion
  readonly retentionDays: number | null
}

export class Retention implements Timed {
  readonly #parts: RetentionParts
  #ranAtMs = -Infinity
  /** When the oldest generation is old enough to delete; null while that is not known. */
  #oldEnoughMs: number | null = null

  constructor(parts: RetentionParts) {
    this.#parts = parts
  }

  nextDueMs(): number | null {
    const { sql, retentionDays } = this.#parts
    if (retentionDays === null) return null
    if (this.#oldEnoughMs === null) {
      const [row] = sql<{ at: number }>`SELECT created_at_ms AS at FROM generations ORDER BY id
        LIMIT 1`
      if (row === undefined) return null
      this.#oldEnoughMs = row.at + retentionDays * DAY_MS
    }
    // A generation that cannot be deleted yet is tried again in an hour.
    return Math.max(this.#oldEnoughMs, this.#ranAtMs + HOUR_MS)
  }

  runDue(nowMs: number): void {
    const { sql, deletion, retentionDays } = this.#parts
    const dueMs = this.nextDueMs()
    if (retentionDays === null || dueMs === null || dueMs > nowMs) return
    this.#ranAtMs = nowMs
    this.#oldEnoughMs = null
    const old = sql<{ id: string }>`SELECT id FROM generations
      WHERE finished_at_ms <= ${nowMs - retentionDays * DAY_MS}
      AND cost_state IN ('charged', 'released') ORDER BY id LIMIT ${MAX_AN_HOUR}`
    for (const { id } of old) deletion.delete(id, nowMs)
  }
}
