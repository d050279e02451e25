/** A generation as every caller sees it: one request for one video, from asked to settled. */
import * as z from 'zod/mini'
import { modelInput } from './input.ts'
import { MODEL } from './model.ts'
import { COST_STATES, EVIDENCE, FAILURE_CODES, PENDING_REASONS, SEED_SOURCES } from './status.ts'
import { video } from './video.ts'

/** Why a generation failed. */
export const generationError = z.object({
  /**
   * The reason, for programs. `not_sent` never left the gateway and costs nothing. The last four are not
   * fal's own verdict: the job may have been paid for.
   */
  code: z.enum(FAILURE_CODES),
  /** The reason, for people. */
  message: z.string(),
  /** Whether a new generation of the same input can succeed. */
  retryable: z.boolean(),
  /** The fields that were refused. */
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
   * Until when fal may still deliver it. Only then is it certain that it will not. Absent once nothing
   * can arrive any more.
   */
  listening_until: z.optional(z.string()),
  /** The video that fal delivered after the verdict. It was paid for. */
  late_video: z.optional(video),
})

/** What a generation costs. */
export const cost = z.object({
  /** US dollars: what it was expected to cost, and is held until it ends. */
  estimated_usd: z.number(),
  /** US dollars: what it really cost; null until that is known. */
  charged_usd: z.nullable(z.number()),
  /**
   * `reserved` while it is open, then `charged`, `released` (nothing was paid) or `unknown` (it
   * may have been).
   */
  state: z.enum(COST_STATES),
  /**
   * `fal_billing`: what fal charged, which the gateway learns later if `FAL_BILLING_KEY` is
   * set. `fal_units`: what fal said with the result. Else `price_table`.
   */
  basis: z.enum(['price_table', 'fal_units', 'fal_billing']),
})

/** Another job at fal that turned out to belong to the same generation. */
export const lateResult = z.object({
  /** fal's own id of that job. */
  fal_request_id: z.string(),
  /** The video that it made. Null if it made none, or if fal no longer says. */
  video: z.nullable(video),
  /** What it cost. */
  cost,
})

const common = {
  /**
   * Sorts by time, and needs no escaping.
   * @pattern ^gen_[0-9a-hjkmnp-tv-z]{26}$
   */
  id: z.string(),
  object: z.literal('generation'),
  /** The one model that this gateway serves. */
  model: z.literal(MODEL),
  /** fal's own id; null until fal has taken the request. */
  fal_request_id: z.nullable(z.string()),
  /**
   * How `fal_request_id` is known: from the `answer` to its request, a signed `hook`, a `look_up`
   * of an id that an unclear answer named, fal's request `history`, or a `person`. What proves
   * more replaces what proves less.
   */
  adopted_by: z.nullable(z.enum(EVIDENCE)),
  /**
   * A request in fal's history with the same input and time. Since the seed is the caller's own,
   * somebody else may have sent it: only a webhook or `resolve` adopts it. Usually null.
   */
  candidate_request_id: z.nullable(z.string()),
  /**
   * True while the request has been sent and its answer was lost. It is never sent again: it stays
   * open until fal's webhook arrives, its history shows the request, or the deadline passes.
   */
  unconfirmed: z.boolean(),
  /** The input as it is sent to fal, defaults and seed filled in. */
  input: modelInput,
  /**
   * Whose choice `input.seed` was: `caller`, or `generated` by the gateway if the caller gave
   * none. Null if none was sent.
   */
  seed_source: z.nullable(z.enum(SEED_SOURCES)),
  /** What it costs, `late_results` included. */
  cost,
  /**
   * Other jobs at fal that turned out to belong to this generation: one request was sent, and fal
   * named more than one job for it. Usually empty.
   */
  late_results: z.array(lateResult),
  /** The generation that this one retries. */
  retry_of: z.nullable(z.string()),
  /** The schedule that asked for it. */
  schedule_id: z.nullable(z.string()),
  /** Your own end user, as you named them; null if you named none. */
  user: z.nullable(z.string()),
  /** Your own pairs, as they were given. */
  metadata: z.record(z.string(), z.string()),
  /** How often it changed after its end: by fal's bill, which arrives later. */
  revision: z.int(),
  /** When it was asked for. */
  created_at: z.string(),
  /** When canceling was asked for. The status changes with fal's verdict alone. */
  cancel_requested_at: z.nullable(z.string()),
}
const open = {
  /** The video. Never null once it is completed, and null until then. */
  video: z.null(),
  /** Why it failed. Null unless it did. */
  error: z.null(),
  /** When it ended. */
  finished_at: z.null(),
  /**
   * How long past generations of its kind took from sent to finished: the median and the 90th
   * percentile, in seconds. Null while too few are known.
   */
  expected_seconds: z.nullable(
    z.object({
      /** Half of them took no longer than this. */
      p50: z.number(),
      /** Nine in ten took no longer than this. */
      p90: z.number(),
    }),
  ),
  /**
   * Why it waits: `concurrency_limit`, the account has as many at fal as it may have; `provider_unavailable`, fal
   * takes nothing at present, and it is sent once fal does; `confirmation`, fal's answer was lost.
   * Null while it is on its way.
   */
  pending_reason: z.nullable(z.enum(PENDING_REASONS)),
}

/** Not taken by fal yet, or sent without an answer (`unconfirmed`). */
const submitting = z.object({
  ...common,
  ...open,
  /** Its state. `completed`, `failed` and `canceled` are final and never change. */
  status: z.literal('submitting'),
  /** Its place in fal's queue, 0 being next; null if fal has not said. */
  queue_position: z.null(),
  /** When the model began to render, if fal said. */
  started_at: z.null(),
})
/** Taken by fal, and waiting there. */
const queued = z.object({
  ...common,
  ...open,
  status: z.literal('queued'),
  queue_position: z.nullable(z.int()),
  started_at: z.null(),
})
/** Being rendered. */
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
/** The video is there. Final. */
const completed = z.object({
  ...ended,
  status: z.literal('completed'),
  video,
  error: z.null(),
})
/** There is no video, and `error` says why. Final. */
const failed = z.object({
  ...ended,
  status: z.literal('failed'),
  video: z.null(),
  error: generationError,
})
/** Canceled before it was finished; nothing was paid. Final. */
const canceled = z.object({
  ...ended,
  status: z.literal('canceled'),
  video: z.null(),
  error: z.null(),
})

/** One request for one video, from asked to settled. `status` tells which fields it has. */
export const generation = z.discriminatedUnion('status', [
  submitting,
  queued,
  inProgress,
  completed,
  failed,
  canceled,
])

/** The generation, and a secret that lets a browser follow it. */
export const createdGeneration = z.intersection(
  generation,
  z.object({
    /**
     * For 24 hours, reads this generation and its events, and nothing else: show it to a browser
     * instead of an API key.
     */
    client_secret: z.string(),
  }),
)

/** One request for one video; `status` tells which of the others it is. */
export type Generation = z.infer<typeof generation>
/** As it is made: with a secret by which others may follow it. */
export type CreatedGeneration = z.infer<typeof createdGeneration>
/** Ended with a video. */
export type CompletedGeneration = z.infer<typeof completed>
/** Ended, in whichever way. */
export type FinalGeneration =
  | CompletedGeneration
  | z.infer<typeof failed>
  | z.infer<typeof canceled>
/** Another job of fal's that turned out to be this generation's too. */
export type LateResult = z.infer<typeof lateResult>
