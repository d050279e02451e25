/** What each problem code means to whoever gets it. */
import { type ProblemCode, PROBLEMS } from '../../src/contract/problem.ts'
import type { Problem } from '../../src/contract/problem-document.ts'
import { EXAMPLE_ID } from './parameters.ts'

interface Meaning {
  /** When it comes, and what to do. */
  readonly means: string
  /** A `detail` as it really comes. */
  readonly detail: string
  /** What such a document carries beside what all of them do. */
  readonly also?: Partial<Problem>
}

const named = { generation_id: EXAMPLE_ID } as const

/** A new code does not compile until its meaning is written down here. */
export const MEANINGS: Readonly<Record<ProblemCode, Meaning>> = {
  malformed_json: {
    means: 'The body cannot be read as JSON. Nothing was looked at.',
    detail: 'the body stops being JSON at line 1, column 12',
  },
  invalid_header: {
    means: '`Prefer`, `Idempotency-Key`, `Last-Event-ID` or `Pika-Account` is not well-formed.',
    detail: 'Prefer must be wait, or wait=<seconds>',
  },
  unauthorized: {
    means: 'No key was sent, or one that is unknown, expired or revoked.',
    detail: 'send a key as `Authorization: Bearer …`',
  },
  over_budget: {
    means:
      '`cost` says which limit is in the way, what is left of it and when it starts afresh. Nothing was sent to fal.',
    detail: 'account_daily has $0.05 left of $10, and this needs $0.2',
    also: {
      cost: {
        needed_usd: 0.2,
        left_usd: 0.05,
        limit_usd: 10,
        limit: 'account_daily',
        resets_at: '2026-11-24T00:00:00.000Z',
      },
    },
  },
  missing_scope: {
    means: 'The key is valid and may not do this. Ask whoever made it.',
    detail: 'this key does not have the scope generations:write',
  },
  not_found: {
    means: "There is no such thing, or it is someone else's: the two are not told apart.",
    detail: 'there is no such generation',
  },
  method_not_allowed: {
    means: 'The path exists, the method does not. `Allow` lists those that do.',
    detail: 'PATCH is not among GET, HEAD, POST',
  },
  already_final: {
    means: 'What has ended cannot be canceled.',
    detail: 'it is completed, which is final',
    also: named,
  },
  still_open: {
    means: 'Only what has ended can be retried.',
    detail: 'only what has ended is retried',
    also: named,
  },
  not_retryable: {
    means: 'A completed generation has its video. For another one, create a new generation.',
    detail: 'it has its video: create a new generation instead',
    also: named,
  },
  outcome_unknown: {
    means:
      'Nobody could tell whether the first attempt was paid for. `{"accept_double_charge": true}` retries all the same.',
    detail: 'it may have been paid for; send {"accept_double_charge": true} to retry all the same',
    also: named,
  },
  not_resolvable: {
    means:
      "A person's word settles what is unconfirmed two minutes after it was sent, or failed with its cost `unknown`, once.",
    detail:
      'only what is unconfirmed two minutes after it was sent, or failed with its cost unknown, is resolved, and by one word',
    also: named,
  },
  not_deletable: {
    means:
      'Only what has ended is deleted, once nothing can be heard of it any more and it is known what it cost.',
    detail: 'it is queued: cancel it first, or wait for its end',
    also: named,
  },
  events_expired: {
    means:
      'The cursor is older than the events that are kept, so some were missed: list what there is, and go on from `after=now`.',
    detail: 'events are kept for 7 days: list the generations, and go on from `after=now`',
  },
  no_video: {
    means: 'It is not completed, or failed without a video.',
    detail: 'there is no video to share',
    also: named,
  },
  video_gone: {
    means:
      'fal keeps a file for about a week, and the gateway has not kept it. Its settings can be used again.',
    detail: 'fal no longer has the video, and it was not kept',
  },
  precondition_failed: {
    means: '`If-Match` or `If-Unmodified-Since` does not fit the video.',
    detail: 'the video is not the one that If-Match names',
  },
  range_not_satisfiable: {
    means: '`Range` begins after the last byte; `Content-Range` says how many there are.',
    detail: 'the video has 48213 bytes',
  },
  video_unavailable: {
    means: 'fal did not serve the file just now. Ask again after `Retry-After` seconds.',
    detail: 'fal did not serve the video; ask again',
  },
  generation_deleted: {
    means: 'The generation was deleted. What it cost is not forgotten, and nothing is spent again.',
    detail: 'the generation was deleted',
    also: named,
  },
  limit_reached: {
    means: 'An account has a limited number of these. Remove one that is no longer needed.',
    detail: 'an account has at most 1000 keys; revoke one that is no longer used',
  },
  webhook_disabled: {
    means: 'Enable the webhook first: `PATCH` it with `enabled: true`.',
    detail: 'enable it first: PATCH it with {"enabled": true}',
  },
  still_accepting: {
    means: 'What a backup holds can be marked only with `ACCEPT=off`. Set it and call again.',
    detail: 'set ACCEPT=off first: what is unsent may just have been admitted',
  },
  payload_too_large: {
    means: 'A body may have 64 kB, a webhook of fal 1 MB.',
    detail: 'a body has at most 64 kB',
  },
  unsupported_media_type: {
    means: 'Send `Content-Type: application/json`.',
    detail: 'send the body as application/json',
  },
  invalid_input: {
    means: '`errors` names every field that is wrong. Nothing was sent to fal, nothing was paid.',
    detail: 'not valid: duration, aspectRatio',
    also: {
      errors: [
        { path: 'duration', message: 'must be 5 or 10 (seconds)' },
        { path: 'aspectRatio', message: 'is not a field of this request' },
      ],
    },
  },
  idempotency_key_reused: {
    means: 'The key belongs to a different request. Use a new one.',
    detail: 'this Idempotency-Key stands for a different request; send this one under a new key',
    also: named,
  },
  input_refused: {
    means: 'fal refused the input at once. `generation_id` names the failed generation.',
    detail: 'fal refused the input: the prompt is too long',
    also: { ...named, errors: [{ path: 'prompt', message: 'is too long' }] },
  },
  rate_limited: {
    means: 'Too many requests with this key, or too many from this address without a valid one.',
    detail: 'too many requests with this key',
  },
  too_many_open: {
    means: 'The account has as many open generations as it may. Wait until some have ended.',
    detail: '1000 generations are open, and at most 1000 may be',
  },
  too_many_streams: {
    means:
      'A generation has at most 1,000 event streams open, a client secret 5. Close one, or come back after `Retry-After`.',
    detail: 'this client secret has 5 event streams open; close one first',
  },
  internal_error: {
    means: 'A fault of the gateway. `request_id` finds it in the logs.',
    detail: 'something broke; the request id finds it in the logs',
  },
  fal_refused: {
    means: "fal refused the gateway's own request, its key for instance. The operator must look.",
    detail: "fal refused the gateway's key",
    also: named,
  },
  fal_unavailable: {
    means:
      'fal said that it did not take the request, which is no proof. Until `listening_until` it may still turn up, and its cost stays reserved; after that nothing was paid. To try again before: `POST /v1/generations/{id}/retry` with `accept_double_charge`.',
    detail: 'fal did not take the request (no answer)',
    also: named,
  },
  fal_account_locked: {
    means: 'The fal account behind the gateway has no balance left, or is locked.',
    detail: 'the fal account is locked or out of balance',
    also: named,
  },
  fal_queue_full: {
    means: 'fal takes no more requests of this account for the moment.',
    detail: "fal's queue takes no more for now",
    also: named,
  },
  not_configured: {
    means: 'The gateway lacks a secret or has a setting that it cannot read. It never runs open.',
    detail: 'ADMIN_KEY is not set',
  },
  switched_off: {
    means: 'The operator takes no new generations for now. Everything else goes on.',
    detail: 'the operator has switched new generations off for now',
  },
  unavailable: {
    means:
      'Something that the gateway needs could not be reached. With an `Idempotency-Key`, send it again.',
    detail: 'the account could not be reached; send it again with the same Idempotency-Key',
    also: named,
  },
}

/** A problem document as it would come. */
export const exampleProblem = (code: ProblemCode): Problem => ({
  type: `/errors#${code}`,
  title: PROBLEMS[code].title,
  status: PROBLEMS[code].status,
  detail: MEANINGS[code].detail,
  instance: '/v1/generations',
  code,
  request_id: '8f14e45f-ceea-467f-a83f-b2d0a1d5b1c0',
  retryable: PROBLEMS[code].retryable,
  ...MEANINGS[code].also,
})

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[]

/** The whole table, for the introduction. */
export const problemTable = (): string =>
  [
    '| code | status | retryable | what it means |',
    '|---|---|---|---|',
    ...PROBLEM_CODES.map((code) => {
      const { status, retryable } = PROBLEMS[code]
      return `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${MEANINGS[code].means} |`
    }),
  ].join('\n')
