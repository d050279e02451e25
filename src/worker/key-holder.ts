/** Finds the holder of an API key: in the isolate's memory, then KV, then the account it names. */
import { logError } from '../adapters/log.ts'
import type { Macs } from '../adapters/mac.ts'
import { readApiKey } from '../adapters/requests-kv.ts'
import { isOlderKey, type KeyRecord, keyState, parseKey } from '../domain/key.ts'
import type { Principal, Stranger } from '../routes/gateway.ts'
import type { AccountApi } from '../domain/account.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { KeyMemory } from './key-memory.ts'

export interface KeyHolderParts {
  readonly kv: KVNamespace
  readonly macs: Macs
  readonly account: (id: string) => AccountApi
  readonly keyMemory: KeyMemory
  /** Whether an address may have one more key looked up that nobody here has heard of. */
  readonly mayGuess: (address: string) => Promise<boolean>
  /** Work that may outlive the request. */
  readonly afterwards: (work: Promise<unknown>) => void
}

/** A key that somebody sent, its SHA-256, and where it came from. */
interface Shown {
  readonly key: string
  readonly hash: string
  readonly address: string
}

const USE_GAP_MS = 3_600_000

/** Whether a text has the form of an API key, made today or before keys named their account. */
export const looksLikeKey = (text: string): boolean =>
  parseKey(text) !== undefined || isOlderKey(text)

/**
 * The holder of an API key. What is answered may be a minute old: a revoked key may read
 * for that long, and spends nothing, since the account decides that.
 */
export const findKeyHolder = async (
  parts: KeyHolderParts,
  shown: Shown,
): Promise<Result<Principal, Stranger>> => {
  const { hash } = shown
  const known = parts.keyMemory.find(hash, Date.now())
  const found = known === undefined ? await lookUp(parts, shown) : ok(known)
  if (!found.ok) return found
  const record = found.value
  if (record === null || keyState(record, Date.now()) !== 'active') return err('unknown')
  tellUse(parts, hash, record)
  const { id: keyId, accountId, scopes, expiresAtMs } = record
  return ok({
    accountId,
    keyId,
    isAdmin: false,
    scopes: new Set(scopes),
    onlyGeneration: null,
    expiresAtMs,
  })
}

/**
 * KV knows most keys. One that the gateway made and KV does not know is asked of its
 * account: KV lags, and may take no writes. Any other text is worth one read of KV, as
 * far as the limit on its address goes, and wakes nobody.
 */
const lookUp = async (
  parts: KeyHolderParts,
  { key, hash, address }: Shown,
): Promise<Result<KeyRecord | null, Stranger>> => {
  const { kv, keyMemory, mayGuess } = parts
  const accountId = await accountNamedIn(parts, key)
  if (accountId === null && !keyMemory.has(hash) && !(await mayGuess(address)))
    return err('limited')
  const inKv = await readApiKey(kv, hash).catch((error: unknown) => {
    logError('read_key_failed', error)
    return undefined
  })
  const record =
    inKv || accountId === null ? inKv : await parts.account(accountId).keys.ofHash(hash)
  if (record === undefined) return err('unavailable')
  // Anybody can make up texts, and they must not push real keys out of the memory.
  if (record !== null || accountId !== null) keyMemory.keep(hash, record, Date.now())
  return ok(record)
}

/** The account that a key names, if the gateway itself wrote that name. */
const accountNamedIn = async ({ macs }: KeyHolderParts, key: string): Promise<string | null> => {
  const text = parseKey(key)
  if (text === undefined) return null
  const { accountId, random, mac } = text
  return (await macs.verify('api_key', accountId, random, mac)) ? accountId : null
}

/**
 * Tells the account once an hour that its key is in use. It answers whether the key still
 * counts, which KV may not learn for days if it takes no writes.
 */
const tellUse = (parts: KeyHolderParts, hash: string, record: KeyRecord): void => {
  const { keyMemory } = parts
  const nowMs = Date.now()
  const lastMs = keyMemory.useToldAtMs(hash)
  if (nowMs - lastMs <= USE_GAP_MS) return
  keyMemory.noteUseTold(hash, nowMs)
  const tell = async () => {
    try {
      const state = await parts.account(record.accountId).keys.noteUse(record.id)
      if (state === 'revoked' || state === 'unknown') {
        keyMemory.keep(hash, { ...record, revokedAtMs: nowMs }, nowMs)
      }
    } catch (error) {
      logError('note_key_use_failed', error)
      keyMemory.noteUseTold(hash, lastMs)
    }
  }
  parts.afterwards(tell())
}
