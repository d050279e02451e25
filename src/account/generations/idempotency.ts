/** Idempotency keys: which request each stands for, until a day after its generation has ended. */
import { DAY_MS, HOUR_MS } from '../../domain/generation/deadlines.ts'
import type { IdempotencyClaim } from '../../domain/account.ts'
import type { Timed } from '../timed.ts'

export interface HeldKey {
  readonly fingerprint: string
  readonly generationId: string
}

/** The day for which a key is kept begins when its schedule is made, or its generation ends or is deleted. */
const DAY_BEGINS = `CASE WHEN g.id IS NULL THEN COALESCE(t.deleted_at_ms, k.created_at_ms)
  ELSE g.finished_at_ms END`
const KEYS = `idempotency_keys AS k LEFT JOIN generations AS g ON g.id = k.generation_id
  LEFT JOIN tombstones AS t ON t.id = k.generation_id`

/** The rest is for the next alarm. */
const MAX_PRUNED_AT_ONCE = 500

export class IdempotencyKeys implements Timed {
  readonly #sql: SqlStorage
  /** When this process last found nothing more to forget. */
  #prunedAtMs = -Infinity

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** What a key stands for; undefined where it was never used, or is forgotten. */
  find(key: string, nowMs: number): HeldKey | undefined {
    const row = this.#sql
      .exec<{ fingerprint: string; generation_id: string; day_begins_ms: number | null }>(
        `SELECT k.fingerprint, k.generation_id, ${DAY_BEGINS} AS day_begins_ms
         FROM ${KEYS} WHERE k.key = ?`,
        key,
      )
      .toArray()[0]
    if (row === undefined || (row.day_begins_ms ?? nowMs) <= nowMs - DAY_MS) return undefined
    return { fingerprint: row.fingerprint, generationId: row.generation_id }
  }

  /** Takes a key for a generation. Called inside the transaction that admits it. */
  claim({ key, fingerprint }: IdempotencyClaim, generationId: string, nowMs: number): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO idempotency_keys (key, fingerprint, generation_id, created_at_ms)
       VALUES (?, ?, ?, ?)`,
      key,
      fingerprint,
      generationId,
      nowMs,
    )
  }

  /** What is only forgotten wakes nobody. */
  nextDueMs(): null {
    return null
  }

  /** Forgets keys whose day is over, about once an hour. */
  runDue(nowMs: number): void {
    if (nowMs - this.#prunedAtMs < HOUR_MS) return
    const dayAgoMs = nowMs - DAY_MS
    const pruned = this.#sql
      .exec(
        `DELETE FROM idempotency_keys WHERE key IN (
           SELECT k.key FROM ${KEYS} WHERE k.created_at_ms <= ? AND ${DAY_BEGINS} <= ?
           ORDER BY k.created_at_ms LIMIT ?)
         RETURNING key`,
        dayAgoMs,
        dayAgoMs,
        MAX_PRUNED_AT_ONCE,
      )
      .toArray()
    if (pruned.length < MAX_PRUNED_AT_ONCE) this.#prunedAtMs = nowMs
  }
}
