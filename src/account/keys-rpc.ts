/** What the Worker can ask of an account's API keys. */
import { RpcTarget } from 'cloudflare:workers'
import type { KeysApi, StoredKey } from '../domain/account.ts'
import { type KeyRecord, type KeyState, keyState } from '../domain/key.ts'
import type { Clock } from './clock.ts'
import type { Core } from './core.ts'
import type { Keys } from './keys.ts'
import { isDoneWithin } from './patience.ts'

/** A key is shown once and used at once, so it is in KV before it is shown. */
const KV_PATIENCE_MS = 3000

export interface KeysRpcParts extends Pick<Core, 'gate'> {
  readonly keys: Keys
  readonly clock: Clock
}

export class KeysRpc extends RpcTarget implements KeysApi {
  readonly #parts: KeysRpcParts

  constructor(parts: KeysRpcParts) {
    super()
    this.#parts = parts
  }

  async add(record: KeyRecord): Promise<'added' | 'too_many'> {
    this.#parts.gate.refill()
    if (!this.#parts.keys.add(record)) return 'too_many'
    await isDoneWithin(this.#parts.clock.settleOutbox(), KV_PATIENCE_MS)
    return 'added'
  }

  async list(): Promise<StoredKey[]> {
    return this.#parts.keys.list()
  }

  async get(id: string): Promise<StoredKey | null> {
    return this.#parts.keys.find(id) ?? null
  }

  async ofHash(hash: string): Promise<KeyRecord | null> {
    return this.#parts.keys.findByHash(hash) ?? null
  }

  async revoke(id: string): Promise<StoredKey | null> {
    this.#parts.gate.refill()
    const revoked = this.#parts.keys.revoke(id)
    await isDoneWithin(this.#parts.clock.settleOutbox(), KV_PATIENCE_MS)
    return revoked ?? null
  }

  async noteUse(id: string): Promise<KeyState | 'unknown'> {
    const nowMs = Date.now()
    const stored = this.#parts.keys.find(id)
    if (stored === undefined) return 'unknown'
    this.#parts.keys.noteUse(stored, nowMs)
    return keyState(stored.record, nowMs)
  }
}
