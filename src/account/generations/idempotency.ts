/** Idempotency keys with their requests, kept until a day after the generation's end. */
import { DAY_MS } from '../../domain/generation/deadlines.ts'
import { raw, type Sql } from '../../adapters/sql.ts'
import type { IdempotencyClaim } from '../../domain/generation/calls.ts'

/** A key is kept for a day after its schedule is made, or its generation ends or is deleted. */
const DAY_BEGINS = raw(`CASE WHEN g.id IS NULL THEN COALESCE(t.deleted_at_ms, k.created_at_ms)
  ELSE g.finished_at_ms END`)
const KEYS = raw(`idempotency_keys AS k LEFT JOIN generations AS g ON g.id = k.generation_id
  LEFT JOIN tombstones AS t ON t.id = k.generation_id`)

/** The next alarm prunes the rest. */
const MAX_PRUNED_AT_ONCE = 500

export const createIdempotencyKeys = (sql: Sql) => ({
  /** Undefined if the key was never used, or has been forgotten. */
  find: (key: string, nowMs: number) => {
    type Row = { fingerprint: string; generationId: string; dayBeginsMs: number | null }
    const [row] = sql<Row>`
      SELECT k.fingerprint, k.generation_id AS generationId, ${DAY_BEGINS} AS dayBeginsMs
      FROM ${KEYS} WHERE k.key = ${key}`
    return row && (row.dayBeginsMs ?? nowMs) > nowMs - DAY_MS ? row : undefined
  },
  /** Called inside the transaction that creates the generation or the schedule. */
  claim: ({ key, fingerprint }: IdempotencyClaim, generationId: string, nowMs: number): void => {
    sql`INSERT OR REPLACE INTO idempotency_keys (key, fingerprint, generation_id,
      created_at_ms) VALUES (${key}, ${fingerprint}, ${generationId}, ${nowMs})`
  },
  prune: (nowMs: number): boolean => {
    const dayAgoMs = nowMs - DAY_MS
    const pruned = sql`
      DELETE FROM idempotency_keys WHERE key IN (
        SELECT k.key FROM ${KEYS}
        WHERE k.created_at_ms <= ${dayAgoMs} AND ${DAY_BEGINS} <= ${dayAgoMs}
        ORDER BY k.created_at_ms LIMIT ${MAX_PRUNED_AT_ONCE})
      RETURNING key`
    return pruned.length < MAX_PRUNED_AT_ONCE
  },
})
