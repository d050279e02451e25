/** fal's errors, two shapes for a failed job and one for a refused call, and what they mean. */
import * as z from 'zod/mini'
import type { FailureCode } from '../contract/status.ts'
import type { Failure } from '../domain/generation/generation.ts'

const modelError = z.looseObject({
  detail: z
    .array(
      z.looseObject({
        loc: z.catch(z.array(z.union([z.string(), z.number()])), []),
        msg: z.catch(z.string(), ''),
        type: z.string(),
      }),
    )
    .check(z.minLength(1)),
})
const platformError = z.looseObject({ detail: z.string(), error_type: z.string() })
/** What fal's own front says of a refused call. */
export const gatewayError = z.looseObject({ detail: z.string() })

/** Longer texts from fal are cut, since they are stored and shown. */
const MAX_TEXT_CHARS = 2000
const MAX_FIELDS = 32
const MAX_FIELD_CHARS = 500

/** Statuses with which fal refuses for certain. No other proves anything about a paid POST. */
export const REFUSALS: ReadonlySet<number> = new Set([
  400, 401, 402, 403, 404, 405, 406, 410, 411, 413, 414, 415, 422, 429, 431,
])

/** Failures that a retry cannot fix. */
const FOR_GOOD: ReadonlySet<FailureCode> = new Set([
  'input_refused',
  'fal_refused',
  'content_policy_violation',
  'invalid_input',
])

export const failureOf = (
  code: FailureCode,
  message: string,
  fields?: Failure['fields'],
): Failure => ({
  code,
  message: cut(message),
  retryable: !FOR_GOOD.has(code),
  ...(fields === undefined ? {} : { fields }),
})

/**
 * Why fal refused a submit, in our words and fal's. It leaves out what fal says about the gateway's
 * own key and account, which is not the caller's business.
 */
export const readRefusal = (status: number, body: unknown): Failure => {
  if (status === 400 || status === 422) {
    const failure = readFailure(body, new Headers())
    const fields = typeof failure === 'object' ? failure.failure.fields : undefined
    return failureOf('input_refused', withDetail('fal refused the input', body), fields)
  }
  if (status === 402 || (status === 403 && /locked|balance/i.test(detailOf(body) ?? ''))) {
    return failureOf('fal_account_locked', 'the fal account is locked or out of balance')
  }
  if (status === 429) {
    return failureOf('fal_queue_full', withDetail("fal's queue takes no more for now", body))
  }
  return status === 401 || status === 403
    ? failureOf('fal_refused', "fal refused the gateway's key")
    : failureOf('fal_refused', withDetail(`fal refused the request (${status})`, body))
}

/** An answer to a submit that neither accepts nor certainly refuses. */
export const unavailable = (why: string, body?: unknown): Failure =>
  failureOf('fal_unavailable', withDetail(`fal did not take the request (${why})`, body))

/** Our message, followed by fal's if there is one. */
const withDetail = (message: string, body: unknown): string => {
  const detail = detailOf(body)
  return detail === undefined ? message : `${message}: ${detail}`
}

const detailOf = (body: unknown): string | undefined => {
  const front = gatewayError.safeParse(body)
  if (front.success) return front.data.detail || undefined
  const [first] = modelError.safeParse(body).data?.detail ?? []
  return first && (first.msg || first.type)
}

/** fal's types of a model's failure, and our codes. An unlisted type is `model_error`. */
const MODEL_ERRORS: ReadonlyMap<string, FailureCode> = new Map([
  ['content_policy_violation', 'content_policy_violation'],
  ['no_media_generated', 'no_media_generated'],
  ['generation_timeout', 'generation_timeout'],
  ['downstream_service_error', 'downstream_error'],
  ['downstream_service_unavailable', 'downstream_error'],
  ['internal_server_error', 'model_error'],
])

/** Failures that the model itself decides on, with a 422: fal may bill those. */
const MODELS_OWN: ReadonlySet<FailureCode> = new Set([
  'content_policy_violation',
  'no_media_generated',
  'invalid_input',
])

/**
 * A failure in one of fal's two shapes; undefined if the body has neither. `isNamed`: its type is
 * one of those listed here, or the platform's. `isModelsOwn`: the model itself decided on it.
 */
export const readFailure = (body: unknown, headers: Headers) => {
  const items = modelError.safeParse(body).data?.detail ?? []
  const [first] = items
  if (first !== undefined) {
    const fields = items.filter((item) => item.loc[0] === 'body' && item.loc.length > 1)
    const named = MODEL_ERRORS.get(first.type)
    const code = named ?? (fields.length > 0 ? 'invalid_input' : 'model_error')
    const wrong = fields.slice(0, MAX_FIELDS).map((item) => ({
      path: cut(item.loc.slice(1).join('.'), MAX_FIELD_CHARS),
      message: cut(item.msg, MAX_FIELD_CHARS),
    }))
    const message = first.msg === '' ? first.type : first.msg
    const failure = failureOf(code, message, code === 'invalid_input' ? wrong : undefined)
    return { failure, isNamed: named !== undefined, isModelsOwn: MODELS_OWN.has(code) }
  }
  const platform = platformError.safeParse(body)
  if (!platform.success) return undefined
  const type = platform.data.error_type
  if (type === 'client_cancelled' || type === 'client_disconnected') return 'canceled'
  const startedTooLate =
    type === 'request_timeout' || headers.get('x-fal-request-timeout-type') === 'user'
  const shownType = /^[a-z_]{1,64}$/.test(type) ? type : 'unknown'
  const failure = startedTooLate
    ? failureOf('start_timeout', 'the job did not start in time')
    : failureOf(
        type === 'bad_request' ? 'invalid_input' : 'platform_error',
        `fal's platform failed the job (${shownType})`,
      )
  return { failure, isNamed: true, isModelsOwn: false }
}

const cut = (text: string, maxChars = MAX_TEXT_CHARS): string => text.slice(0, maxChars)
