/** The only place that turns a refusal into a problem document. */
import type { Context, TypedResponse } from 'hono'
import {
  type FieldError,
  type Problem,
  type ProblemCode,
  PROBLEMS,
  type ProblemStatus,
} from '../contract/problem.ts'

export interface ProblemExtras {
  readonly errors?: readonly FieldError[] | undefined
  readonly generationId?: string | undefined
  readonly listeningUntil?: string | undefined
  readonly cost?: Problem['cost'] | undefined
  readonly retryAfterSeconds?: number | undefined
  readonly retryable?: boolean | undefined
  /** Where the errors are, for fal's own paths. Default: in the body. */
  readonly in?: 'query' | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Every refusal has this type, so that a caller tells it from success by its status. */
export type ProblemResponse = Response & TypedResponse<Problem, ProblemStatus, 'json'>

/**
 * @param detail what happened, for a person; never the message of an exception
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export const problem = (
  c: Context,
  code: ProblemCode,
  detail: string,
  extras: ProblemExtras = {},
): ProblemResponse => {
  const { status, title, retryable } = PROBLEMS[code]
  const { retryAfterSeconds } = extras
  const headers = {
    ...extras.headers,
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  }
  if (isFalPath(c.req.path)) return falProblem(c, status, detail, extras, headers)
  const body: Problem = {
    type: `/errors#${code}`,
    title,
    status,
    detail,
    instance: c.req.path,
    code,
    request_id: c.get('requestId'),
    retryable: extras.retryable ?? retryable,
    errors: extras.errors && [...extras.errors],
    cost: extras.cost,
    generation_id: extras.generationId,
    listening_until: extras.listeningUntil,
  }
  return c.json(body, status, { ...headers, 'content-type': 'application/problem+json' })
}

/** The paths that use fal's own protocol, errors included. */
export const isFalPath = (path: string): boolean => /^\/(fal-ai|queue|fal)(\/|$)/.test(path)

/** The same in fal's format. Its callers know no problem documents; the type is only for us. */
const falProblem = (
  c: Context,
  status: ProblemStatus,
  detail: string,
  { errors, generationId, ...extras }: ProblemExtras,
  headers: Readonly<Record<string, string>>,
): ProblemResponse => {
  const details = errors?.map(({ path, message }) => ({
    loc: [extras.in ?? 'body', ...path.split('.').filter((part) => part !== '')],
    msg: message,
    type: 'value_error',
  }))
  const body: unknown = { detail: details ?? detail, request_id: generationId }
  return c.json(body as Problem, status, headers)
}

/**
 * The account did not answer. fal's clients repeat a request after a 503, and without an
 * idempotency key that could be paid twice. They do not repeat it after a 500.
 */
export const unreachable = (c: Context): ProblemResponse =>
  isFalPath(c.req.path)
    ? problem(c, 'internal_error', 'the account could not be reached')
    : problem(c, 'unavailable', 'the account could not be reached; send it again', {
        retryAfterSeconds: 2,
      })

/** Its cost stays in the ledger. */
export const deleted = (c: Context, generationId: string): ProblemResponse =>
  problem(c, 'generation_deleted', 'the generation was deleted', { generationId })

/** An account has all it may have of them. */
export const limitReached = (c: Context, max: number, what: string, end = 'delete') => {
  const detail = `an account has at most ${max} ${what}; ${end} one that is no longer used`
  return problem(c, 'limit_reached', detail)
}

/** It does not exist, or it is someone else's: the answer is the same. */
export const notFound = (c: Context, what = 'generation'): ProblemResponse =>
  problem(c, 'not_found', `there is no such ${what}`)
