/** What an answer that is no success means: an error, and whether and when to ask again. */
import type { Problem } from '../contract/problem-document.ts'
import { PikaError } from './error.ts'
import { within } from './patience.ts'

export interface Refusal {
  readonly error: PikaError
  /** The same request can be sent again, and may then succeed. */
  readonly canRetry: boolean
  /** The wait that the gateway asked for, if it did. */
  readonly retryAfterMs: number | undefined
}

/** Statuses of whatever stands between us and a gateway that is restarting or overrun. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504])

/** Bodies are short: one that takes longer than this has been lost. */
const MAX_BODY_MS = 10_000

/** Reads a refusal. One that names a generation is that generation's own end, and final. */
export const readRefusal = async (
  response: Response,
  signal: AbortSignal | undefined,
): Promise<Refusal> => {
  const { status } = response
  const retryAfterMs = readRetryAfterMs(response.headers.get('retry-after'))
  const requestId = response.headers.get('x-request-id')
  const text = await within(MAX_BODY_MS, signal, response.text())
  const problem = isProblem(response) ? parseProblem(text) : undefined
  if (problem === undefined) {
    const error = new PikaError('network', `${status} from something that is not a gateway`, {
      status,
      ...(requestId === null ? {} : { requestId }),
    })
    return { error, canRetry: PASSING.has(status), retryAfterMs }
  }
  const error = new PikaError(problem.code, problem.detail, { status, problem })
  // `unavailable` names the generation that may or may not have come to be.
  const isOwnEnd = problem.generation_id !== undefined && problem.code !== 'unavailable'
  return { error, canRetry: PASSING.has(status) && problem.retryable && !isOwnEnd, retryAfterMs }
}

/** Reads an answer's JSON. Throws if it breaks off or is not the gateway's. */
export const readBody = async <T>(
  response: Response,
  signal: AbortSignal | undefined,
): Promise<T> => {
  const body: T = JSON.parse(await within(MAX_BODY_MS, signal, response.text()))
  return body
}

/** A call that brought no answer, or half of one. */
export const networkError = (cause: unknown): PikaError => {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new PikaError('network', `the gateway did not answer: ${reason}`, { cause })
}

const isProblem = (response: Response): boolean =>
  (response.headers.get('content-type') ?? '').startsWith('application/problem+json')

const parseProblem = (text: string): Problem | undefined => {
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
