/** Explains a connection error that Node threw. */

export const connectionCode = (error: unknown): string | undefined => {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && /^[A-Z][A-Z_\d]+$/.test(at.code)) {
      return at.code
    }
  }
  return undefined
}

const NEVER_MADE: ReadonlySet<string | undefined> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/**
 * Whether the request certainly did not arrive. Node blocks some ports, without an error code.
 *
 * @see https://fetch.spec.whatwg.org/#port-blocking
 */
export const neverLeft = (error: unknown): boolean =>
  NEVER_MADE.has(connectionCode(error)) || connectionWords(error) === 'bad port'

const CONNECTION: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing is listening there',
  ENOTFOUND: 'the host is unknown',
  EAI_AGAIN: 'the host cannot be looked up right now',
  ECONNRESET: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  ETIMEDOUT: 'it does not answer',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be verified',
}

/** Why a connection failed: the words for its code, else the message of its deepest cause. */
export const connectionWords = (error: unknown): string => {
  const code = connectionCode(error)
  if (code !== undefined) return CONNECTION[code] ?? code
  let at = error
  while (at instanceof Error && at.cause instanceof Error) at = at.cause
  return at instanceof Error ? at.message : String(at)
}
