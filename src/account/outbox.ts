/** Writes owed to KV and the Directory: rows of the transaction that caused them, sent until they arrive. */
import { log } from '../adapters/log.ts'
import type { Gate } from './gate.ts'

/** Something that happens outside the object's own database. */
export type OutboxWrite =
  | { readonly kind: 'kv_put'; readonly key: string; readonly value: string }
  | { readonly kind: 'kv_delete'; readonly key: string }
  /** The Directory's word on whether this account has work. */
  | { readonly kind: 'busy'; readonly key: string; readonly value: 'yes' | 'no' }

/** Carries a write out; rejects when it did not arrive. Arriving twice does no harm. */
export type Deliver = (write: OutboxWrite) => Promise<void>

/** KV takes one write a second for a key, so a repeat waits at least that long. */
const FIRST_RETRY_MS = 2000
const LONGEST_RETRY_MS = 300_000

type Row = { seq: number; key: string; kind: string; value: string | null; tries: number }

export class Outbox {
  readonly #sql: SqlStorage
  readonly #gate: Gate
  readonly #deliver: Deliver
  /** The drain under way, if there is one: more would break the order. */
  #draining: Promise<void> | undefined
  #isDraining = false

  constructor(sql: SqlStorage, gate: Gate, deliver: Deliver) {
    this.#sql = sql
    this.#gate = gate
    this.#deliver = deliver
  }

  /** Owes a write. Called inside the transaction that causes it. */
  add(write: OutboxWrite, nowMs: number): void {
    this.#sql.exec(
      'INSERT INTO outbox (key, kind, value, due_at_ms) VALUES (?, ?, ?, ?)',
      write.key,
      write.kind,
      write.kind === 'kv_delete' ? null : write.value,
      nowMs,
    )
  }

  /** When the next write is due; null when none is owed. */
  nextDueMs(): number | null {
    return this.#sql.exec<{ at: number | null }>('SELECT MIN(due_at_ms) AS at FROM outbox').one().at
  }

  /** Whether nothing is owed, due or not. */
  isEmpty(): boolean {
    return this.nextDueMs() === null
  }

  /** Sends what is due, one after another. Never rejects. */
  drain(nowMs: () => number): Promise<void> {
    if (this.#draining !== undefined) return this.#draining
    const drained = this.#drain(nowMs)
    // Nothing was due where it is over already.
    if (this.#isDraining) this.#draining = drained
    return drained
  }

  async #drain(nowMs: () => number): Promise<void> {
    this.#isDraining = true
    for (let row = this.#next(nowMs()); row !== undefined; row = this.#next(nowMs())) {
      const { seq, key, tries } = row
      try {
        await this.#gate.run('outbox', () => this.#deliver(toWrite(row)))
        this.#sql.exec('DELETE FROM outbox WHERE seq = ?', seq)
      } catch {
        const waitMs = Math.min(FIRST_RETRY_MS * 2 ** tries, LONGEST_RETRY_MS)
        this.#sql.exec(
          'UPDATE outbox SET tries = tries + 1, due_at_ms = ? WHERE seq = ?',
          nowMs() + waitMs,
          seq,
        )
        log('outbox_write_failed', { kind: row.kind, key, tries: tries + 1 })
      }
    }
    // At once, so that nobody joins a drain that has found nothing more.
    this.#isDraining = false
    this.#draining = undefined
  }

  /**
   * The oldest due write that no older write of its own key is in front of. In the order of
   * `seq` the first row is mostly it; by an index on time every call would sort the backlog.
   */
  #next(nowMs: number): Row | undefined {
    return this.#sql
      .exec<Row>(
        `SELECT seq, key, kind, value, tries FROM outbox AS o NOT INDEXED WHERE due_at_ms <= ?
         AND NOT EXISTS (SELECT 1 FROM outbox AS e WHERE e.key = o.key AND e.seq < o.seq)
         ORDER BY seq LIMIT 1`,
        nowMs,
      )
      .toArray()[0]
  }
}

const toWrite = (row: Row): OutboxWrite => {
  if (row.kind === 'kv_put') return { kind: 'kv_put', key: row.key, value: row.value ?? '' }
  if (row.kind === 'kv_delete') return { kind: 'kv_delete', key: row.key }
  return { kind: 'busy', key: row.key, value: row.value === 'yes' ? 'yes' : 'no' }
}
