/** fal's answers that several operations share. */
import type { Failure } from './outcomes.ts'

const MESSAGES: Record<number, string> = {
  401: 'Cannot access application "fal-ai/pika". Authentication is required to access this application.',
  403: 'User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.',
  404: 'Application not found',
  405: 'Method Not Allowed',
  429: 'Too many requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** An error, in fal's own words for a status. */
export function plainError(status: number, headers: Record<string, string> = {}): Response {
  const detail = MESSAGES[status] ?? `Answered with ${status}`
  return Response.json({ detail }, { status, headers })
}

/** For status, result and cancel of a request that is unknown or forgotten. */
export function notFound(): Response {
  return Response.json({ status: 'NOT_FOUND' }, { status: 404 })
}

/** The result of a job that failed. */
export function failureAnswer(failure: Failure, headers: Record<string, string>): Response {
  const { status, body, errorType, retryable, timeoutType } = failure
  return Response.json(body, {
    status,
    headers: {
      ...headers,
      'x-fal-error-type': errorType,
      'x-fal-retryable': `${retryable}`,
      ...(timeoutType !== undefined && { 'x-fal-request-timeout-type': timeoutType }),
    },
  })
}
