/** Calls about the whole account: its usage, the models and its API keys. */
import type { KeyRequest, KeyView } from '../contract/key.ts'
import type { UsageView } from '../contract/usage.ts'
import type { CallOptions, Connection, PikaApi } from './connection.ts'

/** The body of a route's answer with this status. */
type AnswerOf<
  Route extends (
    ...args: never[]
  ) => Promise<{ readonly status: number; json(): Promise<unknown> }>,
  Status extends number,
> = Awaited<ReturnType<Extract<Awaited<ReturnType<Route>>, { readonly status: Status }>['json']>>

/** Days such as `2026-11-28` in the account's time zone, both included. Default: this month. */
export interface UsageOptions extends CallOptions {
  /** Also groups the usage by end user. */
  readonly include?: 'by_user' | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** The models: the inputs that they take, and their prices. */
export type Models = AnswerOf<PikaApi['v1']['models']['$get'], 200>
/** A new API key, shown only this once. */
export type CreatedKey = AnswerOf<PikaApi['v1']['keys']['$post'], 201>
/** The account's API keys. */
export type KeyList = AnswerOf<PikaApi['v1']['keys']['$get'], 200>

/** API keys of an account. These calls need the scope `admin`, or the operator's key. */
export interface Keys {
  /** Sent once: if its answer is lost, a key that nobody knows may exist; `list` shows it. */
  readonly create: (request: KeyRequest, options?: CallOptions) => Promise<CreatedKey>
  readonly list: (options?: CallOptions) => Promise<KeyList>
  readonly get: (id: string, options?: CallOptions) => Promise<KeyView>
  /** Takes effect at once for requests that spend, and within a minute for reading. */
  readonly revoke: (id: string, options?: CallOptions) => Promise<void>
}

/** Each call throws `PikaError`: the gateway's refusal, or `network`. */
export interface Account {
  /** What was spent, and what is left of the budgets. */
  readonly usage: (options?: UsageOptions) => Promise<UsageView>
  readonly models: (options?: CallOptions) => Promise<Models>
  readonly keys: Keys
}

export const createAccount = ({ askOnce, get, remove }: Connection): Account => ({
  usage: ({ from, to, include, signal } = {}) => get(['usage'], { signal }, { from, to, include }),
  models: (options) => get(['models'], options),
  keys: {
    create: (request, options) => askOnce('POST', ['keys'], request, options),
    list: (options) => get(['keys'], options),
    get: (id, options) => get(['keys', id], options),
    revoke: (id, options) => remove(['keys', id], options),
  },
})
