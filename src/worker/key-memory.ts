/** The API keys that one isolate remembers, which saves most requests the look-up. */
import type { KeyRecord } from '../domain/key.ts'

/** As long as KV caches a read. Together, they let a revoked key read for about a minute. */
const FRESH_MS = 30_000
/** Only keys that the gateway made are kept, so a flood of others cannot push them out. */
const MAX_KEYS = 1000

interface Remembered {
  /** Null for a key that its account does not have. */
  readonly record: KeyRecord | null
  readonly untilMs: number
  readonly useToldAtMs: number
}

export class KeyMemory {
  readonly #keys = new Map<string, Remembered>()

  /** Whether the key is remembered, even if what is known of it is out of date. */
  has(hash: string): boolean {
    return this.#keys.has(hash)
  }

  /** What is known of a key and still fresh; undefined if KV or the account must be asked. */
  find(hash: string, nowMs: number): KeyRecord | null | undefined {
    const known = this.#keys.get(hash)
    return known !== undefined && nowMs < known.untilMs ? known.record : undefined
  }

  /** A revoked key stays revoked, even if an older copy says otherwise. */
  keep(hash: string, record: KeyRecord | null, nowMs: number): void {
    const known = this.#keys.get(hash)
    if (known?.untilMs === Infinity) return
    const untilMs = isRevoked(record) ? Infinity : nowMs + FRESH_MS
    this.#set(hash, { record, untilMs, useToldAtMs: known?.useToldAtMs ?? -Infinity })
  }

  useToldAtMs(hash: string): number {
    return this.#keys.get(hash)?.useToldAtMs ?? -Infinity
  }

  noteUseTold(hash: string, atMs: number): void {
    const known = this.#keys.get(hash)
    if (known !== undefined) this.#set(hash, { ...known, useToldAtMs: atMs })
  }

  /** The key that was set longest ago is forgotten first. */
  #set(hash: string, known: Remembered): void {
    this.#keys.delete(hash)
    this.#keys.set(hash, known)
    const oldest = this.#keys.keys().next()
    if (this.#keys.size > MAX_KEYS && !oldest.done) this.#keys.delete(oldest.value)
  }
}

const isRevoked = (record: KeyRecord | null): boolean =>
  record !== null && record.revokedAtMs !== null
