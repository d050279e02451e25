/** The only place that turns a refusal into a problem document. */
import type { Context, TypedResponse } from 'hono'
import { type ProblemCode, PROBLEMS, type ProblemStatus } from '../contract/problem.ts'
import type { Problem } from '../contract/problem-document.ts'

/** Fields of the document, and what goes beside it. */
type Extras = Partial<
  Pick<Problem, 'errors' | 'cost' | 'generation_id' | 'listening_until' | 'retryable'>
> & {
  readonly retryAfterSeconds?: number | undefined
  /** Where the errors are, for fal's own paths. */
  readonly in?: 'body' | 'query'
  readonly headers?: Readonly<Record<string, string>>
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
  { retryAfterSeconds, in: where = 'body', headers: others, ...fields }: Extras = {},
): ProblemResponse => {
  const { status, title, retryable } = PROBLEMS[code]
  const headers = {
    ...others,
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  }
  const instance = c.req.path
  if (isFalPath(instance)) {
    const details = fields.errors?.map(({ path, message }) => ({
      loc: [where, ...path.split('.').filter((part) => part !== '')],
      msg: message,
      type: 'value_error',
    }))
    // Callers of these paths know no problem documents; the type is only for us.
    const body: unknown = { detail: details ?? detail, request_id: fields.generation_id }
    return c.json(body as Problem, status, headers)
  }
  const usual = { type: `/errors#${code}`, title, status, detail, instance, code }
  const body: Problem = { ...usual, request_id: c.get('requestId'), retryable, ...fields }
  return c.json(body, status, { ...headers, 'content-type': 'application/problem+json' })
}

/** The paths that use fal's own protocol, errors included. */
const isFalPath = (path: string): boolean => /^\/(fal-ai|queue|fal)(\/|$)/.test(path)

/**
 * The account did not answer. fal's clients repeat a request after a 503, and without an
 * idempotency key that could be paid twice. They do not repeat it after a 500.
 *
 * @param extras with the id of the generation that it may have admitted
 */
export const unreachable = (c: Context, advice = 'send it again', extras: Extras = {}) => {
  const away = 'the account could not be reached'
  if (!isFalPath(c.req.path)) {
    return problem(c, 'unavailable', `${away}; ${advice}`, { ...extras, retryAfterSeconds: 2 })
  }
  const { generation_id } = extras
  const doubt = generation_id === undefined ? '' : '; the request may have been accepted'
  return problem(c, 'internal_error', away + doubt, { generation_id })
}

/** Its cost stays in the ledger. */
export const deleted = (c: Context, generation_id: string): ProblemResponse =>
  problem(c, 'generation_deleted', 'the generation was deleted', { generation_id })

/** An account has all it may have of them. */
export const limitReached = (c: Context, max: number, what: string, end = 'delete') => {
  const detail = `an account has at most ${max} ${what}; ${end} one that is no longer used`
  return problem(c, 'limit_reached', detail)
}

/** It does not exist, or it is someone else's: the answer is the same. */
export const notFound = (c: Context, what = 'generation'): ProblemResponse =>
  problem(c, 'not_found', `there is no such ${what}`)
