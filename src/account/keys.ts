/** The account's API keys. This list decides whether a key may spend. */
import { apiKeyKey } from '../adapters/requests-kv.ts'
import type { StoredKey } from '../domain/account.ts'
import { type KeyRecord, keyState, MAX_KEYS, readKey } from '../domain/key.ts'
import type { Core } from './core.ts'
import type { Sql } from './sql.ts'

export interface KeyListener {
  /** Called inside the transaction that revokes the key. */
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

  join(...listeners: readonly KeyListener[]): void {
    this.#listeners.push(...listeners)
  }

  /**
   * Stores a new key. At the limit, it replaces the oldest key that has ended; false if none has.
   */
  add(record: KeyRecord): boolean {
    const hasRoom = this.#count() < MAX_KEYS || this.#forgetOldestEnded(Date.now())
    if (hasRoom) this.#keep(record, () => undefined)
    return hasRoom
  }

  /** Ends a key and what depends on it; undefined if there is no such key. */
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

  /** Whether a key of this account has ended. KV may still list it for a minute. */
  hasEnded(id: string): boolean {
    const key = this.find(id)?.record
    return key !== undefined && keyState(key, Date.now()) !== 'active'
  }

  find(id: string): StoredKey | undefined {
    const row = this.#sql<Row>`SELECT doc, last_used_at_ms FROM keys WHERE id = ${id}`[0]
    return row && parse(row)
  }

  findByHash(hash: string): KeyRecord | undefined {
    // Must match the index's expression word for word, or SQLite reads every key.
    const row = this.#sql<Row>`SELECT doc, last_used_at_ms FROM keys
      WHERE doc ->> '$.hash' = ${hash}`[0]
    return row && parse(row).record
  }

  #count(): number {
    return this.#sql<{ keys: number }>`SELECT COUNT(*) AS keys FROM keys`[0]?.keys ?? 0
  }

  #forgetOldestEnded(nowMs: number): boolean {
    const ended = this.#sql`DELETE FROM keys WHERE id = (SELECT id FROM keys
      WHERE doc ->> '$.revokedAtMs' IS NOT NULL OR doc ->> '$.expiresAtMs' <= ${nowMs} ORDER BY id
      LIMIT 1) RETURNING id`
    return ended.length > 0
  }

  list(): StoredKey[] {
    return this.#sql<Row>`SELECT doc, last_used_at_ms FROM keys ORDER BY id DESC`.map(parse)
  }

  /** Notes a key's use once a minute at most, since each note writes a row. */
  noteUse({ record: { id }, lastUsedAtMs }: StoredKey, nowMs: number): void {
    if (lastUsedAtMs !== null && nowMs - lastUsedAtMs < USE_GAP_MS) return
    this.#sql`UPDATE keys SET last_used_at_ms = ${nowMs} WHERE id = ${id}`
  }

  /** Stores a key and queues it for KV; `also` runs in the same transaction. */
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
