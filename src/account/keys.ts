/** The account's API keys. This list decides whether a key may spend. */
import { apiKeyKey } from '../adapters/requests-kv.ts'
import type { StoredKey } from '../domain/account.ts'
import { type KeyRecord, keyState, MAX_KEYS, readKey } from '../domain/key.ts'
import type { Core } from './core.ts'
import type { Sql } from './sql.ts'

/** What ends with a key, or must not go on without it. */
export interface KeyListener {
  /** Inside the transaction that revokes it. */
  onRevoked?(keyId: string): void
  afterRevoked?(keyId: string): void
}

const USE_GAP_MS = 60_000

type Row = { doc: string; last_used_at_ms: number | null }

const parse = (row: Row): StoredKey => ({
  record: readKey(row.doc),
  lastUsedAtMs: row.last_used_at_ms,
})

export class Keys {
  readonly #core: Pick<Core, 'journal' | 'outbox'>
  readonly #sql: Sql
  readonly #listeners: KeyListener[] = []

  constructor(core: Pick<Core, 'sql' | 'journal' | 'outbox'>) {
    this.#core = core
    this.#sql = core.sql
  }

  /** Has listeners told of every key that is revoked from now on. */
  join(...listeners: readonly KeyListener[]): void {
    this.#listeners.push(...listeners)
  }

  /**
   * Keeps a new key. If there are as many as there may be, the oldest of those that have
   * ended makes room; answers false if none has.
   */
  add(record: KeyRecord): boolean {
    const hasRoom = this.#count() < MAX_KEYS || this.#forgetOldestEnded(Date.now())
    if (hasRoom) this.#keep(record, () => undefined)
    return hasRoom
  }

  /** Ends a key and what depends on it; undefined if there is none of that id. */
  revoke(id: string): StoredKey | undefined {
    const record = this.find(id)?.record
    if (record === undefined) return undefined
    if (record.revokedAtMs === null) {
      this.#keep({ ...record, revokedAtMs: Date.now() }, () => {
        for (const listener of this.#listeners) listener.onRevoked?.(id)
      })
      for (const listener of this.#listeners) listener.afterRevoked?.(id)
    }
    return this.find(id)
  }

  /** Whether a key of this account has ended: KV may know it for a minute more. */
  hasEnded(id: string): boolean {
    const key = this.find(id)?.record
    return key !== undefined && keyState(key, Date.now()) !== 'active'
  }

  find(id: string): StoredKey | undefined {
    const row = this.#sql<Row>`SELECT doc, last_used_at_ms FROM keys WHERE id = ${id}`[0]
    return row && parse(row)
  }

  findByHash(hash: string): KeyRecord | undefined {
    // Word for word what the index is on, or SQLite reads them all.
    const row = this.#sql<Row>`SELECT doc, last_used_at_ms FROM keys
      WHERE doc ->> '$.hash' = ${hash}`[0]
    return row && parse(row).record
  }

  #count(): number {
    return this.#sql<{ keys: number }>`SELECT COUNT(*) AS keys FROM keys`[0]?.keys ?? 0
  }

  /** Forgets the oldest key that is revoked or expired; answers whether there was one. */
  #forgetOldestEnded(nowMs: number): boolean {
    const ended = this.#sql`DELETE FROM keys WHERE id = (SELECT id FROM keys
      WHERE doc ->> '$.revokedAtMs' IS NOT NULL OR doc ->> '$.expiresAtMs' <= ${nowMs} ORDER BY id
      LIMIT 1) RETURNING id`
    return ended.length > 0
  }

  list(): StoredKey[] {
    return this.#sql<Row>`SELECT doc, last_used_at_ms FROM keys ORDER BY id DESC`.map(parse)
  }

  /** Notes that a key is in use, to the minute: each note is a row written. */
  noteUse({ record: { id }, lastUsedAtMs }: StoredKey, nowMs: number): void {
    if (lastUsedAtMs !== null && nowMs - lastUsedAtMs < USE_GAP_MS) return
    this.#sql`UPDATE keys SET last_used_at_ms = ${nowMs} WHERE id = ${id}`
  }

  /** Writes a key here and owes it to KV; `also` runs inside the same transaction. */
  #keep(record: KeyRecord, also: () => void): void {
    const { journal, outbox } = this.#core
    const nowMs = Date.now()
    const value = JSON.stringify(record)
    journal.atomically(record.accountId, nowMs, () => {
      this.#sql`INSERT INTO keys (id, doc) VALUES (${record.id}, ${value})
        ON CONFLICT (id) DO UPDATE SET doc = excluded.doc`
      also()
      outbox.add({ kind: 'kv_put', key: apiKeyKey(record.hash), value }, nowMs)
    })
  }
}
