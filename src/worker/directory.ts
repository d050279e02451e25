/** The only Directory: which accounts have work or trouble, and the gateway's public origin. */
import { DurableObject } from 'cloudflare:workers'
import { createSql, type Sql } from '../adapters/sql.ts'
import { sumTroubles, type Troubles } from '../domain/trouble.ts'

export const DIRECTORY_NAME = 'directory'

/** An outage affects every account; a hundred of them say as much as all. */
const MAX_TROUBLED = 100
/** An account repeats hourly what is still wrong. Trouble that is not repeated is over. */
const TROUBLES_KEPT_MS = 24 * 3600_000

export class DirectoryObject extends DurableObject<unknown> {
  readonly #sql: Sql

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env)
    this.#sql = createSql(ctx.storage.sql)
    this.#sql`
      CREATE TABLE IF NOT EXISTS busy_accounts (
        account_id TEXT PRIMARY KEY, called_at_ms INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS busy_accounts_called ON busy_accounts (called_at_ms);
      CREATE TABLE IF NOT EXISTS troubles (
        account_id TEXT PRIMARY KEY, doc TEXT NOT NULL, told_at_ms INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)`
  }

  /** Repeating a call does no harm. */
  setBusy(id: string, busy: boolean): void {
    if (!busy) this.#sql`DELETE FROM busy_accounts WHERE account_id = ${id}`
    else this.#sql`INSERT OR IGNORE INTO busy_accounts (account_id, called_at_ms) VALUES (${id}, 0)`
  }

  /** Stores what an account reports as wrong; `{}` is nothing. */
  setTroubles(accountId: string, text: string): void {
    this.#sql`DELETE FROM troubles WHERE account_id = ${accountId}`
    if (text === '{}') return
    this.#sql`INSERT INTO troubles VALUES (${accountId}, ${text}, ${Date.now()})`
  }

  /** What is wrong for any account, each with the time when it was first seen. */
  troubles(): Troubles {
    const sinceMs = Date.now() - TROUBLES_KEPT_MS
    const docs = this.#sql.column<string>`
      SELECT doc FROM troubles WHERE told_at_ms > ${sinceMs} LIMIT ${MAX_TROUBLED}`
    return sumTroubles(docs)
  }

  /** Takes the busy accounts that have waited longest for a call, and notes them as called. */
  takeBusy(nowMs: number, limit: number): string[] {
    const ids = this.#sql.column<string>`
      SELECT account_id FROM busy_accounts ORDER BY called_at_ms, account_id LIMIT ${limit}`
    for (const id of ids) {
      this.#sql`UPDATE busy_accounts SET called_at_ms = ${nowMs} WHERE account_id = ${id}`
    }
    return ids
  }

  /** The origin of the admin's last request over https; null before the first. */
  publicOrigin(): string | null {
    return this.#sql.text`SELECT value FROM meta WHERE key = 'public_origin'`
  }

  setPublicOrigin(origin: string): void {
    this.#sql`
      INSERT INTO meta (key, value) VALUES ('public_origin', ${origin})
      ON CONFLICT (key) DO UPDATE SET value = excluded.value`
  }
}
