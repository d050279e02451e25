/** Why a request was refused: the only table of codes, and the document that carries them. */
import * as z from 'zod/mini'

const refusal =
  (retryable: boolean) =>
  <const Status extends number>(status: Status, title: string) => ({ status, title, retryable })
/** Repeating the request cannot succeed unless the caller changes something. */
const final = refusal(false)
/** Repeating the request can succeed. */
const passing = refusal(true)

export const PROBLEMS = {
  malformed_json: final(400, 'The body is not JSON'),
  invalid_header: final(400, 'A header has an invalid value'),
  unauthorized: final(401, 'No valid key'),
  over_budget: final(402, 'The budget does not cover this'),
  missing_scope: final(403, 'This key may not do that'),
  not_found: final(404, 'Not found'),
  method_not_allowed: final(405, 'Method not allowed'),
  already_final: final(409, 'The generation has already ended'),
  still_open: passing(409, 'The generation has not ended yet'),
  not_retryable: final(409, 'The generation needs no retry'),
  outcome_unknown: final(409, 'The generation may have been paid for'),
  not_resolvable: final(409, 'The generation cannot be resolved'),
  not_deletable: passing(409, 'The generation cannot be deleted yet'),
  generation_deleted: final(410, 'The generation was deleted'),
  events_expired: final(410, 'Some of these events are no longer kept'),
  no_video: final(409, 'The generation has no video'),
  video_gone: final(410, 'The video is gone'),
  precondition_failed: final(412, 'It is not what the request expects'),
  range_not_satisfiable: final(416, 'The video has no such part'),
  limit_reached: final(409, 'The account has reached its limit'),
  webhook_disabled: final(409, 'The webhook is disabled'),
  still_accepting: final(409, 'The gateway still accepts new work'),
  payload_too_large: final(413, 'The body is too large'),
  unsupported_media_type: final(415, 'The body must be JSON'),
  invalid_input: final(422, 'The input is not valid'),
  idempotency_key_reused: final(422, 'The idempotency key belongs to another request'),
  input_refused: final(422, 'fal refused the input'),
  rate_limited: passing(429, 'Too many requests'),
  too_many_open: passing(429, 'Too many generations are open'),
  too_many_streams: passing(429, 'Too many event streams are open'),
  internal_error: passing(500, 'The gateway failed'),
  fal_refused: final(502, 'fal refused the request'),
  fal_unavailable: passing(502, 'fal did not take the request'),
  video_unavailable: passing(502, 'The video cannot be served now'),
  fal_account_locked: passing(503, 'The fal account is locked'),
  fal_queue_full: passing(503, "fal's queue is full"),
  not_configured: final(503, 'The gateway is not configured'),
  switched_off: passing(503, 'The gateway accepts no new work'),
  unavailable: passing(503, 'The gateway is not available'),
}

/** Why a request was refused. */
export type ProblemCode = keyof typeof PROBLEMS
/** The HTTP statuses of refusals. */
export type ProblemStatus = (typeof PROBLEMS)[ProblemCode]['status']

const codes = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]

/**
 * Why a request was refused, in the form of RFC 9457.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export const problem = z.object({
  /** What the code means: a path of the gateway, to open in a browser. */
  type: z.string(),
  /** The code in words, always the same for a code. */
  title: z.string(),
  /** The status of the answer. */
  status: z.int(),
  /** What happened this time. */
  detail: z.string(),
  /** The requested path. */
  instance: z.string(),
  /** The reason, for programs to branch on. */
  code: z.enum(codes),
  /** The `X-Request-Id` of the answer. */
  request_id: z.string(),
  /** Whether the same request can succeed later without a change by you. */
  retryable: z.boolean(),
  /** Every field that is wrong, not only the first. */
  errors: z.optional(
    z.array(
      z.object({
        /** The field, such as `input.duration`; empty: the whole body. */
        path: z.string(),
        /** Why. */
        message: z.string(),
      }),
    ),
  ),
  /** The generation that the problem is about. */
  generation_id: z.optional(z.string()),
  /** Until when it may still appear: fal said that it did not take the request, without proof. */
  listening_until: z.optional(z.string()),
  /** The exceeded limit. */
  cost: z.optional(
    z.object({
      /** US dollars: what this request needs. */
      needed_usd: z.number(),
      /** US dollars: what is left. */
      left_usd: z.number(),
      /** US dollars: the whole limit. */
      limit_usd: z.number(),
      /** The limit. */
      limit: z.string(),
      /** When the limit resets. */
      resets_at: z.string(),
    }),
  ),
})

/** A refusal, in the form of RFC 9457. */
export type Problem = z.infer<typeof problem>
/** A faulty field, and its fault. */
export type FieldError = NonNullable<Problem['errors']>[number]

/** What a schema refused, field by field. */
export const faultsOf = (error: z.core.$ZodError | undefined): FieldError[] =>
  (error?.issues ?? []).flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((path) => ({ path, message: 'is not a field of this request' }))
      : [{ path: issue.path.join('.'), message: issue.message }],
  )
