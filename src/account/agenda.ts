/** What is to be asked about generations now and then: since when, how often so far, and when next. */
import type { Core } from './core.ts'

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
  readonly #sql: SqlStorage
  readonly #name: AgendaName
  /** When the first entry is due, as the table has it; undefined until it is read. */
  #firstDueMs: number | null | undefined

  constructor({ sql, onRollback }: Pick<Core, 'sql' | 'onRollback'>, name: AgendaName) {
    this.#sql = sql
    this.#name = name
    // It may have been read between what was written and what failed.
    onRollback(() => (this.#firstDueMs = undefined))
  }

  firstDueMs(): number | null {
    if (this.#firstDueMs === undefined) {
      const first = `SELECT MIN(due_at_ms) AS at FROM ${this.#name}`
      this.#firstDueMs = this.#sql.exec<{ at: number | null }>(first).one().at
    }
    return this.#firstDueMs
  }

  entries(): Entry[] {
    return this.due(Number.MAX_SAFE_INTEGER, -1)
  }

  /** What is due, the first of it; -1 is no limit. */
  due(nowMs: number, limit: number): Entry[] {
    const due = `SELECT * FROM ${this.#name} WHERE due_at_ms <= ? ORDER BY due_at_ms LIMIT ?`
    const rows = this.#sql.exec<Row>(due, nowMs, limit).toArray()
    return rows.map(({ generation_id: id, since_ms, tries, due_at_ms }) => ({
      id,
      sinceMs: since_ms,
      tries,
      dueMs: due_at_ms,
    }))
  }

  /** When one is due; undefined if it is not on the agenda. */
  dueMsOf(id: string): number | undefined {
    const due = `SELECT due_at_ms FROM ${this.#name} WHERE generation_id = ?`
    return this.#sql.exec<{ due_at_ms: number }>(due, id).toArray()[0]?.due_at_ms
  }

  put({ id, sinceMs, tries, dueMs }: Entry): void {
    const put = `INSERT OR REPLACE INTO ${this.#name} VALUES (?, ?, ?, ?)`
    this.#sql.exec(put, id, sinceMs, tries, dueMs)
    this.#firstDueMs = undefined
  }

  /** Puts what was not there: what is due first is then known without reading all. */
  add(entry: Entry): void {
    const firstMs = this.#firstDueMs
    this.put(entry)
    if (firstMs !== undefined) this.#firstDueMs = Math.min(firstMs ?? Infinity, entry.dueMs)
  }

  remove(id: string): void {
    this.#sql.exec(`DELETE FROM ${this.#name} WHERE generation_id = ?`, id)
    this.#firstDueMs = undefined
  }

  /** Has nothing be due later than that. */
  hurry(atMs: number): void {
    this.#sql.exec(`UPDATE ${this.#name} SET due_at_ms = ? WHERE due_at_ms > ?`, atMs, atMs)
    this.#firstDueMs = undefined
  }

  /** Removes what is older than that. */
  forget(beforeMs: number): void {
    this.#sql.exec(`DELETE FROM ${this.#name} WHERE since_ms < ?`, beforeMs)
    this.#firstDueMs = undefined
  }
}
