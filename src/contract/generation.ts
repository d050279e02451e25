/** A generation as callers see it: one request for one video. */
import * as z from 'zod/mini'
import { modelInput } from './input.ts'
import { MODEL } from './model.ts'
import { COST_STATES, EVIDENCE, FAILURE_CODES, PENDING_REASONS, SEED_SOURCES } from './status.ts'
import { video } from './video.ts'

/** Why a generation failed. */
export const generationError = z.object({
  /**
   * The reason, for programs. `not_sent`: it never left the gateway and costs nothing. The last
   * four are not fal's verdict: the job may have been paid for.
   */
  code: z.enum(FAILURE_CODES),
  /** The reason, for people. */
  message: z.string(),
  /** Whether a new generation of the same input can succeed. */
  retryable: z.boolean(),
  /** The refused fields. */
  fields: z.optional(
    z.array(
      z.object({
        /** The field. */
        path: z.string(),
        /** Why. */
        message: z.string(),
      }),
    ),
  ),
  /**
   * Until when fal may still deliver the video. It is certain only then that fal will not. Absent
   * once nothing can arrive.
   */
  listening_until: z.optional(z.string()),
  /** The video that fal delivered after the verdict. It was paid for. */
  late_video: z.optional(video),
})

/** What a generation costs. */
export const cost = z.object({
  /** US dollars: the expected cost, held until it ends. */
  estimated_usd: z.number(),
  /** US dollars: the real cost; null until it is known. */
  charged_usd: z.nullable(z.number()),
  /** `reserved` while open, then `charged`, `released` (nothing paid) or `unknown` (maybe paid). */
  state: z.enum(COST_STATES),
  /**
   * `fal_billing`: what fal charged, which the gateway learns later if `FAL_BILLING_KEY` is set.
   * `fal_units`: what fal reported with the result. Else `price_table`.
   */
  basis: z.enum(['price_table', 'fal_units', 'fal_billing']),
})

/** Another job at fal that belongs to the same generation. */
export const lateResult = z.object({
  /** fal's id of the job. */
  fal_request_id: z.string(),
  /** The job's video. Null if it made none, or if fal no longer says. */
  video: z.nullable(video),
  /** What the job cost. */
  cost,
})

const common = {
  /**
   * Sorts by time, and needs no escaping.
   * @pattern ^gen_[0-9a-hjkmnp-tv-z]{26}$
   */
  id: z.string(),
  object: z.literal('generation'),
  /** The only model that this gateway serves. */
  model: z.literal(MODEL),
  /** fal's id; null until fal has accepted the request. */
  fal_request_id: z.nullable(z.string()),
  /**
   * How `fal_request_id` was learned: from the `answer` to the submit, a signed `hook`, a `look_up`
   * of an id in an unclear answer, fal's request `history`, or a `person`. Stronger evidence
   * replaces weaker.
   */
  adopted_by: z.nullable(z.enum(EVIDENCE)),
  /**
   * A request in fal's history with the same input and time. Since the seed is the caller's own, it
   * may be someone else's: only a webhook or `resolve` adopts it. Usually null.
   */
  candidate_request_id: z.nullable(z.string()),
  /**
   * True if the request was sent and its answer was lost. It is never sent again. It stays open
   * until fal's webhook arrives, fal's history shows the request, or the deadline passes.
   */
  unconfirmed: z.boolean(),
  /** The input as sent to fal, with defaults and seed filled in. */
  input: modelInput,
  /**
   * Who chose `input.seed`: the `caller`, or the gateway (`generated`) if the caller gave none.
   * Null if none was sent.
   */
  seed_source: z.nullable(z.enum(SEED_SOURCES)),
  /** What it costs, including `late_results`. */
  cost,
  /**
   * Other jobs at fal that belong to this generation: one request was sent, and fal named several
   * jobs for it. Usually empty.
   */
  late_results: z.array(lateResult),
  /** The generation that this one retries. */
  retry_of: z.nullable(z.string()),
  /** The schedule that created it. */
  schedule_id: z.nullable(z.string()),
  /** Your own end user, as you named them; null if you named none. */
  user: z.nullable(z.string()),
  /** Your own pairs, as you sent them. */
  metadata: z.record(z.string(), z.string()),
  /** How often it changed after its end, for example by fal's bill, which arrives later. */
  revision: z.int(),
  /** When it was created. */
  created_at: z.string(),
  /** When cancellation was requested. Only fal's verdict changes the status. */
  cancel_requested_at: z.nullable(z.string()),
}
const open = {
  /** The video; null until it is completed. */
  video: z.null(),
  /** Why it failed; null if it did not. */
  error: z.null(),
  /** When it ended. */
  finished_at: z.null(),
  /** Seconds from sent to finished for past ones of its kind; null while too few are known. */
  expected_seconds: z.nullable(
    z.object({
      /** The median. */
      p50: z.number(),
      /** The 90th percentile. */
      p90: z.number(),
    }),
  ),
  /**
   * Why it waits. `concurrency_limit`: the account has the most it may have at fal.
   * `provider_unavailable`: fal accepts nothing now, and it is sent once fal does. `confirmation`:
   * fal's answer was lost. Null if it does not wait.
   */
  pending_reason: z.nullable(z.enum(PENDING_REASONS)),
}

