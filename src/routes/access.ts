/** Authentication and scopes: a key becomes a principal, which may or may not call a route. */
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { ACCOUNT_ID } from '../contract/id.ts'
import type { Scope } from '../contract/key.ts'
import { networkOf } from '../domain/address.ts'
import { whyNotAdmitted } from '../domain/generation/admission.ts'
import { keyState } from '../domain/key.ts'
import type { AppEnv } from './gateway.ts'
import { problem } from './problem.ts'

/** fal's own clients send `Key`. */
const AUTHORIZATION = /^(?:Bearer|Key) +([\x21-\x7e]{1,512}) *$/i

/** Rejects every request without a key, and every request if no key is configured. */
export const access = createMiddleware<AppEnv>(async (c, next) => {
  // A browser's preflight carries no key, and its answer reveals nothing.
  if (c.req.method === 'OPTIONS') return next()
  const gateway = c.get('gateway')
  if (gateway.misconfigured !== null) return problem(c, 'not_configured', gateway.misconfigured)
  const key = AUTHORIZATION.exec(c.req.header('authorization') ?? '')?.[1]
  if (key === undefined) return unauthorized(c, 'send a key as `Authorization: Bearer …`')
  const address = networkOf(c.req.header('cf-connecting-ip') ?? 'unknown')
  const caller = await gateway.authenticate(key, address)
  if (!caller.ok) {
    if (caller.error === 'unknown') return keyInvalid(c)
    const [code, detail, retryAfterSeconds] = WHY_NOT_KNOWN[caller.error]
    return problem(c, code, detail, { retryAfterSeconds })
  }
  const principal = caller.value
  const { isAdmin, keyId } = principal
  if (!isAdmin && !(await gateway.mayCall(keyId))) {
    return problem(c, 'rate_limited', 'too many requests with this key', { retryAfterSeconds: 10 })
  }
  const accountId = c.req.header('pika-account') ?? principal.accountId
  if (accountId !== principal.accountId) {
    if (!isAdmin) return problem(c, 'missing_scope', 'only ADMIN_KEY acts for another account')
    if (!ACCOUNT_ID.test(accountId)) {
      return problem(c, 'invalid_header', 'Pika-Account must be the id of an account')
    }
  }
  c.set('principal', { ...principal, accountId })
  if (isAdmin) {
    const { protocol, origin } = new URL(c.req.url)
    if (protocol === 'https:') await gateway.notePublicOrigin(origin)
  }
  return next()
})

const WHY_NOT_KNOWN = {
  unavailable: ['unavailable', 'keys cannot be looked up right now', 2],
  limited: ['rate_limited', 'too many unknown keys from this address', 60],
} as const

/**
 * Requires a scope; null requires only a key. Every route under `/v1` has one.
 *
 * @param also `client_secret` also allows the holder of a generation's client secret; the route
 * itself then limits them to that generation
 */
export const scope = (wanted: Scope | null, also?: 'client_secret') =>
  createMiddleware<AppEnv>(async (c, next) => {
    const { scopes, onlyGeneration } = c.get('principal')
    if (onlyGeneration !== null && also !== 'client_secret') {
      const detail = 'a client secret reads its own generation and nothing else'
      return problem(c, 'missing_scope', detail)
    }
    if (wanted !== null && !scopes.has(wanted)) {
      return problem(c, 'missing_scope', `this key does not have the scope ${wanted}`)
    }
    return wanted !== null && OUTLIVES_A_KEY.has(wanted) ? confirmed(c, next) : next()
  })

export const reads = scope('generations:read')
export const writes = scope('generations:write')

/** Their effects outlast the minute for which KV may still return a revoked key. */
const OUTLIVES_A_KEY: ReadonlySet<Scope> = new Set(['schedules:write', 'webhooks:write', 'admin'])

/** Asks the account whether the key is still active. Spending requests ask at their admission. */
export const confirmed = createMiddleware<AppEnv>(async (c, next) => {
  const { accountId, keyId, isAdmin } = c.get('principal')
  if (isAdmin) return next()
  const key = await c.get('gateway').account(accountId).keys.get(keyId)
  return key !== null && keyState(key.record, Date.now()) === 'active' ? next() : keyInvalid(c)
})

/** Allows only the holder of `ADMIN_KEY`: no scope of an API key is enough. */
export const operator = createMiddleware<AppEnv>(async (c, next) =>
  c.get('principal').isAdmin ? next() : problem(c, 'missing_scope', 'only ADMIN_KEY may do that'),
)

/** Refuses a request that names an account itself, and another one in its header. */
export const namesOther = (c: Context, accountId: string) => {
  if ((c.req.header('pika-account') ?? accountId) === accountId) return undefined
  return problem(c, 'invalid_header', `Pika-Account names another account than ${accountId}`)
}

const unauthorized = (c: Context, detail: string) =>
  problem(c, 'unauthorized', detail, { headers: { 'www-authenticate': 'Bearer' } })

/** One answer for every invalid key, whatever the reason. */
export const keyInvalid = (c: Context) => unauthorized(c, whyNotAdmitted({ type: 'key_invalid' }))
