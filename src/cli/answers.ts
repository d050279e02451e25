/** Calls of the plain typed client, read to their end: the body, or a `PikaError`. */
import type { ClientRequestOptions, ClientResponse } from 'hono/client'
import type { SuccessStatusCode } from 'hono/utils/http-status'
import { type Tried, tryOnce } from '../client/retry.ts'

/** The body that a route answers with when it succeeds. */
export type Success<R> =
  R extends ClientResponse<infer Body, infer Status, 'json'>
    ? Status extends SuccessStatusCode
      ? Body
      : never
    : never

export type JsonResponse = ClientResponse<unknown, number, 'json'>

/** A body, with the headers that it came with. */
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

/** Makes a call once, and gives what came. @throws {PikaError} */
export const read = async <R extends JsonResponse>(
  call: (options: ClientRequestOptions) => Promise<R>,
  signal: AbortSignal,
): Promise<Success<R>> => {
  const { answer, refusal } = await tryCall(call, signal)
  if (refusal !== undefined) throw refusal.error
  return answer.body
}
