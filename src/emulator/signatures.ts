/** Signs webhooks as fal does: Ed25519 over ids, timestamp and the hash of the raw body. */

interface SignedFields {
  requestId: string
  userId: string
  timestampSeconds: number
  body: string
}

export interface PublicKey {
  kty: 'OKP'
  crv: 'Ed25519'
  use: 'sig'
  x: string
}

export interface PrivateKey extends Pick<PublicKey, 'kty' | 'crv' | 'x'> {
  d: string
}

export interface Signer {
  /** Headers that make `body` a webhook signed with this key. */
  sign(fields: SignedFields): Promise<Record<string, string>>
  publicKey(): Promise<PublicKey>
  /** For making the same signer again. */
  privateKey(): Promise<PrivateKey>
}

/** @param saved the key; by default a new one, made at its first use */
export function createSigner(saved?: PrivateKey): Signer {
  let pair: ReturnType<typeof generate> | undefined
  const keys = () => (pair ??= saved === undefined ? generate() : load(saved))

  return {
    async sign({ requestId, userId, timestampSeconds, body }) {
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body))
      const message = [requestId, userId, `${timestampSeconds}`, hex(digest)].join('\n')
      const { privateKey } = await keys()
      const bytes = new TextEncoder().encode(message)
      const signature = await crypto.subtle.sign('Ed25519', privateKey, bytes)
      return {
        'content-type': 'application/json',
        'x-fal-webhook-request-id': requestId,
        'x-fal-webhook-user-id': userId,
        'x-fal-webhook-timestamp': `${timestampSeconds}`,
        'x-fal-webhook-signature': hex(signature),
      }
    },
    async publicKey() {
      const { x = '' } = await crypto.subtle.exportKey('jwk', (await keys()).publicKey)
      return { kty: 'OKP', crv: 'Ed25519', use: 'sig', x }
    },
    async privateKey() {
      const { x = '', d = '' } = await crypto.subtle.exportKey('jwk', (await keys()).privateKey)
      return { kty: 'OKP', crv: 'Ed25519', x, d }
    },
  }
}

async function generate() {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new TypeError('Ed25519 returned a single key')
  return pair
}

async function load({ d, ...rest }: PrivateKey) {
  const privateKey = await crypto.subtle.importKey('jwk', { ...rest, d }, 'Ed25519', true, ['sign'])
  const publicKey = await crypto.subtle.importKey('jwk', rest, 'Ed25519', true, ['verify'])
  return { privateKey, publicKey }
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
