/**
 * The KV namespace `REQUESTS`: what is written once and read anywhere at the edge.
 *
 * | key                        | value                                              | written              |
 * |----------------------------|----------------------------------------------------|----------------------|
 * | `request:<fal request id>` | `{ account_id, generation_id }`                    | when fal accepts     |
 * | `generation:<id>`          | the settled generation, as the account keeps it    | once, when it settles |
 * | `key:<sha256>`             | the API key's record, revoked or not               | when it is made or revoked |
 *
 * KV shows a write elsewhere only after a minute or more, and remembers misses as
 * well: a missing key never means anything, and nothing is decided by one.
 */
import type { GenerationRecord } from '../domain/generation.ts'
import type { KeyRecord } from '../domain/key.ts'

export interface RequestOwner {
  readonly account_id: string
  readonly generation_id: string
}

export const requestKey = (falRequestId: string): string => `request:${falRequestId}`
export const generationKey = (id: string): string => `generation:${id}`
export const apiKeyKey = (sha256: string): string => `key:${sha256}`

/** The least that KV allows, and short enough that a deleted record is soon gone everywhere. */
const CACHE_TTL_SECONDS = 30

/** Reads only. Every write goes through an account's outbox. */
export const readRequestOwner = (kv: KVNamespace, falRequestId: string) =>
  kv.get<RequestOwner>(requestKey(falRequestId), { type: 'json', cacheTtl: CACHE_TTL_SECONDS })

export const readSettled = (kv: KVNamespace, id: string) =>
  kv.get<GenerationRecord>(generationKey(id), { type: 'json', cacheTtl: CACHE_TTL_SECONDS })

export const readApiKey = (kv: KVNamespace, sha256: string) =>
  kv.get<KeyRecord>(apiKeyKey(sha256), { type: 'json', cacheTtl: CACHE_TTL_SECONDS })
