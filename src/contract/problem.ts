/** Why a request was refused: the one table of problem codes. */
interface ProblemKind {
  readonly status:
    | 400
    | 401
    | 402
    | 403
    | 404
    | 405
    | 409
    | 410
    | 412
    | 413
    | 415
    | 416
    | 422
    | 429
    | 500
    | 502
    | 503
  readonly title: string
  /** Whether sending the same request again can succeed with nothing changed by the caller. */
  readonly retryable: boolean
}

export const PROBLEMS = {
  malformed_json: { status: 400, title: 'The body is not JSON', retryable: false },
  invalid_header: { status: 400, title: 'A header has a value it cannot have', retryable: false },
  unauthorized: { status: 401, title: 'No valid key', retryable: false },
  over_budget: { status: 402, title: 'The budget does not cover this', retryable: false },
  missing_scope: { status: 403, title: 'This key may not do that', retryable: false },
  not_found: { status: 404, title: 'No such thing', retryable: false },
  method_not_allowed: { status: 405, title: 'Method not allowed', retryable: false },
  already_final: { status: 409, title: 'The generation has already ended', retryable: false },
  still_open: { status: 409, title: 'The generation has not ended yet', retryable: true },
  not_retryable: { status: 409, title: 'The generation needs no retry', retryable: false },
  outcome_unknown: {
    status: 409,
    title: 'The generation may have been paid for',
    retryable: false,
  },
  not_resolvable: {
    status: 409,
    title: 'There is nothing about the generation to resolve',
    retryable: false,
  },
  not_deletable: {
    status: 409,
    title: 'The generation cannot be deleted yet',
    retryable: true,
  },
  generation_deleted: { status: 410, title: 'The generation was deleted', retryable: false },
  events_expired: {
    status: 410,
    title: 'Some of these events are no longer kept',
    retryable: false,
  },
  no_video: { status: 409, title: 'The generation has no video', retryable: false },
  video_gone: { status: 410, title: 'The video is gone', retryable: false },
  precondition_failed: {
    status: 412,
    title: 'It is not what the request expects',
    retryable: false,
  },
  range_not_satisfiable: { status: 416, title: 'The video has no such part', retryable: false },
  limit_reached: { status: 409, title: 'The account has as many as it may', retryable: false },
  webhook_disabled: { status: 409, title: 'The webhook is disabled', retryable: false },
  still_accepting: {
    status: 409,
    title: 'The gateway still accepts new work',
    retryable: false,
  },
  payload_too_large: { status: 413, title: 'The body is too large', retryable: false },
  unsupported_media_type: { status: 415, title: 'The body must be JSON', retryable: false },
  invalid_input: { status: 422, title: 'The input is not valid', retryable: false },
  idempotency_key_reused: {
    status: 422,
    title: 'The idempotency key belongs to another request',
    retryable: false,
  },
  input_refused: { status: 422, title: 'fal refused the input', retryable: false },
  rate_limited: { status: 429, title: 'Too many requests', retryable: true },
  too_many_open: { status: 429, title: 'Too many generations are open', retryable: true },
  too_many_streams: { status: 429, title: 'Too many event streams are open', retryable: true },
  internal_error: { status: 500, title: 'The gateway failed', retryable: true },
  fal_refused: { status: 502, title: 'fal refused the request', retryable: false },
  fal_unavailable: { status: 502, title: 'fal did not take the request', retryable: true },
  video_unavailable: { status: 502, title: 'The video cannot be had now', retryable: true },
  fal_account_locked: { status: 503, title: 'The fal account is locked', retryable: true },
  fal_queue_full: { status: 503, title: "fal's queue is full", retryable: true },
  not_configured: { status: 503, title: 'The gateway is not configured', retryable: false },
  switched_off: { status: 503, title: 'The gateway accepts no new work', retryable: true },
  unavailable: { status: 503, title: 'The gateway is not available', retryable: true },
} as const satisfies Record<string, ProblemKind>

/** Why a request was refused. */
export type ProblemCode = keyof typeof PROBLEMS
/** The HTTP statuses of refusals. */
export type ProblemStatus = (typeof PROBLEMS)[ProblemCode]['status']
