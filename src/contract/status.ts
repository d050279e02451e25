/** The statuses of a generation, its failure codes, and the states of its cost. */

export const FINAL_STATUSES = ['completed', 'failed', 'canceled'] as const
export const STATUSES = ['submitting', 'queued', 'in_progress', ...FINAL_STATUSES] as const
/** The state of a generation. */
export type Status = (typeof STATUSES)[number]
/** The statuses that never change. */
export type FinalStatus = (typeof FINAL_STATUSES)[number]

export const isFinal = (status: Status): status is FinalStatus =>
  (FINAL_STATUSES as readonly Status[]).includes(status)

/**
 * Why a generation failed. The first never left the gateway. The last four are not fal's verdict:
 * the job may have been paid for.
 */
export const FAILURE_CODES = [
  'not_sent',
  'input_refused',
  'fal_refused',
  'fal_unavailable',
  'fal_account_locked',
  'fal_queue_full',
  'content_policy_violation',
  'no_media_generated',
  'invalid_input',
  'invalid_output',
  'generation_timeout',
  'start_timeout',
  'downstream_error',
  'model_error',
  'platform_error',
  'duplicate_request_id',
  'submission_unconfirmed',
  'timed_out',
  'fal_unreachable',
] as const
/** Why a generation failed. */
export type FailureCode = (typeof FAILURE_CODES)[number]

export const COST_STATES = ['reserved', 'charged', 'released', 'unknown'] as const
/** The state of a cost; `unknown` may have been charged. */
export type CostState = (typeof COST_STATES)[number]

export const SEED_SOURCES = ['caller', 'generated'] as const
/** Who chose the seed: the caller, or the gateway if the caller gave none. */
export type SeedSource = (typeof SEED_SOURCES)[number]

export const EVIDENCE = ['person', 'history', 'look_up', 'hook', 'answer'] as const
/** How a request id was learned, weakest evidence first. */
export type Evidence = (typeof EVIDENCE)[number]

/** Why an open generation waits. */
export const PENDING_REASONS = [
  'concurrency_limit',
  'provider_unavailable',
  'confirmation',
] as const
export type PendingReason = (typeof PENDING_REASONS)[number]

/** How a generation was requested: by a schedule, on one of fal's own paths, or otherwise. */
export const ORIGINS = ['api', 'schedule', 'fal'] as const
/** How a generation was requested. */
export type Origin = (typeof ORIGINS)[number]
