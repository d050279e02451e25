/** Finds the holder of an API key: in the isolate's memory, then KV, then the account it names. */
import { logError } from '../adapters/log.ts'
import type { Macs } from '../adapters/mac.ts'
import { readApiKey } from '../adapters/requests-kv.ts'
import { type KeyRecord, keyState, parseKey } from '../domain/key.ts'
import type { Principal, Stranger } from '../routes/gateway.ts'
import type { AccountApi } from '../domain/account.ts'
import { err, ok, type Result } from '../domain/result.ts'

export interface KeyHolderParts {
  readonly kv: KVNamespace
  readonly macs: Macs
  readonly account: (id: string) => AccountApi
  readonly keyMemory: KeyMemory
  /** Whether an address may have one more unknown key looked up. */
  readonly mayGuess: (address: string) => Promise<boolean>
  /** Work that may outlive the request. */
  readonly afterwards: (work: Promise<unknown>) => void
}

/** As long as KV caches a read. Together, they let a revoked key read for about a minute. */
const FRESH_MS = 30_000
/** Only keys that the gateway made are kept, so a flood of others cannot push them out. */
const MAX_KEYS = 1000
const USE_GAP_MS = 3_600_000

interface Remembered {
  /** Null for a key that its account does not have. */
  readonly record: KeyRecord | null
  /** After that it is out of date: KV or the account must be asked. */
  readonly untilMs: number
  useToldAtMs: number
}

/** The API keys that one isolate remembers, by hash, which saves most requests the look-up. */
export class KeyMemory extends Map<string, Remembered> {
  /** A revoked key stays revoked, even if an older copy says otherwise. */
  keep(hash: string, record: KeyRecord | null, nowMs: number): void {
    const known = this.get(hash)
    if (known?.untilMs === Infinity) return
    const isRevoked = record !== null && record.revokedAtMs !== null
    const untilMs = isRevoked ? Infinity : nowMs + FRESH_MS
    // The key that was kept longest ago is forgotten first.
    this.delete(hash)
    this.set(hash, { record, untilMs, useToldAtMs: known?.useToldAtMs ?? -Infinity })
    const oldest = this.keys().next()
    if (this.size > MAX_KEYS && !oldest.done) this.delete(oldest.value)
  }

  noteUseTold(hash: string, atMs: number): void {
    const known = this.get(hash)
    if (known !== undefined) known.useToldAtMs = atMs
  }
}

/**
 * The holder of an API key. The answer may be a minute old: a revoked key can read for that long,
 * but cannot spend, since the account decides that.
 *
 * @param hash the key's SHA-256
 * @param address the caller's
 */
export const findKeyHolder = async (
  parts: KeyHolderParts,
  key: string,
  hash: string,
  address: string,
): Promise<Result<Principal, Stranger>> => {
  const known = parts.keyMemory.get(hash)
  const isFresh = known !== undefined && Date.now() < known.untilMs
  const found = isFresh ? ok(known.record) : await lookUp(parts, key, hash, address)
  if (!found.ok) return found
  const record = found.value
  if (record === null || keyState(record, Date.now()) !== 'active') return err('unknown')
  tellUse(parts, hash, record)
  const { id: keyId, accountId, expiresAtMs } = record
  const scopes = new Set(record.scopes)
  return ok({ accountId, keyId, isAdmin: false, scopes, onlyGeneration: null, expiresAtMs })
}

/**
 * KV has most keys. If the gateway made a key and KV does not have it, its account is asked: KV
 * lags, and may take no writes. Any other text gets one read of KV, within the limit on its
 * address, and wakes no object.
 */
const lookUp = async (
  { kv, macs, account, keyMemory, mayGuess }: KeyHolderParts,
  key: string,
  hash: string,
  address: string,
): Promise<Result<KeyRecord | null, Stranger>> => {
  const named = parseKey(key)
  // The account that a key names, if the gateway itself made the key.
  const accountId =
    named && (await macs.verify('api_key', named.accountId, named.random, named.mac))
      ? named.accountId
      : null
  if (accountId === null && !keyMemory.has(hash) && !(await mayGuess(address)))
    return err('limited')
  const inKv = await readApiKey(kv, hash).catch((error: unknown) => {
    logError('read_key_failed', error)
    return undefined
  })
  const record = inKv || accountId === null ? inKv : await account(accountId).keys.ofHash(hash)
  if (record === undefined) return err('unavailable')
  // Anyone can make up texts, which must not push real keys out of the memory.
  if (record !== null || accountId !== null) keyMemory.keep(hash, record, Date.now())
  return ok(record)
}

/**
 * Tells the account once an hour that its key is in use. The answer says whether the key is still
 * valid, which KV may not learn for days if it takes no writes.
 */
const tellUse = (
  { keyMemory, account, afterwards }: KeyHolderParts,
  hash: string,
  record: KeyRecord,
): void => {
  const nowMs = Date.now()
  const lastMs = keyMemory.get(hash)?.useToldAtMs ?? -Infinity
  if (nowMs - lastMs <= USE_GAP_MS) return
  keyMemory.noteUseTold(hash, nowMs)
  const tell = async () => {
    try {
      const state = await account(record.accountId).keys.noteUse(record.id)
      if (state === 'revoked' || state === 'unknown') {
        keyMemory.keep(hash, { ...record, revokedAtMs: nowMs }, nowMs)
      }
    } catch (error) {
      logError('note_key_use_failed', error)
      keyMemory.noteUseTold(hash, lastMs)
    }
  }
  afterwards(tell())
}
