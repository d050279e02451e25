/** Generations to work on later: when each is due, and how often it was tried. */
import { logError } from '../adapters/log.ts'
import type { Core } from './core.ts'
import type { Platform } from './platform.ts'
import type { Timed } from './timed.ts'
import { type Fragment, raw } from './sql.ts'

export const createAgendas = (sql: SqlStorage): void => {
  for (const name of AGENDAS) createAgenda(sql, name)
  // Also looks for generations that were lost before this migration.
  sql.exec(`
  INSERT OR IGNORE INTO history_searches
    SELECT id, sent_at_ms, 0, sent_at_ms FROM generations
    WHERE status = 'submitting' AND sent_at_ms IS NOT NULL AND doc ->> '$.unconfirmed' = 1`)
}

const AGENDAS = ['history_searches', 'bill_checks'] as const

export const createArchiveAgenda = (sql: SqlStorage): void => createAgenda(sql, 'archive_jobs')

type AgendaName = (typeof AGENDAS)[number] | 'archive_jobs'

const createAgenda = (sql: SqlStorage, name: AgendaName): void =>
  void sql.exec(`
    CREATE TABLE IF NOT EXISTS ${name} (
      generation_id TEXT PRIMARY KEY,
      since_ms INTEGER NOT NULL,
      tries INTEGER NOT NULL,
      due_at_ms INTEGER NOT NULL
    ) WITHOUT ROWID`)

export interface Entry {
  readonly id: string
  readonly sinceMs: number
  readonly tries: number
  readonly dueMs: number
}

type Row = { generation_id: string; since_ms: number; tries: number; due_at_ms: number }

/** A claim older than this is taken again: the process that made it has died. */
export const CLAIM_MS = 60_000

export interface AgendaParts extends Pick<Core, 'sql' | 'onRollback' | 'journal'> {
  /** Claims the due entries, works on them and reschedules them. */
  readonly round: (nowMs: number) => Promise<void>
  /** Says when fal may be asked. Default: at any time. */
  readonly platform?: Pick<Platform, 'readyMs'>
  readonly claimMs?: number
}

export class Agenda implements Timed {
  readonly isInMemory = true
  readonly #parts: AgendaParts
  readonly #table: Fragment
  #isUnderWay = false
  /** Cached from the table; undefined until it is read. */
  #firstDueMs: number | null | undefined

  constructor(parts: AgendaParts, name: AgendaName) {
    this.#parts = parts
    this.#table = raw(name)
    // It may have been read inside the transaction that failed.
    parts.onRollback(() => (this.#firstDueMs = undefined))
  }

  nextDueMs(): number | null {
    const { platform, claimMs = CLAIM_MS } = this.#parts
    const firstMs = this.firstDueMs()
    // During a round, the alarm is only for the case that the process dies.
    const freeMs = this.#isUnderWay ? Date.now() + claimMs : 0
    return firstMs === null ? null : Math.max(firstMs, platform?.readyMs() ?? 0, freeMs)
  }

  async runDue(nowMs: number): Promise<void> {
    const dueMs = this.nextDueMs()
    if (dueMs === null || dueMs > nowMs) return
    this.#isUnderWay = true
    try {
      await this.#parts.round(nowMs)
    } catch (error) {
      logError('round_failed', error)
    } finally {
      this.#isUnderWay = false
      // The alarm that started the round may be long over. This commit sets the next one.
      this.#parts.journal.atomically(null, Date.now(), () => undefined)
    }
  }

  firstDueMs(): number | null {
    if (this.#firstDueMs === undefined) {
      const [first] = this.#parts.sql<{ at: number | null }>`
        SELECT MIN(due_at_ms) AS at FROM ${this.#table}`
      this.#firstDueMs = first?.at ?? null
    }
    return this.#firstDueMs
  }

  entries(): Entry[] {
    return this.due(Number.MAX_SAFE_INTEGER, -1)
  }

  /** The first due entries; a limit of -1 returns all. */
  due(nowMs: number, limit: number): Entry[] {
    const rows = this.#parts.sql<Row>`
      SELECT * FROM ${this.#table} WHERE due_at_ms <= ${nowMs} ORDER BY due_at_ms LIMIT ${limit}`
    return rows.map(({ generation_id: id, since_ms, tries, due_at_ms }) => ({
      id,
      sinceMs: since_ms,
      tries,
      dueMs: due_at_ms,
    }))
  }

  dueMsOf(id: string): number | undefined {
    const [row] = this.#parts.sql<{ at: number }>`
      SELECT due_at_ms AS at FROM ${this.#table} WHERE generation_id = ${id}`
    return row?.at
  }

  put({ id, sinceMs, tries, dueMs }: Entry): void {
    this.#parts.sql`INSERT OR REPLACE INTO ${this.#table}
      VALUES (${id}, ${sinceMs}, ${tries}, ${dueMs})`
    this.#firstDueMs = undefined
  }

  /** Adds an entry that is not there yet, and so keeps the first due time without a read. */
  add(entry: Entry): void {
    const firstMs = this.#firstDueMs
    this.put(entry)
    if (firstMs !== undefined) this.#firstDueMs = Math.min(firstMs ?? Infinity, entry.dueMs)
  }

  remove(id: string): void {
    this.#parts.sql`DELETE FROM ${this.#table} WHERE generation_id = ${id}`
    this.#firstDueMs = undefined
  }

  /** Makes entries that are due later than `atMs` due then. */
  hurry(atMs: number): void {
    this.#parts.sql`UPDATE ${this.#table} SET due_at_ms = ${atMs} WHERE due_at_ms > ${atMs}`
    this.#firstDueMs = undefined
  }

  forget(beforeMs: number): void {
    this.#parts.sql`DELETE FROM ${this.#table} WHERE since_ms < ${beforeMs}`
    this.#firstDueMs = undefined
  }
}
