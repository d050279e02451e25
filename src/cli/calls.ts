/** Calls the typed client once, or until the gateway answers, and explains why it did not. */
import type { ClientRequestOptions, ClientResponse } from 'hono/client'
import type { SuccessStatusCode } from 'hono/utils/http-status'
import { sendUntilAnswered, tryOnce } from '../client/retry.ts'
import { Interrupted } from './exit-codes.ts'

export type Success<R> =
  R extends ClientResponse<infer Body, SuccessStatusCode, 'json'> ? Body : never

export type JsonResponse = ClientResponse<unknown, number, 'json'>

/** Calls a method of the typed client, such as `api.me.$get`. */
export type Send<R extends JsonResponse> = (init: ClientRequestOptions) => Promise<R>

/** The gateway never takes this long to answer: a POST takes 10 s at most. */
const MAX_ANSWER_MS = 30_000

/** Makes a call once. Throws only the signal's reason. */
export const tryCall = async <R extends JsonResponse>(
  send: Send<R>,
  signal: AbortSignal | undefined,
  headers: Record<string, string> = {},
) => {
  const late = AbortSignal.timeout(MAX_ANSWER_MS)
  const both = signal === undefined ? late : AbortSignal.any([signal, late])
  return tryOnce(
    signal,
    () => send({ headers, init: { signal: both } }),
    async (response) => {
      const body: Success<R> = JSON.parse(await response.text())
      /** The key had been used before: the body is the earlier request's result. */
      const isReplayed = response.headers.get('idempotent-replayed') === 'true'
      return { body, isReplayed }
    },
  )
}

/**
 * Sends a request under an idempotency key. Throws at once if the gateway cannot be reached at
 * all; sends again if the request may have arrived. Without a signal, Ctrl-C does not abort it.
 *
 * @throws {PikaError} with the key in it
 */
export const spend = async <R extends JsonResponse>(
  say: (line: string) => void,
  idempotencyKey: string,
  signal: AbortSignal | undefined,
  send: Send<R>,
) => {
  try {
    return await sendUntilAnswered(
      {
        signal,
        idempotencyKey,
        beforeRetry: (error, waitMs, tries) => {
          if (tries === 1 && neverLeft(error)) throw error
          const seconds = Math.ceil(waitMs / 1000)
          say(`${error.message}; sending again in ${seconds} s, which never pays twice`)
        },
      },
      () => tryCall(send, signal, { 'idempotency-key': idempotencyKey }),
    )
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    throw new Interrupted(error.exitCode, [
      'The request may have reached the gateway. To follow it without paying twice, run',
      `the same command again with --idempotency-key ${idempotencyKey}`,
    ])
  }
}

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
