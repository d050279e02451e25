/**
 * The KV namespace `REQUESTS`: written once, read anywhere at the edge.
 *
 * | key                        | value                                              | written              |
 * |----------------------------|----------------------------------------------------|----------------------|
 * | `request:<fal request id>` | `{ account_id, generation_id }`                    | when fal accepts; an entry never changes its owner |
 * | `generation:<id>`          | the settled generation, as the account stores it    | when it settles, and when another of its jobs ends |
 * | `key:<sha256>`             | the API key's record, revoked or not               | when it is made or revoked |
 *
 * KV shows a write elsewhere only after a minute or more, and caches misses as well: a missing key
 * proves nothing, and nothing is decided by one.
 */
import { readDocument } from '../domain/document.ts'
import { readGeneration } from '../domain/generation/generation.ts'
import { readKey } from '../domain/key.ts'
import { log } from './log.ts'

export interface RequestOwner {
  readonly account_id: string
  readonly generation_id: string
}

export const requestKey = (falRequestId: string): string => `request:${falRequestId}`
export const generationKey = (id: string): string => `generation:${id}`
export const apiKeyKey = (sha256: string): string => `key:${sha256}`

/** The minimum of KV, and short enough that a deleted record is soon gone everywhere. */
const CACHE_TTL_SECONDS = 30

/** Every write goes through an account's outbox. */
export const readRequestOwner = (kv: KVNamespace, falRequestId: string) =>
  read<RequestOwner>(kv, requestKey(falRequestId), readDocument)

export const readSettled = (kv: KVNamespace, id: string) =>
  read(kv, generationKey(id), readGeneration)

export const readApiKey = (kv: KVNamespace, sha256: string) => read(kv, apiKeyKey(sha256), readKey)

const read = async <T>(
  kv: KVNamespace,
  key: string,
  document: (text: string) => T,
): Promise<T | null> => {
  const text = await kv.get(key, { cacheTtl: CACHE_TTL_SECONDS })
  return text === null ? null : document(text)
}

/**
 * Writes an entry, but never takes a request id from its owner: a generation may be made up to take
 * another's. KV has no compare-and-set. Of two that write a new entry within the time that KV needs
 * to show a write, the later one stays; nobody takes it after that.
 */
export const putEntry = async (kv: KVNamespace, key: string, value: string): Promise<void> => {
  if (key.startsWith(requestKey(''))) {
    const owner = await kv.get(key, { cacheTtl: CACHE_TTL_SECONDS })
    if (owner !== null && owner !== value) {
      log('request_id_has_another_owner', { key })
      return
    }
  }
  await kv.put(key, value)
}
