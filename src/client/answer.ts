/** Reads answers. An unsuccessful one becomes an error, with whether and when to retry. */
import type { Problem } from '../contract/problem.ts'
import { PikaError } from './error.ts'
import { within } from './patience.ts'

export interface Refusal {
  readonly error: PikaError
  /** The same request may succeed if it is sent again. */
  readonly canRetry: boolean
  /** The gateway's `Retry-After`, if it sent one. */
  readonly retryAfterMs: number | undefined
}

/** Statuses that pass, also from a proxy before a gateway that is restarting or overloaded. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504])

/** Bodies are short: one that takes longer than this is lost. */
const MAX_BODY_MS = 10_000

/** A refusal that names a generation reports how that generation ended, and is final. */
export const readRefusal = async (
  response: Response,
  signal: AbortSignal | undefined,
): Promise<Refusal> => {
  const { status } = response
  const retryAfterMs = readRetryAfterMs(response.headers.get('retry-after'))
  const requestId = response.headers.get('x-request-id')
  const text = await within(MAX_BODY_MS, signal, response.text())
  const problem = parseProblem(response, text)
  if (problem === undefined) {
    const error = new PikaError('network', `${status} from something that is not a gateway`, {
      status,
      ...(requestId === null ? {} : { requestId }),
    })
    return { error, canRetry: PASSING.has(status), retryAfterMs }
  }
  const error = new PikaError(problem.code, problem.detail, { status, problem })
  // The generation that `unavailable` names may or may not exist.
  const isOwnEnd = problem.generation_id !== undefined && problem.code !== 'unavailable'
  return { error, canRetry: PASSING.has(status) && problem.retryable && !isOwnEnd, retryAfterMs }
}

/** Throws if the body breaks off or is not JSON. */
export const readBody = async <T>(
  response: Response,
  signal: AbortSignal | undefined,
): Promise<T> => {
  const body: T = JSON.parse(await within(MAX_BODY_MS, signal, response.text()))
  return body
}

/** For a call without an answer, or with an incomplete one. */
export const networkError = (cause: unknown): PikaError => {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new PikaError('network', `the gateway did not answer: ${reason}`, { cause })
}

const parseProblem = ({ headers }: Response, text: string): Problem | undefined => {
  if (!headers.get('content-type')?.startsWith('application/problem+json')) return undefined
  try {
    const problem: Problem = JSON.parse(text)
    return problem
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
