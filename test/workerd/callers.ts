/** Callers with keys of their own, for the tests about who may do what. */
import { createExecutionContext, runInDurableObject, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { AccountObject } from '../../src/account/account.ts'
import { createFalQueue } from '../../src/adapters/fal-queue.ts'
import { noAnswer } from '../../src/adapters/standard-webhooks.ts'
import { modelInput } from '../../src/contract/input.ts'
import type { KeyRequest, KeyView } from '../../src/contract/key.ts'
import { SCOPES } from '../../src/contract/scope.ts'
import type { AdmitRequest } from '../../src/domain/account.ts'
import type { KeyRecord } from '../../src/domain/key.ts'
import worker, { Account } from '../../src/index.ts'
import { stub } from './inside.ts'
import { readSettings } from '../../src/worker/settings.ts'
import * as api from './api.ts'

export type MadeKey = KeyView & { readonly key: string }

/** What a test may vary of a key that may do everything for the account `studio`. */
export const KEY: KeyRequest = { account_id: 'studio', name: 'a test', scopes: [...SCOPES] }

/** A key as an account keeps it. */
export const KEY_RECORD: KeyRecord = {
  id: 'key_a',
  accountId: 'default',
  name: 'a test',
  prefix: '',
  hash: '',
  scopes: ['generations:write'],
  dailyBudgetMicrousd: null,
  monthlyBudgetMicrousd: null,
  createdAtMs: 0,
  expiresAtMs: null,
  revokedAtMs: null,
}

/** Makes a key with the gateway's own key. */
export const makeKey = async (changes: Partial<KeyRequest> = {}): Promise<MadeKey> => {
  const response = await api.post('/v1/keys', { ...KEY, ...changes })
  if (response.status !== 201) throw new Error(`no key: ${await response.text()}`)
  return response.json()
}

/** A new key of an account, and who holds it. */
export const newCaller = async (changes: Partial<KeyRequest> = {}) => {
  const made = await makeKey(changes)
  return { ...api.holderOf(made.key), made }
}

/** Revokes a key of the account `studio` with the gateway's own key. */
export const revokeOfStudio = (id: string): Promise<Response> =>
  api.call(`/v1/keys/${id}`, { method: 'DELETE', headers: { 'pika-account': 'studio' } })

/** Revokes the one key that KV knows where KV does not learn of it, as far from here. */
export const revokeElsewhere = async (id: string): Promise<void> => {
  const [{ name } = { name: '' }] = (await env.REQUESTS.list({ prefix: 'key:' })).keys
  const stale = (await env.REQUESTS.get(name)) ?? ''
  await stub('studio').keys.revoke(id)
  await env.REQUESTS.put(name, stale)
}

/** In hexadecimal digits. */
export const sha256 = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The Worker's environment with some of it replaced: a variable, or a binding that fails. */
export const changedEnv = (changes: Record<string, unknown>): Env =>
  Object.assign(Object.create(null), env, changes)

/** Works with an account whose environment differs, on the storage that the account has. */
export const inAccount = <T>(
  changes: Record<string, unknown>,
  work: (account: Account, state: DurableObjectState) => Promise<T>,
): Promise<T> =>
  runInDurableObject(stub(), (_, state) => work(new Account(state, changedEnv(changes)), state))

/** KV and accounts as they are, which tell of each read and of each account that is called. */
export const listening = (told: {
  readonly onRead: (key: string) => void
  readonly onAccount: (id: string) => void
}) => ({
  REQUESTS: {
    get: (key: string, options: { cacheTtl: number }) => {
      told.onRead(key)
      return env.REQUESTS.get(key, options)
    },
  },
  ACCOUNTS: {
    getByName: (id: string) => {
      told.onAccount(id)
      return env.ACCOUNTS.getByName(id)
    },
  },
})

export type Asking = Pick<RequestInit, 'method' | 'headers' | 'body'>

/** Calls a Worker in an environment, and waits for what it does after it answered. */
export const callIn = async (given: Env, path: string, init: Asking = {}): Promise<Response> => {
  const context = createExecutionContext()
  const response = await worker.fetch(
    new Request(api.ORIGIN + path, {
      ...init,
      headers: { ...api.AUTHORIZATION, ...Object.fromEntries(new Headers(init.headers)) },
    }),
    given,
    context,
  )
  await waitOnExecutionContext(context)
  return response
}

/** The same in an environment that differs from that of the other tests. */
export const callWith = (
  changes: Record<string, unknown>,
  path: string,
  init: Asking = {},
): Promise<Response> => callIn(changedEnv(changes), path, init)

type AccountWorld = ConstructorParameters<typeof AccountObject>[2]

/** The queue of a fal that accepts whatever it is sent as the request `new`. */
export const acceptingQueue = (onFetch: () => void = () => undefined) =>
  createFalQueue({
    queueUrl: readSettings(env).queueUrl,
    credentials: env.FAL_KEY,
    fetch: async () => {
      onFetch()
      return Response.json({ request_id: 'new' })
    },
  })

/** An account whose surroundings answer nothing, but for what a test puts in their place. */
export const aloneWith = (
  state: DurableObjectState,
  given: Partial<AccountWorld> & Pick<AccountWorld, 'fal'>,
): AccountObject =>
  new AccountObject(state, env, {
    ...readSettings(env),
    deliver: async () => undefined,
    webhookUrl: async () => 'https://gateway.test/hook',
    videoSig: async () => 'sig',
    copyVideo: null,
    history: async () => ({ type: 'no_answer' }),
    bills: null,
    ownerOf: async () => null,
    sendWebhook: async () => noAnswer('unreachable'),
    ...given,
  })

/** A request as the Worker hands it to the account, whose caller waits for so long. */
export const asked = (id: string, prompt: string, patienceMs = 10_000): AdmitRequest => ({
  id,
  accountId: 'default',
  keyId: 'admin',
  idempotency: null,
  webhookOrigin: 'https://gateway.test',
  patience: { for: 'answer', ms: patienceMs },
  input: modelInput.parse({ prompt }),
  metadata: {},
})
