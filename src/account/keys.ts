/** The account's API keys. This list decides whether a key may spend. */
import { apiKeyKey } from '../adapters/requests-kv.ts'
import type { KeysApi, StoredKey } from '../domain/account.ts'
import { type KeyRecord, keyState, MAX_KEYS, readKey } from '../domain/key.ts'
import type { Core } from './core.ts'
import { isDoneWithin } from './patience.ts'
import { rpcTarget } from './rpc.ts'
import { type Fragment, part } from '../adapters/sql.ts'

export interface KeyListener {
  /** Called inside the transaction that revokes the key. */
  onRevoked?(keyId: string): void
  afterRevoked?(keyId: string): void
}

const USE_GAP_MS = 60_000
/** A key is shown once and used at once, so it goes to KV before it is shown. */
const KV_PATIENCE_MS = 3000

export type Keys = ReturnType<typeof createKeys>

export const createKeys = ({ sql, gate, journal, outbox }: Core) => {
  const listeners: KeyListener[] = []

  const select = (which: Fragment): StoredKey[] =>
    sql<{ doc: string; at: number | null }>`
      SELECT doc, last_used_at_ms AS at FROM keys ${which}`.map(({ doc, at }) => ({
      record: readKey(doc),
      lastUsedAtMs: at,
    }))

  const find = (id: string): StoredKey | undefined => select(part`WHERE id = ${id}`)[0]

  const forgetOldestEnded = (nowMs: number): boolean => {
    const ended = sql`DELETE FROM keys WHERE id = (SELECT id FROM keys
      WHERE doc ->> '$.revokedAtMs' IS NOT NULL OR doc ->> '$.expiresAtMs' <= ${nowMs} ORDER BY id
      LIMIT 1) RETURNING id`
    return ended.length > 0
  }

  /** Stores a key and queues it for KV; `also` runs in the same transaction. */
  const keep = (record: KeyRecord, also?: () => void): void => {
    const nowMs = Date.now()
    const value = JSON.stringify(record)
    journal.atomically(record.accountId, nowMs, () => {
      sql`INSERT INTO keys (id, doc) VALUES (${record.id}, ${value})
        ON CONFLICT (id) DO UPDATE SET doc = excluded.doc`
      also?.()
      outbox.add({ kind: 'kv_put', key: apiKeyKey(record.hash), value }, nowMs)
    })
  }

  /** Notes a key's use once a minute at most, since each note writes a row. */
  const noteUse = ({ record: { id }, lastUsedAtMs }: StoredKey, nowMs: number): void => {
    if (lastUsedAtMs !== null && nowMs - lastUsedAtMs < USE_GAP_MS) return
    sql`UPDATE keys SET last_used_at_ms = ${nowMs} WHERE id = ${id}`
  }

  const untilInKv = () => isDoneWithin(outbox.drain(Date.now), KV_PATIENCE_MS)

  return {
    join: (...more: readonly KeyListener[]): void => void listeners.push(...more),
    /** Whether a key of this account has ended. KV may still list it for a minute. */
    hasEnded: (id: string): boolean => {
      const key = find(id)?.record
      return key !== undefined && keyState(key, Date.now()) !== 'active'
    },
    find,
    noteUse,
    rpc: rpcTarget<KeysApi>({
      /** At the limit, a new key replaces the oldest key that has ended. */
      add: async (record) => {
        gate.refill()
        const count = sql.number`SELECT COUNT(*) FROM keys` ?? 0
        if (count >= MAX_KEYS && !forgetOldestEnded(Date.now())) return 'too_many'
        keep(record)
        await untilInKv()
        return 'added'
      },
      list: () => select(part`ORDER BY id DESC`),
      get: (id) => find(id) ?? null,
      // Must match the index's expression word for word, or SQLite reads every key.
      ofHash: (hash) => select(part`WHERE doc ->> '$.hash' = ${hash}`)[0]?.record ?? null,
      /** Ends a key and what depends on it. */
      revoke: async (id) => {
        gate.refill()
        const record = find(id)?.record
        if (record?.revokedAtMs === null) {
          keep({ ...record, revokedAtMs: Date.now() }, () => {
            for (const listener of listeners) listener.onRevoked?.(id)
          })
          for (const listener of listeners) listener.afterRevoked?.(id)
        }
        const revoked = find(id) ?? null
        await untilInKv()
        return revoked
      },
      noteUse: (id) => {
        const nowMs = Date.now()
        const stored = find(id)
        if (stored === undefined) return 'unknown'
        noteUse(stored, nowMs)
        return keyState(stored.record, nowMs)
      },
    }),
  }
}
