/** Calls of the plain typed client, made once, or until those that spend are answered. */
import type { ClientRequestOptions, ClientResponse } from 'hono/client'
import type { SuccessStatusCode } from 'hono/utils/http-status'
import { sendUntilAnswered, type Tried, tryOnce } from '../client/retry.ts'
import { neverLeft } from './connection-words.ts'
import { Interrupted } from './interrupt.ts'

export type Success<R> =
  R extends ClientResponse<infer Body, infer Status, 'json'>
    ? Status extends SuccessStatusCode
      ? Body
      : never
    : never

export type JsonResponse = ClientResponse<unknown, number, 'json'>

export interface Received<Body> {
  readonly body: Body
  readonly headers: Headers
}

/** No answer of the gateway takes this long: a POST is answered within 10 s. */
const MAX_ANSWER_MS = 30_000

/** Makes a call once. Throws the signal's reason alone. */
export const tryCall = async <R extends JsonResponse>(
  call: (options: ClientRequestOptions) => Promise<R>,
  signal: AbortSignal | undefined,
  headers: Record<string, string> = {},
): Promise<Tried<Received<Success<R>>>> => {
  const late = AbortSignal.timeout(MAX_ANSWER_MS)
  const both = signal === undefined ? late : AbortSignal.any([signal, late])
  return tryOnce(
    signal,
    () => call({ headers, init: { signal: both } }),
    async (response) => {
      const body: Success<R> = JSON.parse(await response.text())
      return { body, headers: response.headers }
    },
  )
}

export interface Spent<Body> {
  readonly body: Body
  /** The key had been used: this is what came of it then. */
  readonly isReplayed: boolean
}

/**
 * Sends under an idempotency key. What cannot be reached at all is an error at once; what
 * may have arrived is sent again. Without a signal, an interruption does not cut it off.
 *
 * @throws {PikaError} with the key in it
 */
export const spend = async <R extends JsonResponse>(
  say: (line: string) => void,
  idempotencyKey: string,
  signal: AbortSignal | undefined,
  call: (options: ClientRequestOptions) => Promise<R>,
): Promise<Spent<Success<R>>> => {
  try {
    const { body, headers } = await sendUntilAnswered(
      {
        signal,
        idempotencyKey,
        beforeRetry: (error, waitMs, tries) => {
          if (tries === 1 && neverLeft(error)) throw error
          const seconds = Math.ceil(waitMs / 1000)
          say(`${error.message}; sending it again in ${seconds} s, which never pays twice`)
        },
      },
      () => tryCall(call, signal, { 'idempotency-key': idempotencyKey }),
    )
    return { body, isReplayed: headers.get('idempotent-replayed') === 'true' }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    throw new Interrupted(error.exitCode, [
      'It may have reached the gateway already. To follow it without paying twice, run',
      `the same command again with --idempotency-key ${idempotencyKey}`,
    ])
  }
}
