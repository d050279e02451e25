/** Writes owed to KV and the Directory: rows of the transaction that caused them, sent until they arrive. */
import { log, logError } from '../adapters/log.ts'
import { type Destination, Destinations, DESTINATIONS } from './destinations.ts'
import type { Gate } from './gate.ts'
import { isDoneWithin } from './patience.ts'

/** Something that happens outside the object's own database. */
export type OutboxWrite =
  | { readonly kind: 'kv_put'; readonly key: string; readonly value: string }
  | { readonly kind: 'kv_delete'; readonly key: string }
  /** The Directory's word on whether this account has work. */
  | { readonly kind: 'busy'; readonly key: string; readonly value: 'yes' | 'no' }

/** Carries a write out; rejects when it did not arrive. Arriving twice does no harm. */
export type Deliver = (write: OutboxWrite) => Promise<void>

/** One that hangs must not hold up the others. */
const DELIVERY_TIMEOUT_MS = 10_000
/** What timed out may still land this much later, over what was written since. */
const MAY_LAND_MS = 60_000
const MAX_PARALLEL = 3
/** KV takes one write a second for a key, so a repeat waits at least that long. */
const FIRST_RETRY_MS = 2000
const LONGEST_RETRY_MS = 300_000

type Row = { seq: number; key: string; kind: string; value: string | null; tries: number }

/** By its keys a row of the Directory's is found at once, behind any backlog for KV. */
const WHERE_IT_GOES: Readonly<Record<Destination, string>> = {
  kv: `kind <> 'busy'`,
  directory: `key >= 'account:' AND key < 'account;'`,
}

export class Outbox {
  readonly #sql: SqlStorage
  readonly #gate: Gate
  readonly #deliver: Deliver
  readonly #destinations: Destinations
  /** Where each key is being written to: two writes of one key would race each other. */
  readonly #underway = new Map<string, Destination>()
  /** Settles when nothing is under way any more. */
  #drained: PromiseWithResolvers<void> | undefined

  constructor(sql: SqlStorage, gate: Gate, deliver: Deliver) {
    this.#sql = sql
    this.#gate = gate
    this.#deliver = deliver
    this.#destinations = new Destinations(sql)
  }

  /** Owes a write. Called inside the transaction that causes it. */
  add(write: OutboxWrite, nowMs: number): void {
    // What only waits to be written again gives way to what is newer.
    this.#sql.exec(
      `DELETE FROM outbox WHERE key = ?1
       AND due_at_ms = (SELECT again_at_ms FROM late_writes WHERE key = ?1)`,
      write.key,
    )
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
    if (this.#destinations.areSound()) return this.#firstDueMs('TRUE')
    const due = DESTINATIONS.flatMap((destination) => {
      const atMs = this.#firstDueMs(WHERE_IT_GOES[destination])
      const notBeforeMs = this.#destinations.trouble(destination)?.notBeforeMs ?? 0
      return atMs === null ? [] : [Math.max(atMs, notBeforeMs)]
    })
    return due.length === 0 ? null : Math.min(...due)
  }

  /** Whether nothing is owed, due or not. */
  isEmpty(): boolean {
    return this.#sql.exec('SELECT 1 FROM outbox LIMIT 1').toArray().length === 0
  }

  /** Sends what is due, in order for each key. Never rejects. */
  drain(nowMs: () => number): Promise<void> {
    this.#begin(nowMs)
    return this.#drained?.promise ?? Promise.resolve()
  }

