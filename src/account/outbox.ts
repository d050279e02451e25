/** Writes to KV, R2 and the Directory: stored with what causes them, and retried until done. */
import { log, logError } from '../adapters/log.ts'
import { type Destination, Destinations, DESTINATIONS } from './destinations.ts'
import type { Gate } from './gate.ts'
import { isDoneWithin } from './patience.ts'
import type { Sql } from './sql.ts'

/** A write outside the object's own database. */
export type OutboxWrite =
  | { readonly kind: 'kv_put'; readonly key: string; readonly value: string }
  | { readonly kind: 'kv_delete'; readonly key: string }
  /** Its key is `video:` or `video-late:`, and the video's name in the archive. */
  | { readonly kind: 'video_delete'; readonly key: string }
  /** Tells the Directory whether this account has work. */
  | { readonly kind: 'busy'; readonly key: string; readonly value: 'yes' | 'no' }
  /** Tells the Directory what is wrong for this account. */
  | { readonly kind: 'troubles'; readonly key: string; readonly value: string }

/** Carries out a write; rejects if it did not arrive. Carrying it out twice does no harm. */
export type Deliver = (write: OutboxWrite) => Promise<void>

/** A write that hangs must not delay the others. */
const DELIVERY_TIMEOUT_MS = 10_000
/** A write that timed out may still land this much later, over a newer one. */
const MAY_LAND_MS = 60_000
const MAX_PARALLEL = 3
/** KV takes one write a second for a key, so a retry waits at least that long. */
const FIRST_RETRY_MS = 2000
const LONGEST_RETRY_MS = 300_000

type Row = {
  key: string
  seq: number
  kind: string
  value: string | null
  tries: number
  again_at_ms: number | null
}

/** The part of a pending write that is kept in memory. */
interface Owed {
  readonly seq: number
  readonly destination: Destination
  readonly dueAtMs: number
}

export class Outbox {
  readonly #sql: Sql
  readonly #gate: Gate
  readonly #deliver: Deliver
  readonly #destinations: Destinations
  /** By key, oldest first. Mirrors the table; nothing else writes to it. */
  #owed: Map<string, Owed>
  #lastSeq: number
  /** The destination of each key that is being written: two writes of one key would race. */
  readonly #running = new Map<string, Destination>()
  #drained: PromiseWithResolvers<void> | undefined

  constructor(sql: Sql, gate: Gate, deliver: Deliver) {
    this.#sql = sql
    this.#gate = gate
    this.#deliver = deliver
    this.#destinations = new Destinations(sql)
    this.#takeOver()
    this.#owed = this.#readOwed()
    // Higher than any number before: a failing destination may still refer to one.
    this.#lastSeq = Math.max(Date.now(), [...this.#owed.values()].at(-1)?.seq ?? 0)
  }

