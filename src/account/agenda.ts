/** What is to be asked about generations now and then: since when, how often so far, and when next. */
import type { Core } from './core.ts'
import { type Fragment, raw, type Sql } from './sql.ts'

export const createAgendas = (sql: SqlStorage): void => {
  for (const name of AGENDAS) createAgenda(sql, name)
  // What was lost before is looked for as well.
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

export class Agenda {
  readonly #sql: Sql
  readonly #table: Fragment
  /** When the first entry is due, as the table has it; undefined until it is read. */
  #firstDueMs: number | null | undefined

  constructor({ sql, onRollback }: Pick<Core, 'sql' | 'onRollback'>, name: AgendaName) {
    this.#sql = sql
    this.#table = raw(name)
    // It may have been read between what was written and what failed.
    onRollback(() => (this.#firstDueMs = undefined))
  }

  firstDueMs(): number | null {
    if (this.#firstDueMs === undefined) {
      const [first] = this.#sql<{ at: number | null }>`
        SELECT MIN(due_at_ms) AS at FROM ${this.#table}`
      this.#firstDueMs = first?.at ?? null
    }
    return this.#firstDueMs
  }

  entries(): Entry[] {
    return this.due(Number.MAX_SAFE_INTEGER, -1)
  }

  /** What is due, the first of it; -1 is no limit. */
  due(nowMs: number, limit: number): Entry[] {
    const rows = this.#sql<Row>`
      SELECT * FROM ${this.#table} WHERE due_at_ms <= ${nowMs} ORDER BY due_at_ms LIMIT ${limit}`
    return rows.map(({ generation_id: id, since_ms, tries, due_at_ms }) => ({
      id,
      sinceMs: since_ms,
      tries,
      dueMs: due_at_ms,
    }))
  }

  /** When one is due; undefined if it is not on the agenda. */
  dueMsOf(id: string): number | undefined {
    const [row] = this.#sql<{ at: number }>`
      SELECT due_at_ms AS at FROM ${this.#table} WHERE generation_id = ${id}`
    return row?.at
  }

  put({ id, sinceMs, tries, dueMs }: Entry): void {
    this.#sql`INSERT OR REPLACE INTO ${this.#table}
      VALUES (${id}, ${sinceMs}, ${tries}, ${dueMs})`
    this.#firstDueMs = undefined
  }

  /** Puts what was not there: what is due first is then known without reading all. */
  add(entry: Entry): void {
    const firstMs = this.#firstDueMs
    this.put(entry)
    if (firstMs !== undefined) this.#firstDueMs = Math.min(firstMs ?? Infinity, entry.dueMs)
  }

  remove(id: string): void {
    this.#sql`DELETE FROM ${this.#table} WHERE generation_id = ${id}`
    this.#firstDueMs = undefined
  }

  /** Has nothing be due later than that. */
  hurry(atMs: number): void {
    this.#sql`UPDATE ${this.#table} SET due_at_ms = ${atMs} WHERE due_at_ms > ${atMs}`
    this.#firstDueMs = undefined
  }

  /** Removes what is older than that. */
  forget(beforeMs: number): void {
    this.#sql`DELETE FROM ${this.#table} WHERE since_ms < ${beforeMs}`
    this.#firstDueMs = undefined
  }
}
