/** Verifies a webhook as fal's documentation tells receivers to, without the emulator's code. */

/** @param keys the `keys` of a JWKS */
export async function isSigned(
  hook: Request,
  body: string,
  keys: { x: string }[],
): Promise<boolean> {
  const header = (name: string) => hook.headers.get(`x-fal-webhook-${name}`) ?? ''
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body))
  const message = [
    header('request-id'),
    header('user-id'),
    header('timestamp'),
    Buffer.from(digest).toString('hex'),
  ].join('\n')
  for (const { x } of keys) {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x }
    const key = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['verify'])
    const signature = Buffer.from(header('signature'), 'hex')
    if (await crypto.subtle.verify('Ed25519', key, signature, Buffer.from(message))) return true
  }
  return false
}
