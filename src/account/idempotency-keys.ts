/** Idempotency keys: which request each stands for, for a day. */
import { DAY_MS } from '../domain/deadlines.ts'
import type { IdempotencyClaim } from './api.ts'

export interface HeldKey {
  readonly fingerprint: string
  readonly generationId: string
}

export class IdempotencyKeys {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** What a key stands for; undefined where it was never used, or a day ago. */
  find(key: string, nowMs: number): HeldKey | undefined {
    const row = this.#sql
      .exec<{ fingerprint: string; generation_id: string }>(
        `SELECT fingerprint, generation_id FROM idempotency_keys
         WHERE key = ? AND created_at_ms > ?`,
        key,
        nowMs - DAY_MS,
      )
      .toArray()[0]
    return row && { fingerprint: row.fingerprint, generationId: row.generation_id }
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

  /** Forgets keys that were taken a day ago. */
  prune(nowMs: number): void {
    this.#sql.exec('DELETE FROM idempotency_keys WHERE created_at_ms <= ?', nowMs - DAY_MS)
  }
}