  /**
   * Queues a write, which replaces an older one of the same key: only the last value counts. Called
   * inside the transaction that causes it.
   */
  add(write: OutboxWrite, nowMs: number): void {
    const seq = ++this.#lastSeq
    this.#sql`INSERT INTO owed_writes (key, seq, kind, value, tries, due_at_ms)
      VALUES (${write.key}, ${seq}, ${write.kind}, ${'value' in write ? write.value : null}, 0,
      ${nowMs}) ON CONFLICT (key) DO UPDATE
      SET seq = excluded.seq, kind = excluded.kind, value = excluded.value, tries = 0, due_at_ms =
      excluded.due_at_ms`
    this.#owed.set(write.key, { seq, destination: destinationOf(write), dueAtMs: nowMs })
  }

  /** Drops the writes of the failed transaction. */
  afterRollback(): void {
    this.#owed = this.#readOwed()
  }

  nextDueMs(): number | null {
    let firstMs = Infinity
    for (const { destination, dueAtMs } of this.#owed.values()) {
      const notBeforeMs = this.#destinations.trouble(destination)?.notBeforeMs ?? 0
      firstMs = Math.min(firstMs, Math.max(dueAtMs, notBeforeMs))
    }
    return firstMs < Infinity ? firstMs : null
  }

  isEmpty(): boolean {
    return this.#owed.size === 0
  }

  /** Sends the due writes, one at a time for each key. Never rejects. */
  drain(nowMs: () => number): Promise<void> {
    this.#begin(nowMs)
    return this.#drained?.promise ?? Promise.resolve()
  }

  #begin(nowMs: () => number): void {
    while (this.#running.size < MAX_PARALLEL) {
      const row = this.#next(nowMs())
      if (row === undefined) return
      this.#drained ??= Promise.withResolvers<void>()
      this.#running.set(row.key, destinationOf(row))
      void this.#send(row, nowMs)
        .finally(() => this.#running.delete(row.key))
        .then(() => this.#begin(nowMs))
        // If even the outcome could not be stored, the next call or the alarm tries again.
        .catch((error: unknown) => logError('outbox_failed', error, { key: row.key }))
        .finally(() => {
          if (this.#running.size > 0) return
          this.#drained?.resolve()
          this.#drained = undefined
        })
    }
  }

  async #send(row: Row, nowMs: () => number): Promise<void> {
    const deliver = () => isDoneWithin(this.#deliver(toWrite(row)), DELIVERY_TIMEOUT_MS)
    const outcome = await this.#gate.run('outbox', deliver).then(
      (isDone) => (isDone ? 'arrived' : 'timed_out'),
      () => 'failed' as const,
    )
    const { key, seq } = row
    const destination = destinationOf(row)
    if (outcome === 'timed_out') {
      const againAtMs = nowMs() + MAY_LAND_MS
      this.#sql`UPDATE owed_writes SET again_at_ms = ${againAtMs} WHERE key = ${key}`
    }
    if (outcome === 'arrived') {
      this.#destinations.noteArrival(destination)
      if (this.#owed.get(key)?.seq === seq) this.#noteArrival(row, nowMs())
      return
    }
    this.#destinations.noteFailure(destination, seq, nowMs())
    log('outbox_write_failed', { kind: row.kind, key, tries: row.tries + 1, outcome })
    if (this.#owed.get(key)?.seq !== seq) return
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** row.tries, LONGEST_RETRY_MS)
    const dueAtMs = nowMs() + waitMs
    this.#sql`UPDATE owed_writes SET tries = tries + 1, due_at_ms = ${dueAtMs} WHERE key = ${key}`
    this.#owed.set(key, { seq, destination, dueAtMs })
  }

  /** The write is done, unless one that timed out may still land over it. */
  #noteArrival({ key, seq, ...row }: Row, nowMs: number): void {
    const againAtMs = row.again_at_ms ?? 0
    if (againAtMs > nowMs) {
      this.#sql`UPDATE owed_writes SET due_at_ms = ${againAtMs} WHERE key = ${key}`
      const destination = destinationOf(row)
      this.#owed.set(key, { seq, destination, dueAtMs: againAtMs })
    } else {
      this.#sql`DELETE FROM owed_writes WHERE key = ${key}`
      this.#owed.delete(key)
    }
  }

  /** The oldest due write that is not running and whose destination may get one. */
  #next(nowMs: number): Row | undefined {
    const troubled = new Set(
      DESTINATIONS.filter((destination) => {
        const trouble = this.#destinations.trouble(destination)
        if (trouble === undefined) return false
        return nowMs < trouble.notBeforeMs || [...this.#running.values()].includes(destination)
      }),
    )
    for (const [key, { destination, dueAtMs }] of this.#owed) {
      if (dueAtMs > nowMs || this.#running.has(key) || troubled.has(destination)) continue
      return this.#sql<Row>`SELECT * FROM owed_writes WHERE key = ${key}`[0]
    }
    return undefined
  }

  #readOwed(): Map<string, Owed> {
    type Known = { key: string; seq: number; kind: string; due_at_ms: number }
    const rows = this.#sql<Known>`SELECT key, seq, kind, due_at_ms FROM owed_writes ORDER BY seq`
    return new Map(
      rows.map((row) => [
        row.key,
        { seq: row.seq, destination: destinationOf(row), dueAtMs: row.due_at_ms },
      ]),
    )
  }

  /** Takes over the writes in an older release's table, which it fills again after a rollback. */
  #takeOver(): void {
    if (this.#sql`SELECT 1 FROM outbox LIMIT 1`.length === 0) return
    this.#sql`INSERT OR REPLACE INTO owed_writes (key, seq, kind, value, tries, due_at_ms,
      again_at_ms) SELECT key, seq, kind, value, tries, due_at_ms, (SELECT again_at_ms
      FROM late_writes WHERE late_writes.key = outbox.key) FROM outbox ORDER BY seq`
    this.#sql`DELETE FROM outbox`
  }
}

const destinationOf = ({ kind }: { readonly kind: string }): Destination => {
  if (kind === 'video_delete') return 'archive'
  return kind === 'busy' || kind === 'troubles' ? 'directory' : 'kv'
}

const toWrite = (row: Row): OutboxWrite => {
  if (row.kind === 'kv_put') return { kind: 'kv_put', key: row.key, value: row.value ?? '' }
  if (row.kind === 'kv_delete') return { kind: 'kv_delete', key: row.key }
  if (row.kind === 'video_delete') return { kind: 'video_delete', key: row.key }
  if (row.kind === 'troubles') return { kind: 'troubles', key: row.key, value: row.value ?? '{}' }
  return { kind: 'busy', key: row.key, value: row.value === 'yes' ? 'yes' : 'no' }
}
