/** What the command's exit code tells a script. */
import type { PikaErrorCode } from '../client/index.ts'

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notAllowed: 3,
  notFound: 4,
  overBudget: 5,
  refusedInput: 6,
  notSettled: 7,
  unavailable: 8,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A reason that is not in it does not compile. */
const EXIT_OF: Readonly<Record<PikaErrorCode, ExitCode>> = {
  unauthorized: EXIT.notAllowed,
  missing_scope: EXIT.notAllowed,
  not_found: EXIT.notFound,
  over_budget: EXIT.overBudget,

  invalid_input: EXIT.refusedInput,
  input_refused: EXIT.refusedInput,
  content_policy_violation: EXIT.refusedInput,
  malformed_json: EXIT.refusedInput,
  invalid_header: EXIT.refusedInput,
  payload_too_large: EXIT.refusedInput,
  unsupported_media_type: EXIT.refusedInput,
  idempotency_key_reused: EXIT.refusedInput,

  timeout: EXIT.notSettled,
  still_open: EXIT.notSettled,

  network: EXIT.unavailable,
  rate_limited: EXIT.unavailable,
  too_many_open: EXIT.unavailable,
  too_many_streams: EXIT.unavailable,
  internal_error: EXIT.unavailable,
  fal_unavailable: EXIT.unavailable,
  fal_account_locked: EXIT.unavailable,
  fal_queue_full: EXIT.unavailable,
  not_configured: EXIT.unavailable,
  switched_off: EXIT.unavailable,
  unavailable: EXIT.unavailable,
  video_unavailable: EXIT.unavailable,
  not_sent: EXIT.unavailable,

  canceled: EXIT.failed,
  already_final: EXIT.failed,
  webhook_disabled: EXIT.failed,
  not_retryable: EXIT.failed,
  outcome_unknown: EXIT.failed,
  not_resolvable: EXIT.failed,
  not_deletable: EXIT.failed,
  generation_deleted: EXIT.failed,
  events_expired: EXIT.failed,
  no_video: EXIT.failed,
  video_gone: EXIT.failed,
  precondition_failed: EXIT.failed,
  range_not_satisfiable: EXIT.failed,
  limit_reached: EXIT.failed,
  still_accepting: EXIT.failed,
  method_not_allowed: EXIT.failed,
  fal_refused: EXIT.failed,
  no_media_generated: EXIT.failed,
  invalid_output: EXIT.failed,
  generation_timeout: EXIT.failed,
  start_timeout: EXIT.failed,
  downstream_error: EXIT.failed,
  model_error: EXIT.failed,
  platform_error: EXIT.failed,
  duplicate_request_id: EXIT.failed,
  submission_unconfirmed: EXIT.failed,
  timed_out: EXIT.failed,
  fal_unreachable: EXIT.failed,
}

/** A newer gateway may know reasons that this command does not. */
export const exitCodeOf = (code: PikaErrorCode): ExitCode => EXIT_OF[code] ?? EXIT.failed

export const EXIT_CODES_HELP = `Exit codes:
  0    done
  1    the generation failed or was canceled, or something unexpected happened
  2    the command line or the configuration is wrong
  3    no valid key, or the key may not do that
  4    there is no such thing
  5    the budget does not cover it
  6    the input was refused, by the gateway or by the model
  7    not finished yet: --timeout passed, or it is still open
  8    the gateway, fal or the network is not available; try later
  130  interrupted by Ctrl-C`
