/** How the Worker reaches accounts, the Directory and KV: the gateway that the routes rely on. */
import type { WebhookVerifier } from '../adapters/fal-webhook.ts'
import { logError } from '../adapters/log.ts'
import { type Macs, sameText } from '../adapters/mac.ts'
import { readRequestOwner, readSettled } from '../adapters/requests-kv.ts'
import type { PriceTable } from '../contract/price.ts'
import { ID_RANDOM_BYTES, makeId } from '../domain/generation-id.ts'
import type { Gateway } from '../routes/gateway.ts'
import type { AccountApi } from './api.ts'

/** What of the Directory the Worker uses. */
export interface DirectoryApi {
  publicOrigin(): Promise<string | null>
  setPublicOrigin(origin: string): Promise<void>
}

/** The account that `ADMIN_KEY` acts for. */
export const DEFAULT_ACCOUNT = 'default'

export interface GatewayParts {
  readonly adminKey: string
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

/** The Directory's origin, remembered between requests: it changes about never. */
export interface OriginCache {
  origin: string | null
  readAtMs: number
}

const ORIGIN_MAX_AGE_MS = 60_000

export const createGateway = (parts: GatewayParts): Gateway => ({
  misconfigured: parts.misconfigured,
  prices: parts.prices,
  authenticate: async (key) =>
    (await sameText(key, parts.adminKey))
      ? { accountId: DEFAULT_ACCOUNT, keyId: 'admin', isAdmin: true }
      : null,
  account: parts.account,
  newGenerationId: () =>
    makeId('gen', Date.now(), crypto.getRandomValues(new Uint8Array(ID_RANDOM_BYTES))),
  fingerprint: async (text) => {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
  },
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
  readSettled: (id) => readSettled(parts.kv, id),
  readRequestOwner: (falRequestId) => readRequestOwner(parts.kv, falRequestId),
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
