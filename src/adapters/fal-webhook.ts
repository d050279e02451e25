/** Verifies that a webhook is from fal: its Ed25519 signature over the raw body, and its age. */
import * as z from 'zod/mini'
import { err, ok, type Result } from '../domain/result.ts'
import { parseJson, readText } from './body.ts'
import { sha256 } from './mac.ts'

/** fal's own limit for the difference between its clock and the receiver's. */
const MAX_SKEW_SECONDS = 300
/** fal asks receivers not to cache its keys for longer. */
const KEYS_MAX_AGE_MS = 24 * 60 * 60 * 1000
/** Forged webhooks can make the gateway fetch fal's keys at most this often. */
const REFETCH_COOL_DOWN_MS = 60_000
const FETCH_TIMEOUT_MS = 5000
const MAX_FETCHES_AT_ONCE = 8
const MAX_KEYS_BYTES = 1024 * 1024

/** Whom the webhook is for and which request it reports, or why it is rejected. */
export type Verified = Result<
  { readonly userId: string; readonly requestId: string },
  'headers_missing' | 'too_old' | 'signature_wrong' | 'keys_unavailable'
>

export type WebhookVerifier = ReturnType<typeof createWebhookVerifier>

const jwks = z.looseObject({ keys: z.array(z.unknown()) })
const publicKey = z.looseObject({
  kty: z.optional(z.literal('OKP')),
  crv: z.optional(z.literal('Ed25519')),
  x: z.string(),
})

/**
 * Verifies against the key set at `jwksUrl`, cached for a day. A signature that no cached key fits
 * causes one fetch, then none for a minute. Keys of an unknown kind are skipped, since a key set
 * may contain them.
 *
 * @see https://docs.fal.ai/model-endpoints/webhooks
 */
export const createWebhookVerifier = (jwksUrl: string, send: typeof fetch) => {
  let keys: readonly Awaited<ReturnType<typeof importKey>>[] = []
  let fetchedAtMs = Number.NEGATIVE_INFINITY
  let triedAtMs = Number.NEGATIVE_INFINITY
  let fetching = 0

  /**
   * Fetches the keys again; false if it failed or may not. Requests do not share a fetch, since the
   * runtime drops it with the request that began it.
   */
  const refresh = async (nowMs: number): Promise<boolean> => {
    const sinceMs = nowMs - triedAtMs
    // A negative difference means that the clock was set back, not that a fetch was just tried.
    const isTooSoon = sinceMs >= 0 && sinceMs < REFETCH_COOL_DOWN_MS
    if (isTooSoon || fetching >= MAX_FETCHES_AT_ONCE) return false
    fetching++
    try {
      const response = await send(jwksUrl, {
        signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
        redirect: 'manual',
      })
      const text = await readText(response.body, MAX_KEYS_BYTES)
      const parsed = jwks.parse(parseJson(text ?? ''))
      const imported = await Promise.allSettled(parsed.keys.map(importKey))
      const usable = imported.flatMap((key) => (key.status === 'fulfilled' ? [key.value] : []))
      if (usable.length === 0) return false
      keys = usable
      fetchedAtMs = nowMs
      return true
    } catch {
      return false
    } finally {
      triedAtMs = nowMs
      fetching--
    }
  }

  const fits = async (message: Uint8Array, signature: Uint8Array) => {
    for (const key of keys) {
      if (await crypto.subtle.verify('Ed25519', key, signature, message)) return true
    }
    return false
  }

  return {
    /** Checks headers, age and signature, in this order. Never throws. */
    verify: async (headers: Headers, rawBody: ArrayBuffer, nowMs: number): Promise<Verified> => {
      const hook = readHeaders(headers)
      if (hook === undefined) return err('headers_missing')
      const { requestId, userId, timestamp, signature } = hook
      if (Math.abs(nowMs / 1000 - Number(timestamp)) > MAX_SKEW_SECONDS) return err('too_old')
      // Each on a line, the body as its hex SHA-256.
      const lines = [requestId, userId, timestamp, await sha256(rawBody)]
      const message = new TextEncoder().encode(lines.join('\n'))
      // Absolute: after a clock that was ahead is set right, keys must not be kept for ever.
      const areOld = () => Math.abs(nowMs - fetchedAtMs) > KEYS_MAX_AGE_MS
      if (areOld()) await refresh(nowMs)
      if (areOld()) keys = []
      const verified =
        (await fits(message, signature)) ||
        ((await refresh(nowMs)) && (await fits(message, signature)))
      if (verified) return ok({ userId, requestId })
      // Without any key, nothing can be verified; fal will try again.
      return err(keys.length === 0 ? 'keys_unavailable' : 'signature_wrong')
    },
  }
}

const importKey = async (key: unknown) => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey.parse(key).x }
  return crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['verify'])
}

const readHeaders = (headers: Headers) => {
  const names = ['request-id', 'user-id', 'timestamp', 'signature']
  const [requestId, userId, timestamp, hex] = names.map((n) => headers.get(`x-fal-webhook-${n}`))
  if (!requestId || !userId || !timestamp || !hex) return undefined
  // A signature of another length makes `verify` throw, so it is rejected here.
  if (!/^\d{1,12}$/.test(timestamp) || !/^[0-9a-f]{128}$/i.test(hex)) return undefined
  const signature = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
  return { requestId, userId, timestamp, signature }
}
