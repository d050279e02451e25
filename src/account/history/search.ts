/** Looks in fal's history for what fal may have taken although its answer was lost. */
import { log, logError } from '../../adapters/log.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import {
  findRequest,
  isSought,
  mayBeRequestOf,
  nextSearchMs,
  type PastRequest,
  searchFromMs,
} from '../../domain/generation/history.ts'
import type { Observation } from '../../domain/generation/observation.ts'
import type { Core } from '../core.ts'
import type { Change, ChangeListener } from '../generations/journal.ts'
import type { Looker } from '../generations/looker.ts'
import type { Timed } from '../timed.ts'
import type { HistoryReading } from './reading.ts'

export const createHistorySearches = (sql: SqlStorage): void =>
  void sql.exec(`
  -- What is looked for in fal's history: since when, how often so far, and when next.
  CREATE TABLE IF NOT EXISTS history_searches (
    generation_id TEXT PRIMARY KEY,
    since_ms INTEGER NOT NULL,
    looks INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  INSERT OR IGNORE INTO history_searches
    SELECT id, sent_at_ms, 0, sent_at_ms FROM generations
    WHERE status = 'submitting' AND sent_at_ms IS NOT NULL AND doc ->> '$.unconfirmed' = 1;
  `)

/** Which generation a request of fal's belongs to, as far as any account has told; null where none has. */
export type OwnerOf = (falRequestId: string) => Promise<string | null>

/** A look that nobody has heard of for this long died with its process. */
const CLAIM_MS = 120_000

type Row = { generation_id: string; since_ms: number; looks: number; due_at_ms: number }

export interface HistorySearchParts extends Pick<
  Core,
  'sql' | 'store' | 'journal' | 'gate' | 'transact'
> {
  readonly reading: HistoryReading
  readonly ownerOf: OwnerOf
  readonly looker: Looker
}

export class HistorySearch implements Timed, ChangeListener {
  readonly isInMemory = true
  readonly #parts: HistorySearchParts
  /** When the first row is due; undefined until it is read. */
  #firstDueMs: number | null | undefined
  #isLooking = false

  constructor(parts: HistorySearchParts) {
    this.#parts = parts
  }

  nextDueMs(): number | null {
    if (this.#firstDueMs === undefined) {
      const read = 'SELECT MIN(due_at_ms) AS at FROM history_searches'
      this.#firstDueMs = this.#parts.sql.exec<{ at: number | null }>(read).one().at
    }
    if (this.#firstDueMs === null) return null
    return Math.max(this.#firstDueMs, this.#parts.reading.platform.readyMs())
  }

  onChange({ before, after }: Change, nowMs: number): void {
    const { sql } = this.#parts
    const was = before !== null && isSought(before)
    if (was === isSought(after)) return
    this.#firstDueMs = undefined
    if (was) this.#forget(after.id)
    else {
      const dueMs = nextSearchMs(after, nowMs, 0, nowMs)
      sql.exec(
        'INSERT OR REPLACE INTO history_searches VALUES (?, ?, 0, ?)',
        after.id,
        nowMs,
        dueMs,
      )
    }
  }

  /** One look serves all that can be in the part of the history that it reads. */
  async runDue(nowMs: number): Promise<void> {
    const dueMs = this.nextDueMs()
    if (dueMs === null || dueMs > nowMs || this.#isLooking) return
    this.#isLooking = true
    try {
      await this.#look(nowMs)
    } catch (error) {
      logError('history_search_failed', error)
    } finally {
      this.#isLooking = false
    }
  }

  async #look(nowMs: number): Promise<void> {
    const { sql, store, reading } = this.#parts
    const rows = sql.exec<Row>('SELECT * FROM history_searches').toArray()
    const searches = rows.map((row) => ({ row, record: store.read(row.generation_id)?.record }))
    const due = searches.filter(({ row }) => row.due_at_ms <= nowMs)
    this.#write(() => {
      for (const { row, record } of due) {
        if (record === undefined || !isSought(record)) this.#forget(row.generation_id)
        else this.#putOff(row.generation_id, row.looks, nowMs + CLAIM_MS)
      }
    })
    const sought = searches.flatMap(({ row, record }) =>
      record !== undefined && isSought(record) ? [{ row, record }] : [],
    )
    const begins = sought.filter(({ row }) => row.due_at_ms <= nowMs)
    if (begins.length === 0) return
    const fromMs = Math.min(...begins.map(({ record }) => searchFromMs(record)))
    const served = sought.filter(({ record }) => searchFromMs(record) >= fromMs)
    const past = await reading.since(fromMs)
    if (past !== undefined)
      await this.#settle(
        served.map(({ record }) => record),
        past,
      )
    this.#write(() => {
      const endedMs = Date.now()
      for (const { row } of served) {
        const record = store.read(row.generation_id)?.record
        if (record === undefined || !isSought(record)) continue
        // What could not be read was no look: it is due again once it can be.
        if (past === undefined) this.#putOff(record.id, row.looks, row.due_at_ms)
        else {
          const looks = row.looks + 1
          this.#putOff(record.id, looks, nextSearchMs(record, row.since_ms, looks, endedMs))
        }
      }
    })
  }

  async #settle(served: readonly GenerationRecord[], past: readonly PastRequest[]): Promise<void> {
    const { store, journal, looker } = this.#parts
    const owners = new Map<string, string>()
    for (const { requestId } of past.filter((each) =>
      served.some((one) => mayBeRequestOf(one, each)),
    )) {
      const owner = await this.#ownerOf(requestId)
      if (owner !== null) owners.set(requestId, owner)
    }
    const all = [...served, ...this.#inDoubt()]
    for (const { id } of served) {
      // Meanwhile fal's answer, a hook or a person may have told.
      const record = store.read(id)?.record
      if (record === undefined || !isSought(record)) continue
      const found = findRequest(record, past, all, owners)
      if (found === undefined || store.idOfRequest(found.requestId) !== undefined) continue
      const { requestId, end } = found
      // Somebody else may have sent a seed of the caller's as well.
      if (record.seedSource !== 'generated') {
        journal.observe(id, [{ type: 'candidate', requestId }], Date.now())
        continue
      }
      log('request_found_in_history', { generation_id: id, fal_request_id: requestId })
      const accepted: Observation = { type: 'accepted', requestId, by: 'history' }
      journal.observe(id, end === null ? [accepted] : [accepted, end], Date.now())
      if (end === null) void looker.look(id)
    }
  }

  async #ownerOf(requestId: string): Promise<string | null> {
    const { store, gate, ownerOf } = this.#parts
    return store.idOfRequest(requestId) ?? (await gate.run('history', () => ownerOf(requestId)))
  }

  /** What is sent and has no request id. Those that have ended are all looked for. */
  #inDoubt(): GenerationRecord[] {
    const { sql, store } = this.#parts
    return sql
      .exec<{ id: string }>(
        `SELECT id FROM generations WHERE status = 'submitting' AND sent_at_ms IS NOT NULL
         UNION SELECT generation_id FROM history_searches`,
      )
      .toArray()
      .flatMap(({ id }) => store.read(id)?.record ?? [])
  }

  #putOff(id: string, looks: number, dueMs: number): void {
    const change = 'UPDATE history_searches SET looks = ?, due_at_ms = ? WHERE generation_id = ?'
    this.#parts.sql.exec(change, looks, dueMs, id)
  }

  #forget(id: string): void {
    this.#parts.sql.exec('DELETE FROM history_searches WHERE generation_id = ?', id)
  }

  #write(work: () => void): void {
    this.#parts.transact(work)
    this.#firstDueMs = undefined
  }
}
