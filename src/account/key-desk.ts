/** What an admin does with API keys, and what ends with a key. */
import { apiKeyKey } from '../adapters/requests-kv.ts'
import { type KeyRecord, keyState, MAX_KEYS } from '../domain/key.ts'
import type { StoredKey } from '../domain/account.ts'
import type { Journal } from './generations/journal.ts'
import type { Keys } from './keys.ts'
import type { Outbox } from './outbox.ts'

export interface KeyDeskParts {
  readonly journal: Journal
  readonly keys: Keys
  readonly outbox: Outbox
  /** Whatever a key made that must not go on without it. Called inside the transaction. */
  readonly onRevoked: (keyId: string) => void
  readonly closeStreams: (keyId: string) => void
}

export class KeyDesk {
  readonly #parts: KeyDeskParts

  constructor(parts: KeyDeskParts) {
    this.#parts = parts
  }

  /**
   * Keeps a new key. Where there are as many as there may be, the oldest of those that
   * have ended makes room; answers false where none has.
   */
  add(record: KeyRecord): boolean {
    const { keys } = this.#parts
    const hasRoom = keys.count() < MAX_KEYS || keys.forgetOldestEnded(Date.now())
    if (hasRoom) this.#write(record, () => undefined)
    return hasRoom
  }

  /** Ends a key and what hangs on it; undefined where there is none of that id. */
  revoke(id: string): StoredKey | undefined {
    const { keys, onRevoked, closeStreams } = this.#parts
    const record = keys.find(id)?.record
    if (record === undefined) return undefined
    if (record.revokedAtMs === null) {
      this.#write({ ...record, revokedAtMs: Date.now() }, () => onRevoked(id))
      closeStreams(id)
    }
    return keys.find(id)
  }

  /** Whether a key of this account is over: KV may know it for a minute more. */
  isOver(id: string): boolean {
    const key = this.#parts.keys.find(id)?.record
    return key !== undefined && keyState(key, Date.now()) !== 'active'
  }

  #write(record: KeyRecord, also: () => void): void {
    const { journal, keys, outbox } = this.#parts
    const value = JSON.stringify(record)
    journal.atomically(() => {
      keys.write(record)
      also()
      outbox.add({ kind: 'kv_put', key: apiKeyKey(record.hash), value }, Date.now())
    })
  }
}
