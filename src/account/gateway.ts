/** How the Worker reaches accounts, the Directory and KV: the gateway that the routes rely on. */
import type { WebhookVerifier } from '../adapters/fal-webhook.ts'
import { logError } from '../adapters/log.ts'
import { type Macs, sameText } from '../adapters/mac.ts'
import { readApiKey, readRequestOwner, readSettled } from '../adapters/requests-kv.ts'
import type { PriceTable } from '../contract/price.ts'
import { SCOPES, type Scope } from '../contract/scope.ts'
import {
  clientSecretMessage,
  formatClientSecret,
  parseClientSecret,
} from '../domain/client-secret.ts'
import { ID_RANDOM_BYTES, makeId } from '../domain/generation-id.ts'
import { KEY_FORM, KEY_RANDOM_BYTES, keyState, makeKey } from '../domain/key.ts'
import type { Gateway, Principal } from '../routes/gateway.ts'
import { ADMIN_KEY_ID } from './admissions.ts'
import type { AccountApi } from './api.ts'
import { reachable } from './reachable.ts'

/** What of the Directory the Worker uses. */
export interface DirectoryApi {
  publicOrigin(): Promise<string | null>
  setPublicOrigin(origin: string): Promise<void>
}

/** The account that `ADMIN_KEY` acts for. */
export const DEFAULT_ACCOUNT = 'default'

export interface GatewayParts {
  readonly adminKey: string
  readonly corsOrigins: readonly string[]
  readonly limits: RateLimits
  /** Work that may outlive the request. */
  readonly afterwards: (work: Promise<unknown>) => void
  readonly keyUses: KeyUses
  readonly misconfigured: string | null
  readonly configuredOrigin: string | null
  readonly prices: PriceTable
  readonly kv: KVNamespace
  readonly macs: Macs
  readonly verifier: WebhookVerifier
  readonly account: (id: string) => AccountApi
  readonly directory: () => DirectoryApi
  readonly origins: OriginCache
}

/** Cloudflare's rate limiters: each counts by a name that it is given. */
export interface RateLimits {
  readonly perKey: (keyId: string) => Promise<boolean>
  readonly perAddress: (address: string) => Promise<boolean>
}

/** When each key's use was last told to its account, so that it is not told each time. */
export type KeyUses = Map<string, number>

/** The Directory's origin, remembered between requests: it changes about never. */
export interface OriginCache {
  origin: string | null
  readAtMs: number
}

const ORIGIN_MAX_AGE_MS = 60_000
const KEY_USE_GAP_MS = 3_600_000
const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPES)
const READ_ONLY: ReadonlySet<Scope> = new Set(['generations:read'])

export const createGateway = (parts: GatewayParts): Gateway => ({
  misconfigured: parts.misconfigured,
  prices: parts.prices,
  corsOrigins: parts.corsOrigins,
  nowMs: () => Date.now(),
  authenticate: async (key) => {
    if (await sameText(key, parts.adminKey)) {
      const keyId = ADMIN_KEY_ID
      const accountId = DEFAULT_ACCOUNT
      return { accountId, keyId, isAdmin: true, scopes: ALL_SCOPES, onlyGeneration: null }
    }
    if (KEY_FORM.test(key)) return authenticateKey(parts, key)
    return authenticateClientSecret(parts, key)
  },
  account: (id) => reachable(parts.account(id)),
  newId: (prefix) => makeId(prefix, Date.now(), random(ID_RANDOM_BYTES)),
  newKey: () => makeKey(random(KEY_RANDOM_BYTES)),
  sha256,
  signClientSecret: async (accountId, generationId, expiresAtSeconds) => {
    const message = clientSecretMessage(generationId, expiresAtSeconds)
    const mac = await parts.macs.sign('client_secret', accountId, message)
    return formatClientSecret({ accountId, generationId, expiresAtSeconds, mac })
  },
  mayCall: (keyId) => parts.limits.perKey(keyId),
  mayGuess: (address) => parts.limits.perAddress(address),
  webhookOrigin: async () => {
    if (parts.configuredOrigin !== null) return parts.configuredOrigin
    const { origins } = parts
    if (Date.now() - origins.readAtMs > ORIGIN_MAX_AGE_MS) {
      // Without the Directory there are no webhooks for a while; looks find the end too.
      const origin = await parts
        .directory()
        .publicOrigin()
        .catch(() => null)
      origins.origin = origin
      origins.readAtMs = Date.now()
    }
    return origins.origin
  },
  notePublicOrigin: async (origin) => {
    if (parts.configuredOrigin !== null || parts.origins.origin === origin) return
    try {
      await parts.directory().setPublicOrigin(origin)
      parts.origins.origin = origin
      parts.origins.readAtMs = Date.now()
    } catch (error) {
      logError('public_origin_not_kept', error)
    }
  },
  readSettled: (id) => orNull('read_settled_failed', readSettled(parts.kv, id)),
  readRequestOwner: (falRequestId) =>
    orNull('read_request_owner_failed', readRequestOwner(parts.kv, falRequestId)),
  checkCallbackMac: (accountId, generationId, mac) =>
    parts.macs.verify('callback', accountId, generationId, mac),
  checkHook: async (headers, rawBody) => {
    const verified = await parts.verifier.verify(headers, rawBody, Date.now())
    if (verified.ok) return 'valid'
    switch (verified.reason) {
      case 'too_old':
        return 'too_old'
      case 'keys_unavailable':
        return 'keys_unavailable'
      case 'headers_missing':
      case 'signature_wrong':
        return 'forged'
    }
  },
})

/** Where KV does not answer, the account itself is asked, as where KV knows nothing. */
const orNull = async <T>(event: string, read: Promise<T | null>): Promise<T | null> => {
  try {
    return await read
  } catch (error) {
    logError(event, error)
    return null
  }
}

/** The holder of an API key. Only KV is asked, so a revoked key may read for a minute more. */
const authenticateKey = async (
  parts: GatewayParts,
  key: string,
): Promise<Principal | null | 'unavailable'> => {
  const hash = await sha256(key)
  const record = await readApiKey(parts.kv, hash).catch((error: unknown) => {
    logError('read_key_failed', error)
    return 'unavailable' as const
  })
  if (record === 'unavailable') return record
  const nowMs = Date.now()
  if (record === null || keyState(record, nowMs) !== 'active') return null
  const { id: keyId, accountId } = record
  if (nowMs - (parts.keyUses.get(keyId) ?? 0) > KEY_USE_GAP_MS) {
    parts.keyUses.set(keyId, nowMs)
    parts.afterwards(parts.account(accountId).noteKeyUse(keyId))
  }
  return { accountId, keyId, isAdmin: false, scopes: new Set(record.scopes), onlyGeneration: null }
}

/** The holder of a client secret: its code is checked, and nothing is asked. */
const authenticateClientSecret = async (
  parts: GatewayParts,
  text: string,
): Promise<Principal | null> => {
  const secret = parseClientSecret(text)
  if (secret === undefined || secret.expiresAtSeconds * 1000 <= Date.now()) return null
  const { accountId, generationId, expiresAtSeconds, mac } = secret
  const message = clientSecretMessage(generationId, expiresAtSeconds)
  if (!(await parts.macs.verify('client_secret', accountId, message, mac))) return null
  const keyId = `client_secret:${generationId}`
  return { accountId, keyId, isAdmin: false, scopes: READ_ONLY, onlyGeneration: generationId }
}

const random = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes))

const sha256 = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
