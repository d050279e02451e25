/** Explains a connection error that Node threw. */

/** The error and its causes, the deepest last. */
const chainOf = (error: unknown): Error[] =>
  error instanceof Error ? [error, ...chainOf(error.cause)] : []

const codeOf = (error: unknown): string | undefined =>
  chainOf(error)
    .flatMap((each) => ('code' in each && typeof each.code === 'string' ? each.code : []))
    .find((code) => /^[A-Z][A-Z_\d]+$/.test(code))

const NEVER_MADE = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/

/**
 * Whether the request certainly did not arrive. Node blocks some ports, without an error code.
 *
 * @see https://fetch.spec.whatwg.org/#port-blocking
 */
export const neverLeft = (error: unknown): boolean =>
  NEVER_MADE.test(codeOf(error) ?? '') || connectionWords(error) === 'bad port'

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
  const code = codeOf(error)
  if (code !== undefined) return CONNECTION[code] ?? code
  return chainOf(error).at(-1)?.message ?? String(error)
}
