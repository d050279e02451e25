/** The only Directory: which accounts have work or trouble, and the gateway's public origin. */
import { DurableObject } from 'cloudflare:workers'
import { readTroubles, sumTroubles, type Troubles } from '../domain/trouble.ts'

export const DIRECTORY_NAME = 'directory'

/** An outage affects every account; a hundred of them say as much as all. */
const MAX_TROUBLED = 100
/** An account repeats hourly what is still wrong. Trouble that is not repeated is over. */
const TROUBLES_KEPT_MS = 24 * 3600_000

export class DirectoryObject extends DurableObject<unknown> {
  readonly #sql: SqlStorage

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS busy_accounts (
         account_id TEXT PRIMARY KEY,
         called_at_ms INTEGER NOT NULL
       ) WITHOUT ROWID;
       CREATE INDEX IF NOT EXISTS busy_accounts_called ON busy_accounts (called_at_ms);
       CREATE TABLE IF NOT EXISTS troubles (
         account_id TEXT PRIMARY KEY, doc TEXT NOT NULL, told_at_ms INTEGER NOT NULL)
         WITHOUT ROWID;
       CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)`,
    )
  }

  /** Repeating a call does no harm. */
  setBusy(accountId: string, busy: boolean): void {
    if (busy) {
      this.#sql.exec(
        'INSERT OR IGNORE INTO busy_accounts (account_id, called_at_ms) VALUES (?, 0)',
        accountId,
      )
    } else {
      this.#sql.exec('DELETE FROM busy_accounts WHERE account_id = ?', accountId)
    }
  }

  /** Stores what an account reports as wrong; `{}` is nothing. */
  setTroubles(accountId: string, text: string): void {
    this.#sql.exec('DELETE FROM troubles WHERE account_id = ?', accountId)
    if (text === '{}') return
    this.#sql.exec('INSERT INTO troubles VALUES (?, ?, ?)', accountId, text, Date.now())
  }

  /** What is wrong for any account, each with the time when it was first seen. */
  troubles(): Troubles {
    const rows = this.#sql
      .exec<{ doc: string }>(
        'SELECT doc FROM troubles WHERE told_at_ms > ? LIMIT ?',
        Date.now() - TROUBLES_KEPT_MS,
        MAX_TROUBLED,
      )
      .toArray()
    return sumTroubles(rows.map(({ doc }) => readTroubles(doc)))
  }

  /** Takes the busy accounts that have waited longest for a call, and notes them as called. */
  takeBusy(nowMs: number, limit: number): string[] {
    const ids = this.#sql
      .exec<{ account_id: string }>(
        'SELECT account_id FROM busy_accounts ORDER BY called_at_ms, account_id LIMIT ?',
        limit,
      )
      .toArray()
      .map((row) => row.account_id)
    for (const id of ids) {
      this.#sql.exec('UPDATE busy_accounts SET called_at_ms = ? WHERE account_id = ?', nowMs, id)
    }
    return ids
  }

  /** The origin of the admin's last request over https; null before the first. */
  publicOrigin(): string | null {
    const row = this.#sql
      .exec<{ value: string }>(`SELECT value FROM meta WHERE key = 'public_origin'`)
      .toArray()[0]
    return row?.value ?? null
  }

  setPublicOrigin(origin: string): void {
    this.#sql.exec(
      `INSERT INTO meta (key, value) VALUES ('public_origin', ?)
       ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
      origin,
    )
  }
}
