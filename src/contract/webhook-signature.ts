/** The signatures of Standard Webhooks: symmetric, version 1. */

const encoder = new TextEncoder()

/**
 * The headers of a signed message. Each secret signs it and any of them verifies it, so that one
 * can be replaced.
 *
 * @param secrets base64 after `whsec_`
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const signedHeaders = async (
  secrets: readonly string[],
  id: string,
  timestampSeconds: number,
  body: string,
): Promise<Record<string, string>> => {
  const content = `${id}.${timestampSeconds}.${body}`
  const signatures = await Promise.all(secrets.map((secret) => sign(secret, content)))
  return {
    'content-type': 'application/json',
    'user-agent': 'pika-edge',
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signatures.join(' '),
  }
}

export const SECRET_BYTES = 32

/** @param random {@link SECRET_BYTES} random bytes */
export const makeSecret = (random: Uint8Array): string =>
  `whsec_${btoa(String.fromCharCode(...random))}`

const sign = async (secret: string, content: string): Promise<string> => {
  const bytes = Uint8Array.from(atob(secret.replace(/^whsec_/, '')), (char) => char.charCodeAt(0))
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign'])
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(content)))
  return `v1,${btoa(String.fromCharCode(...mac))}`
}
