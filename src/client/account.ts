/** What concerns the whole account: what it spent, what it may ask for, and its API keys. */
import type { KeyRequest, KeyView } from '../contract/key.ts'
import type { UsageView } from '../contract/usage.ts'
import type { AnswerOf, PikaApi } from './api.ts'
import { type Ask, askOnce, askToDelete, type CallOptions, query } from './ask.ts'
import type { Call } from './connection.ts'

/** Days of the account's time zone such as `2026-11-28`, both included. Default: this month. */
export interface UsageOptions extends CallOptions {
  /** Tells the end users apart as well. */
  readonly include?: 'by_user' | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** What can be asked for, and what it costs. */
export type Models = AnswerOf<PikaApi['v1']['models']['$get'], 200>
/** An API key as it is made: shown this once. */
export type CreatedKey = AnswerOf<PikaApi['v1']['keys']['$post'], 201>
/** The API keys of an account. */
export type KeyList = AnswerOf<PikaApi['v1']['keys']['$get'], 200>

/** API keys of an account. It takes the scope `admin`, or the operator's own key. */
export interface Keys {
  /** Sent once: a lost answer may have made a key that nobody knows, which `list` shows. */
  readonly create: (request: KeyRequest, options?: CallOptions) => Promise<CreatedKey>
  readonly list: (options?: CallOptions) => Promise<KeyList>
  readonly get: (id: string, options?: CallOptions) => Promise<KeyView>
  /** Revokes it: at once for all that spends, and within a minute for reading. */
  readonly revoke: (id: string, options?: CallOptions) => Promise<void>
}

/** Each throws `PikaError`, with the gateway's refusal or `network`. */
export interface Account {
  /** What was spent, against the budget. */
  readonly usage: (options?: UsageOptions) => Promise<UsageView>
  readonly models: (options?: CallOptions) => Promise<Models>
  readonly keys: Keys
}

export const createAccount = (ask: Ask, call: Call): Account => ({
  usage: ({ from, to, include, ...options } = {}) =>
    ask('GET', `/v1/usage${query({ from, to, include })}`, undefined, options),
  models: (options) => ask('GET', '/v1/models', undefined, options),
  keys: {
    create: (request, options) => askOnce(call, 'POST', PATH, request, options),
    list: (options) => ask('GET', PATH, undefined, options),
    get: (id, options) => ask('GET', keyPath(id), undefined, options),
    revoke: (id, options) => askToDelete(call, keyPath(id), options),
  },
})

const PATH = '/v1/keys'
const keyPath = (id: string): string => `${PATH}/${encodeURIComponent(id)}`
