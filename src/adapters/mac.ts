/** Message authentication codes, each derived from the signing key for one purpose and account. */
import { toBase62 } from '../domain/base62.ts'

/** What a code is for. One made for a purpose is worth nothing for another. */
export type MacPurpose = 'callback' | 'client_secret' | 'api_key'

export interface Macs {
  /** 22 URL-safe characters that only the holder of the signing key can make. */
  sign(purpose: MacPurpose, accountId: string, message: string): Promise<string>
  /** Whether `mac` was made with the current key, or one of those before it. */
  verify(purpose: MacPurpose, accountId: string, message: string, mac: string): Promise<boolean>
}

const encoder = new TextEncoder()
/** 128 bits: nobody guesses that, and URLs stay short. */
const MAC_BYTES = 16
const MAC_CHARS = 22

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** How a code is written: in a key, which is cut apart at `_`, it has none. */
const WRITE: Readonly<Record<MacPurpose, (bytes: Uint8Array) => string>> = {
  callback: base64url,
  client_secret: base64url,
  api_key: (bytes) => toBase62(bytes, MAC_CHARS),
}

/** `previousKeys` stay valid for checking while keys are rotated. */
export const createMacs = (signingKey: string, previousKeys: readonly string[] = []): Macs => ({
  sign: (purpose, accountId, message) => mac(signingKey, purpose, accountId, message),
  verify: async (purpose, accountId, message, given) => {
    for (const key of [signingKey, ...previousKeys]) {
      if (await sameText(await mac(key, purpose, accountId, message), given)) return true
    }
    return false
  },
})

/**
 * Whether two texts are the same, in a time that tells nothing about where they
 * differ: both are hashed first, so their lengths do not show either.
 */
export const sameText = async (left: string, right: string): Promise<boolean> => {
  const [a, b] = await Promise.all([sha256(left), sha256(right)])
  let difference = 0
  for (let index = 0; index < a.length; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0)
  return difference === 0
}

const sha256 = async (text: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)))

const mac = async (key: string, purpose: MacPurpose, accountId: string, message: string) => {
  const root = await hmac(encoder.encode(key), `pika-edge/${purpose}/${accountId}`)
  return WRITE[purpose]((await hmac(root, message)).slice(0, MAC_BYTES))
}

const hmac = async (key: Uint8Array, message: string) => {
  const imported = await crypto.subtle.importKey(
    'raw',
    key,
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, encoder.encode(message)))
}