/** fal has not taken it yet, or has not answered the submit (`unconfirmed`). */
const submitting = z.object({
  ...common,
  ...open,
  /** Its state. `completed`, `failed` and `canceled` are final and never change. */
  status: z.literal('submitting'),
  /** Its place in fal's queue, 0 is next; null if fal has not said. */
  queue_position: z.null(),
  /** When the model began to render, if fal said so. */
  started_at: z.null(),
})
/** fal has accepted it, and it waits there. */
const queued = z.object({
  ...common,
  ...open,
  status: z.literal('queued'),
  queue_position: z.nullable(z.int()),
  started_at: z.null(),
})
/** The model renders it. */
const inProgress = z.object({
  ...common,
  ...open,
  status: z.literal('in_progress'),
  queue_position: z.null(),
  started_at: z.string(),
})
const ended = {
  ...common,
  queue_position: z.null(),
  started_at: z.nullable(z.string()),
  finished_at: z.string(),
}
/** It has its video. Final. */
const completed = z.object({ ...ended, status: z.literal('completed'), video, error: z.null() })
/** It has no video, and `error` says why. Final. */
const failed = z.object({
  ...ended,
  status: z.literal('failed'),
  video: z.null(),
  error: generationError,
})
/** It was canceled before it finished, and nothing was paid. Final. */
const canceled = z.object({
  ...ended,
  status: z.literal('canceled'),
  video: z.null(),
  error: z.null(),
})

/** One request for one video. `status` decides which fields it has. */
export const generation = z.discriminatedUnion('status', [
  submitting,
  queued,
  inProgress,
  completed,
  failed,
  canceled,
])

/** The generation, and a secret with which a browser can follow it. */
export const createdGeneration = z.intersection(
  generation,
  z.object({
    /** For 24 hours, reads only this generation and its events: give it to browsers, not a key. */
    client_secret: z.string(),
  }),
)

/** One request for one video; `status` says in which state. */
export type Generation = z.infer<typeof generation>
/** A new generation, with a secret with which others can follow it. */
export type CreatedGeneration = z.infer<typeof createdGeneration>
/** Completed, with a video. */
export type CompletedGeneration = z.infer<typeof completed>
/** Ended: completed, failed or canceled. */
export type FinalGeneration =
  | CompletedGeneration
  | z.infer<typeof failed>
  | z.infer<typeof canceled>
/** Another job at fal that belongs to the same generation. */
export type LateResult = z.infer<typeof lateResult>
