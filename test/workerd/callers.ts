/** Callers with their own keys, and callers of Workers whose environment a test has changed. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createApp } from '../../src/app.ts'
import { type KeyRequest, type KeyView, SCOPES } from '../../src/contract/key.ts'
import worker from '../../src/index.ts'
import { stub } from './inside.ts'
import * as api from './api.ts'

export type MadeKey = KeyView & { readonly key: string }

/** A key that may do everything for the account `studio`; tests may vary it. */
export const KEY: KeyRequest = { account_id: 'studio', name: 'a test', scopes: [...SCOPES] }

/** Makes a key with the gateway's own key. */
export const makeKey = async (changes: Partial<KeyRequest> = {}): Promise<MadeKey> => {
  const response = await api.post('/v1/keys', { ...KEY, ...changes })
  if (response.status !== 201) throw new Error(`no key: ${await response.text()}`)
  return response.json()
}

/** Makes a key, and returns it with a client that sends it. */
export const newCaller = async (changes: Partial<KeyRequest> = {}) => {
  const made = await makeKey(changes)
  return { ...api.holderOf(made.key), made }
}

/** Revokes a key of the account `studio` with the gateway's own key. */
export const revoke = (id: string): Promise<Response> =>
  api.call(`/v1/keys/${id}`, { method: 'DELETE', headers: { 'pika-account': 'studio' } })

/** Revokes the only key in KV but leaves KV stale, as it is for a while far from here. */
export const revokeElsewhere = async (id: string): Promise<void> => {
  const [{ name } = { name: '' }] = (await env.REQUESTS.list({ prefix: 'key:' })).keys
  const stale = (await env.REQUESTS.get(name)) ?? ''
  await stub('studio').keys.revoke(id)
  await env.REQUESTS.put(name, stale)
}

/** The hash in hexadecimal digits. */
export const sha256 = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The Worker's environment with a variable or a binding replaced. */
export const changedEnv = (changes: Record<string, unknown>): Env =>
  Object.assign(Object.create(null), env, changes)

/** Every route that the Worker answers, without its middleware. */
export const ROUTES = createApp(() => {
  throw new Error('only its routes are looked at')
}).routes.filter(({ method }) => method !== 'ALL')

/** The real KV and accounts, which report each read and each account that is called. */
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

/** Calls a Worker in an environment, and waits for the work that it does after its answer. */
export const callIn = async (given: Env, path: string, init: Asking = {}): Promise<Response> => {
  const context = createExecutionContext()
  const headers = { ...api.AUTHORIZATION, ...Object.fromEntries(new Headers(init.headers)) }
  const asked = { ...init, headers }
  const response = await worker.fetch(new Request(api.ORIGIN + path, asked), given, context)
  await waitOnExecutionContext(context)
  return response
}

/** The same, in an environment with some changes. */
export const callWith = (
  changes: Record<string, unknown>,
  path: string,
  init: Asking = {},
): Promise<Response> => callIn(changedEnv(changes), path, init)
