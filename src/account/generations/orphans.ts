/**
 * Orphans: generations whose caller's connection broke before its answer left. The caller does not
 * know of them, and sends again; the same request then takes the oldest.
 */
import { isOrphan } from '../../domain/generation/orphan.ts'
import type { Core } from '../core.ts'

export const createOrphans = (sql: SqlStorage): void =>
  void sql.exec(`
  -- Who took one, and may be cut off in turn, is known until the row is forgotten.
  CREATE TABLE IF NOT EXISTS orphans (
    generation_id TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    broke_at_ms INTEGER NOT NULL,
    taken_by TEXT
  ) WITHOUT ROWID`)

/** No caller waits for longer than this. */
const KEPT_MS = 900_000

type Row = { generation_id: string; broke_at_ms: number; taken_by: string | null }

export class Orphans {
  readonly #core: Pick<Core, 'sql' | 'store' | 'transact'>
  /** Whether there may be any, so that hardly a request has to look. */
  #isAny: boolean | undefined

  constructor(core: Pick<Core, 'sql' | 'store' | 'transact'>) {
    this.#core = core
  }

  /**
   * Notes that the caller of a request is gone. The generation may be one that it took from another
   * who was, or not be admitted yet.
   *
   * @param id what the request's own generation was to be
   */
  note(id: string, fingerprint: string, nowMs: number): void {
    const { sql, transact } = this.#core
    transact(() => {
      sql.exec('DELETE FROM orphans WHERE broke_at_ms < ?', nowMs - KEPT_MS)
      const again = 'UPDATE orphans SET taken_by = NULL, broke_at_ms = ? WHERE taken_by = ?'
      if (sql.exec(again, nowMs, id).rowsWritten > 0) return
      sql.exec('INSERT OR IGNORE INTO orphans VALUES (?, ?, ?, NULL)', id, fingerprint, nowMs)
    })
    this.#isAny = true
  }

  /** Hands the oldest orphan of the same request to a caller, once; undefined where there is none. */
  take(id: string, fingerprint: string, nowMs: number): string | undefined {
    const { sql } = this.#core
    this.#isAny ??= sql.exec('SELECT 1 FROM orphans LIMIT 1').toArray().length > 0
    if (!this.#isAny) return undefined
    const oldest = sql
      .exec<Row>(
        `SELECT generation_id, broke_at_ms, taken_by FROM orphans
         WHERE fingerprint = ?1 AND (taken_by IS NULL OR taken_by = ?2)
         ORDER BY taken_by IS NULL, generation_id`,
        fingerprint,
        id,
      )
      .toArray()
      // A call that broke off is made again, and takes the same.
      .find((row) => row.taken_by === id || this.#isFree(row, nowMs))
    if (oldest === undefined) return undefined
    const take = 'UPDATE orphans SET taken_by = ? WHERE generation_id = ?'
    sql.exec(take, id, oldest.generation_id)
    return oldest.generation_id
  }

  /** What was never admitted stands for nothing. */
  #isFree({ generation_id: id, broke_at_ms: brokeAtMs }: Row, nowMs: number): boolean {
    return isOrphan(brokeAtMs, nowMs) && this.#core.store.read(id) !== undefined
  }
}
