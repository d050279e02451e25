/** How the Worker reaches accounts, the Directory and KV: the gateway that the routes use. */
import { parseJson, readAtMost } from '../adapters/body.ts'
import type { WebhookVerifier } from '../adapters/fal-webhook.ts'
import { log, logError } from '../adapters/log.ts'
import { sha256 } from '../adapters/mac.ts'
import { newId } from '../adapters/new-id.ts'
import { readRequestOwner, readSettled } from '../adapters/requests-kv.ts'
import { type Scope, SCOPES } from '../contract/key.ts'
import {
  clientSecretKeyId,
  formatClientSecret,
  parseClientSecret,
  permitMessage,
} from '../domain/generation/permit.ts'
import { ADMIN_KEY_ID, isOlderKey, KEY_RANDOM_BYTES, makeRandom, parseKey } from '../domain/key.ts'
import type { Gateway, Principal, Stranger } from '../routes/gateway.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { Troubles } from '../domain/trouble.ts'
import type { DirectoryObject } from './directory.ts'
import { findKeyHolder, type KeyHolderParts } from './key-holder.ts'

/** The account that `ADMIN_KEY` acts for. */
export const DEFAULT_ACCOUNT = 'default'

type Given = 'misconfigured' | 'showPage' | 'prices' | 'queueOrigin' | 'corsOrigins' | 'mayCall'

export interface GatewayParts extends KeyHolderParts {
  /** What needs only the settings and bindings, and goes to the routes as it is. */
  readonly given: Pick<Gateway, Given | 'videoSize' | 'openVideo'>
  /** Whether the gateway's own key has this SHA-256. */
  readonly isAdminKey: (hash: string) => Promise<boolean>
  /** The configured public origin; null if none is. */
  readonly publicOrigin: string | null
  readonly verifier: WebhookVerifier
  readonly directory: () => DurableObjectStub<DirectoryObject>
  /** The Directory's origin, which hardly ever changes. */
  readonly origin: Cached<string | null>
  /** Cached, since anyone may ask for the health. */
  readonly troubles: Cached<Troubles>
}

/** Kept between requests. */
export interface Cached<T> {
  value: T
  readAtMs: number
}

const ORIGIN_MAX_AGE_MS = 60_000
const TROUBLES_MAX_AGE_MS = 2000
const READ_ONLY: ReadonlySet<Scope> = new Set(['generations:read'])
const ADMIN: Principal = {
  accountId: DEFAULT_ACCOUNT,
  keyId: ADMIN_KEY_ID,
  isAdmin: true,
  scopes: new Set(SCOPES),
  onlyGeneration: null,
  expiresAtMs: null,
}

export const createGateway = (parts: GatewayParts): Gateway => ({
  ...parts.given,
  authenticate: async (key, address) => {
    const hash = await sha256(key)
    if (await parts.isAdminKey(hash)) return ok(ADMIN)
    const isKey = parseKey(key) !== undefined || isOlderKey(key)
    if (!isKey) return authenticateClientSecret(parts, key)
    return findKeyHolder(parts, key, hash, address)
  },
  account: parts.account,
  noteKeyRevoked: (revoked) => parts.keyMemory.keep(revoked.hash, revoked, Date.now()),
  newId,
  newKey: async (accountId) => {
    const chance = makeRandom(crypto.getRandomValues(new Uint8Array(KEY_RANDOM_BYTES)))
    const mac = await parts.macs.sign('api_key', accountId, chance)
    return { accountId, random: chance, mac }
  },
  sha256,
  signClientSecret: async (accountId, generationId, expiresAtSeconds) => {
    const message = permitMessage(generationId, expiresAtSeconds)
    const sig = await parts.macs.sign('client_secret', accountId, message)
    return formatClientSecret({ accountId, generationId, expiresAtSeconds, sig })
  },
  signVideo: (accountId, generationId, expiresAtSeconds) =>
    parts.macs.sign('video', accountId, permitMessage(generationId, expiresAtSeconds)),
  checkVideoAddress: async ({ accountId, generationId, sig, expiresAtSeconds }) => {
    if (expiresAtSeconds !== null && expiresAtSeconds * 1000 <= Date.now()) return false
    const message = permitMessage(generationId, expiresAtSeconds)
    return parts.macs.verify('video', accountId, message, sig)
  },
  webhookOrigin: async () => {
    const { publicOrigin, directory, origin } = parts
    if (publicOrigin !== null) return publicOrigin
    if (Date.now() - origin.readAtMs > ORIGIN_MAX_AGE_MS) {
      // If the Directory fails, the last known origin stays. Without one, polling finds the ends.
      const value = await directory()
        .publicOrigin()
        .catch(() => origin.value)
      Object.assign(origin, { value, readAtMs: Date.now() })
    }
    return origin.value
  },
  troubles: async () => {
    const { troubles: known } = parts
    if (Math.abs(Date.now() - known.readAtMs) > TROUBLES_MAX_AGE_MS) {
      known.readAtMs = Date.now()
      known.value = await parts
        .directory()
        .troubles()
        .catch((): Troubles => known.value)
    }
    return known.value
  },
  notePublicOrigin: async (origin) => {
    if (parts.publicOrigin !== null || parts.origin.value === origin) return
    try {
      await parts.directory().setPublicOrigin(origin)
      Object.assign(parts.origin, { value: origin, readAtMs: Date.now() })
    } catch (error) {
      logError('public_origin_not_kept', error)
    }
  },
  readSettled: (id) => orNull('read_settled_failed', readSettled(parts.kv, id)),
  readRequestOwner: (falRequestId) =>
    orNull('read_request_owner_failed', readRequestOwner(parts.kv, falRequestId)),
  checkCallbackMac: (accountId, generationId, mac) =>
    parts.macs.verify('callback', accountId, generationId, mac),
  readHook: async ({ headers, body }, maxBytes) => {
    const rawBody = await readAtMost(body, maxBytes)
    if (rawBody === null) return err('too_long')
    const verified = await parts.verifier.verify(headers, rawBody, Date.now())
    return verified.ok ? ok(parseJson(new TextDecoder().decode(rawBody))) : verified
  },
  log,
  logError,
})

/** If KV fails, this counts as a miss, so the account itself is asked. */
const orNull = async <T>(event: string, read: Promise<T | null>): Promise<T | null> => {
  try {
    return await read
  } catch (error) {
    logError(event, error)
    return null
  }
}

/** The holder of a client secret. Its MAC is checked, and nothing is asked. */
const authenticateClientSecret = async (
  parts: GatewayParts,
  text: string,
): Promise<Result<Principal, Stranger>> => {
  const secret = parseClientSecret(text)
  if (secret === undefined || secret.expiresAtSeconds * 1000 <= Date.now()) return err('unknown')
  const { accountId, generationId, expiresAtSeconds, sig } = secret
  const message = permitMessage(generationId, expiresAtSeconds)
  if (!(await parts.macs.verify('client_secret', accountId, message, sig))) return err('unknown')
  const expiresAtMs = expiresAtSeconds * 1000
  const who = { accountId, keyId: clientSecretKeyId(generationId), onlyGeneration: generationId }
  return ok({ ...who, isAdmin: false, scopes: READ_ONLY, expiresAtMs })
}