  #begin(nowMs: () => number): void {
    while (this.#underway.size < MAX_PARALLEL) {
      const row = this.#next(nowMs())
      if (row === undefined) return
      this.#drained ??= Promise.withResolvers<void>()
      this.#underway.set(row.key, destinationOf(row))
      void this.#send(row, nowMs)
        .finally(() => this.#underway.delete(row.key))
        .then(() => this.#begin(nowMs))
        // What could not even be noted is left to the next call, or to the alarm.
        .catch((error: unknown) => logError('outbox_failed', error, { key: row.key }))
        .finally(() => {
          if (this.#underway.size > 0) return
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
    if (outcome === 'arrived') return this.#noteArrival(row, nowMs())
    if (outcome === 'timed_out') this.#noteLate(row.key, nowMs() + MAY_LAND_MS)
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** row.tries, LONGEST_RETRY_MS)
    this.#sql.exec(
      'UPDATE outbox SET tries = tries + 1, due_at_ms = ? WHERE seq = ?',
      nowMs() + waitMs,
      row.seq,
    )
    this.#destinations.noteFailure(destinationOf(row), row.seq, nowMs())
    log('outbox_write_failed', { kind: row.kind, key: row.key, tries: row.tries + 1, outcome })
  }

  /** A write has done its duty, unless one that timed out may still land over it. */
  #noteArrival(row: Row, nowMs: number): void {
    const { key, seq } = row
    this.#destinations.noteArrival(destinationOf(row))
    const late = this.#sql
      .exec<{ at: number }>(
        `SELECT again_at_ms AS at FROM late_writes WHERE key = ?1
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE key = ?1 AND seq > ?2)`,
        key,
        seq,
      )
      .toArray()[0]
    if (late !== undefined && late.at > nowMs) {
      this.#sql.exec('UPDATE outbox SET due_at_ms = ? WHERE seq = ?', late.at, seq)
      return
    }
    this.#sql.exec('DELETE FROM outbox WHERE seq = ?', seq)
    if (late !== undefined) this.#sql.exec('DELETE FROM late_writes WHERE key = ?', key)
  }

  #noteLate(key: string, againAtMs: number): void {
    this.#sql.exec(
      `INSERT INTO late_writes (key, again_at_ms) VALUES (?, ?)
       ON CONFLICT (key) DO UPDATE SET again_at_ms = excluded.again_at_ms`,
      key,
      againAtMs,
    )
  }

  #firstDueMs(where: string): number | null {
    const rows = this.#sql.exec<{ at: number }>(
      `SELECT due_at_ms AS at FROM outbox WHERE ${where} ORDER BY due_at_ms LIMIT 1`,
    )
    return rows.toArray()[0]?.at ?? null
  }

  /** The next write that is due, for a destination that may have it. */
  #next(nowMs: number): Row | undefined {
    if (this.#destinations.areSound()) return this.#oldest('TRUE', nowMs)
    for (const destination of DESTINATIONS) {
      const trouble = this.#destinations.trouble(destination)
      const isProbed = [...this.#underway.values()].includes(destination)
      if (trouble !== undefined && (isProbed || nowMs < trouble.notBeforeMs)) continue
      const row = this.#oldest(WHERE_IT_GOES[destination], nowMs)
      if (row !== undefined) return row
    }
    return undefined
  }

  /**
   * The oldest due write that no other write of its own key is in front of. In the order of
   * `seq` the first row is mostly it; by an index on time every call would sort the backlog.
   */
  #oldest(where: string, nowMs: number): Row | undefined {
    return this.#sql
      .exec<Row>(
        `SELECT seq, key, kind, value, tries FROM outbox AS o
         WHERE ${where} AND +due_at_ms <= ?
         AND key NOT IN (SELECT value FROM json_each(?))
         AND NOT EXISTS (SELECT 1 FROM outbox AS e WHERE e.key = o.key AND e.seq < o.seq)
         ORDER BY seq LIMIT 1`,
        nowMs,
        JSON.stringify([...this.#underway.keys()]),
      )
      .toArray()[0]
  }
}

const destinationOf = ({ kind }: Row): Destination => (kind === 'busy' ? 'directory' : 'kv')

const toWrite = (row: Row): OutboxWrite => {
  if (row.kind === 'kv_put') return { kind: 'kv_put', key: row.key, value: row.value ?? '' }
  if (row.kind === 'kv_delete') return { kind: 'kv_delete', key: row.key }
  return { kind: 'busy', key: row.key, value: row.value === 'yes' ? 'yes' : 'no' }
}
