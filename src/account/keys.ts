/** The account's own list of API keys: the one that decides whether a key may spend. */
import type { KeyRecord } from '../domain/key.ts'
import type { StoredKey } from '../domain/account.ts'

type Row = { doc: string; last_used_at_ms: number | null }

const parse = (row: Row): StoredKey => ({
  record: JSON.parse(row.doc) as KeyRecord,
  lastUsedAtMs: row.last_used_at_ms,
})

export class Keys {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  find(id: string): StoredKey | undefined {
    const row = this.#sql
      .exec<Row>('SELECT doc, last_used_at_ms FROM keys WHERE id = ?', id)
      .toArray()[0]
    return row && parse(row)
  }

  findByHash(hash: string): KeyRecord | undefined {
    // Word for word what the index is on, or SQLite reads them all.
    const row = this.#sql
      .exec<Row>("SELECT doc, last_used_at_ms FROM keys WHERE doc ->> '$.hash' = ?", hash)
      .toArray()[0]
    return row && parse(row).record
  }

  count(): number {
    return this.#sql.exec<{ keys: number }>('SELECT COUNT(*) AS keys FROM keys').one().keys
  }

  /** Forgets the oldest key that is revoked or expired; answers whether there was one. */
  forgetOldestEnded(nowMs: number): boolean {
    const ended = this.#sql.exec(
      `DELETE FROM keys WHERE id = (
         SELECT id FROM keys
         WHERE doc ->> '$.revokedAtMs' IS NOT NULL OR doc ->> '$.expiresAtMs' <= ?
         ORDER BY id LIMIT 1
       ) RETURNING id`,
      nowMs,
    )
    return ended.toArray().length > 0
  }

  /** All of them, the newest first. */
  list(): StoredKey[] {
    return this.#sql
      .exec<Row>('SELECT doc, last_used_at_ms FROM keys ORDER BY id DESC')
      .toArray()
      .map(parse)
  }

  write(record: KeyRecord): void {
    this.#sql.exec(
      `INSERT INTO keys (id, doc) VALUES (?, ?)
       ON CONFLICT (id) DO UPDATE SET doc = excluded.doc`,
      record.id,
      JSON.stringify(record),
    )
  }

  noteUse(id: string, nowMs: number): void {
    this.#sql.exec('UPDATE keys SET last_used_at_ms = ? WHERE id = ?', nowMs, id)
  }
}
