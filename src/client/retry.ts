/** Reads answers, and sends a request again while its answer is lost or says to retry. */
import type { Problem } from '../contract/problem.ts'
import { networkError, PikaError } from './error.ts'
import { backOffMs, sleep, within } from './patience.ts'

interface Refusal {
  readonly error: PikaError
  /** The same request may succeed if it is sent again. */
  readonly canRetry: boolean
  /** The gateway's `Retry-After`, if it sent one. */
  readonly retryAfterMs: number | undefined
}

/** The result of sending once. */
export type Tried<T> =
  | { readonly answer: T; readonly refusal?: never }
  | { readonly answer?: never; readonly refusal: Refusal }

interface RetryOptions {
  readonly signal?: AbortSignal | undefined
  /** The key of every try, which a thrown error has too. */
  readonly idempotencyKey?: string | undefined
  /** Called before each wait. If it throws, there are no more tries. */
  readonly beforeRetry?: (error: PikaError, waitMs: number, tries: number) => void
}

const FIRST_WAIT_MS = 500
/** About a minute and a half of waits, unless the gateway asks for longer ones. */
const MAX_TRIES = 9
/** Statuses that pass, also from a proxy before a gateway that is restarting or overloaded. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504])
/** Bodies are short: one that takes longer than this is lost. */
const MAX_BODY_MS = 10_000

/** Sends once, and reads the answer. Throws only the signal's reason. */
export const tryOnce = async <R extends Response, T>(
  signal: AbortSignal | undefined,
  send: () => Promise<R>,
  read: (response: R) => Promise<T>,
): Promise<Tried<T>> => {
  try {
    const response = await send()
    if (!response.ok) return { refusal: await readRefusal(response, signal) }
    return { answer: await read(response) }
  } catch (error) {
    signal?.throwIfAborted()
    return { refusal: { error: networkError(error), canRetry: true, retryAfterMs: undefined } }
  }
}

/**
 * Sends until the gateway gives a final answer. Only for requests that are safe to repeat, such as
 * those that read or have an idempotency key.
 *
 * @throws {PikaError} the gateway's refusal, or `network`
 */
export const sendUntilAnswered = async <T>(
  { signal, idempotencyKey, beforeRetry }: RetryOptions,
  once: () => Promise<Tried<T>>,
): Promise<T> => {
  for (let tries = 1; ; tries++) {
    signal?.throwIfAborted()
    const { answer, refusal } = await once()
    if (refusal === undefined) return answer
    const { canRetry, retryAfterMs } = refusal
    const error =
      idempotencyKey === undefined ? refusal.error : refusal.error.with({ idempotencyKey })
    if (!canRetry || tries >= MAX_TRIES) throw error
    const waitMs = retryAfterMs ?? backOffMs(tries, FIRST_WAIT_MS)
    beforeRetry?.(error, waitMs, tries)
    await sleep(waitMs, signal)
  }
}

/** Throws if the body breaks off or is not JSON. */
export const readJson = async <T>(
  response: Response,
  signal: AbortSignal | undefined,
): Promise<T> => JSON.parse(await within(MAX_BODY_MS, signal, response.text()))

/** A refusal that names a generation reports how that generation ended, and is final. */
const readRefusal = async (
  response: Response,
  signal: AbortSignal | undefined,
): Promise<Refusal> => {
  const { status, headers } = response
  const canPass = PASSING.has(status)
  const retryAfterMs = readRetryAfterMs(headers.get('retry-after'))
  const requestId = headers.get('x-request-id')
  const problem = parseProblem(headers, await within(MAX_BODY_MS, signal, response.text()))
  if (problem === undefined) {
    const facts = { status, ...(requestId === null ? {} : { requestId }) }
    const error = new PikaError('network', `${status} from something that is not a gateway`, facts)
    return { error, canRetry: canPass, retryAfterMs }
  }
  const error = new PikaError(problem.code, problem.detail, { status, problem })
  // The generation that `unavailable` names may or may not exist.
  const isOwnEnd = problem.generation_id !== undefined && problem.code !== 'unavailable'
  return { error, canRetry: canPass && problem.retryable && !isOwnEnd, retryAfterMs }
}

const parseProblem = (headers: Headers, text: string): Problem | undefined => {
  if (!headers.get('content-type')?.startsWith('application/problem+json')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
const readRetryAfterMs = (value: string | null): number | undefined => {
  if (value === null) return undefined
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000
  const atMs = Date.parse(value)
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - Date.now())
}
