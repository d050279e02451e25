/** The API keys that one isolate remembers, so that not every request has to ask for its key. */
import type { KeyRecord } from '../domain/key.ts'

/** As long as KV caches a read: a revoked key reads for about a minute, the two together. */
const FRESH_MS = 30_000
/** Only keys that the gateway made get in, so no flood of others can push them out. */
const MAX_KEYS = 1000

interface Remembered {
  /** Null for a key that its account does not have. */
  readonly record: KeyRecord | null
  readonly untilMs: number
  readonly useToldAtMs: number
}

export class KeyMemory {
  readonly #keys = new Map<string, Remembered>()

  /** Whether the key was ever found here, however long ago. */
  has(hash: string): boolean {
    return this.#keys.has(hash)
  }

  /** What is known of a key and still holds; undefined if somebody must be asked. */
  find(hash: string, nowMs: number): KeyRecord | null | undefined {
    const known = this.#keys.get(hash)
    return known !== undefined && nowMs < known.untilMs ? known.record : undefined
  }

  /** Keeps what was found out. A revoked key stays revoked, whatever an older copy says. */
  keep(hash: string, record: KeyRecord | null, nowMs: number): void {
    const known = this.#keys.get(hash)
    if (known?.untilMs === Infinity) return
    const untilMs = isRevoked(record) ? Infinity : nowMs + FRESH_MS
    this.#set(hash, { record, untilMs, useToldAtMs: known?.useToldAtMs ?? -Infinity })
  }

  /** When the key's use was last told to its account. */
  useToldAtMs(hash: string): number {
    return this.#keys.get(hash)?.useToldAtMs ?? -Infinity
  }

  noteUseTold(hash: string, atMs: number): void {
    const known = this.#keys.get(hash)
    if (known !== undefined) this.#set(hash, { ...known, useToldAtMs: atMs })
  }

  /** The last one set is the last one to be forgotten. */
  #set(hash: string, known: Remembered): void {
    this.#keys.delete(hash)
    this.#keys.set(hash, known)
    const oldest = this.#keys.keys().next()
    if (this.#keys.size > MAX_KEYS && !oldest.done) this.#keys.delete(oldest.value)
  }
}

const isRevoked = (record: KeyRecord | null): boolean =>
  record !== null && record.revokedAtMs !== null
