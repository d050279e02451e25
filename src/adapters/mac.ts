/** Message authentication codes, from a key derived for each purpose and account; and SHA-256. */
import { toBase62 } from '../domain/key.ts'

/** A MAC made for one purpose is worthless for another. */
export type MacPurpose = 'callback' | 'client_secret' | 'api_key' | 'video'

export interface Macs {
  /** 22 URL-safe characters that only the holder of the signing key can make. */
  sign(purpose: MacPurpose, accountId: string, message: string): Promise<string>
  /** Whether `mac` was made with the present signing key or a previous one. */
  verify(purpose: MacPurpose, accountId: string, message: string, mac: string): Promise<boolean>
}

const encoder = new TextEncoder()
/** 128 bits: beyond guessing, and URLs stay short. */
const MAC_BYTES = 16
const MAC_CHARS = 22

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** API keys are split at `_`, so their MACs contain none. */
const written = (purpose: MacPurpose, bytes: Uint8Array): string =>
  purpose === 'api_key' ? toBase62(bytes, MAC_CHARS) : base64url(bytes)

/**
 * `previousKeys` stay valid for verifying while keys are rotated. The result caches its derived
 * keys, so create it once for many MACs.
 */
export const createMacs = (signingKey: string, previousKeys: readonly string[] = []): Macs => {
  const sign = createSigner(signingKey)
  const signers = [sign, ...previousKeys.map(createSigner)]
  return {
    sign,
    verify: async (purpose, accountId, message, given) => {
      for (const each of signers) {
        if (sameText(await each(purpose, accountId, message), given)) return true
      }
      return false
    },
  }
}

/**
 * Compares two texts in a time that does not reveal where they differ. It does reveal whether their
 * lengths are equal, so the length must be no secret.
 */
export const sameText = (left: string, right: string): boolean => {
  if (left.length !== right.length) return false
  let difference = 0
  for (let index = 0; index < left.length; index++) {
    difference |= left.charCodeAt(index) ^ right.charCodeAt(index)
  }
  return difference === 0
}

/** Anyone can send account names in made-up keys, so the cache is bounded. */
const MAX_DERIVED = 1000

/** Signs with one signing key. A derived key is imported once, not for each MAC. */
const createSigner = (signingKey: string): Macs['sign'] => {
  const derived = new Map<string, HmacKey>()
  const derive = async (name: string): Promise<HmacKey> => {
    const root = await importKey(encoder.encode(signingKey))
    const key = await importKey(await hmac(root, name))
    if (derived.size >= MAX_DERIVED) derived.clear()
    derived.set(name, key)
    return key
  }
  return async (purpose, accountId, message) => {
    const name = `pika-edge/${purpose}/${accountId}`
    const code = await hmac(derived.get(name) ?? (await derive(name)), message)
    return written(purpose, code.slice(0, MAC_BYTES))
  }
}

type HmacKey = Awaited<ReturnType<typeof importKey>>

const importKey = (key: Uint8Array) =>
  crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])

const hmac = async (key: HmacKey, message: string) =>
  new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(message)))

/** In hex. */
export const sha256 = async (data: string | ArrayBuffer): Promise<string> => {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
