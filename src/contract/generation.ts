/** A generation as every caller sees it: one request for one video, from asked to settled. */
import * as z from 'zod/mini'
import { modelInput } from './input.ts'
import { MODEL } from './model.ts'
import { COST_STATES, EVIDENCE, FAILURE_CODES, PENDING_REASONS, SEED_SOURCES } from './status.ts'

export const video = z.object({
  /** Where to play or download it, without a key. */
  url: z.string(),
  /** fal's own file: public, and kept for about seven days. */
  source_url: z.string(),
  content_type: z.nullable(z.string()),
  file_name: z.nullable(z.string()),
  /** Bytes. */
  file_size: z.nullable(z.number()),
  /** Since when the gateway keeps it; null while it is at fal alone. */
  archived_at: z.nullable(z.string()),
  /** Why the gateway could not keep it. */
  archive_error: z.nullable(z.string()),
})

/** A link to a video that ends. */
export const share = z.object({
  object: z.literal('share'),
  url: z.string(),
  expires_at: z.string(),
})
/** A link to a video that ends. */
export type Share = z.infer<typeof share>

export const generationError = z.object({
  code: z.enum(FAILURE_CODES),
  message: z.string(),
  /** Whether a new generation of the same input can succeed. */
  retryable: z.boolean(),
  fields: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
  /** Until when fal may still deliver it: only then is it certain that it will not. */
  listening_until: z.optional(z.string()),
  /** The video that fal delivered after the verdict; it was paid for. */
  late_video: z.optional(video),
})

export const cost = z.object({
  estimated_usd: z.number(),
  /** Null until it is known. */
  charged_usd: z.nullable(z.number()),
  state: z.enum(COST_STATES),
  /** `fal_billing`: what fal charged; `fal_units`: as fal said with the result; else `price_table`. */
  basis: z.enum(['price_table', 'fal_units', 'fal_billing']),
})

/** Another job of fal's that turned out to be this generation's too. */
export const lateResult = z.object({
  fal_request_id: z.string(),
  /** Null where that job made none. */
  video: z.nullable(video),
  cost,
})

const common = {
  id: z.string(),
  object: z.literal('generation'),
  model: z.literal(MODEL),
  fal_request_id: z.nullable(z.string()),
  /** What `fal_request_id` rests on; null while it is not known. */
  adopted_by: z.nullable(z.enum(EVIDENCE)),
  /** A request in fal's history that may be this one's: `resolve` adopts it. */
  candidate_request_id: z.nullable(z.string()),
  /** Sent to fal, whose answer was lost; open until its webhook, its history or the deadline says. */
  unconfirmed: z.boolean(),
  /** As it was sent. */
  input: modelInput,
  /** Whose choice `input.seed` was; null where none was sent. */
  seed_source: z.nullable(z.enum(SEED_SOURCES)),
  /** With what its `late_results` were charged. */
  cost,
  late_results: z.array(lateResult),
  retry_of: z.nullable(z.string()),
  schedule_id: z.nullable(z.string()),
  /** The caller's own end user, as it was given. */
  user: z.nullable(z.string()),
  metadata: z.record(z.string(), z.string()),
  /** How often it changed after its end: by fal's bill, for instance. */
  revision: z.int(),
  created_at: z.string(),
  cancel_requested_at: z.nullable(z.string()),
}
const open = {
  video: z.null(),
  error: z.null(),
  finished_at: z.null(),
  /** Seconds from sent to finished of past generations of this kind; null while too few are known. */
  expected_seconds: z.nullable(z.object({ p50: z.number(), p90: z.number() })),
  /** Why it waits: to be sent, or to hear what became of it; null while it is on its way. */
  pending_reason: z.nullable(z.enum(PENDING_REASONS)),
}

const submitting = z.object({
  ...common,
  ...open,
  status: z.literal('submitting'),
  queue_position: z.null(),
  started_at: z.null(),
})
const queued = z.object({
  ...common,
  ...open,
  status: z.literal('queued'),
  /** 0 is next; null while fal has not said. */
  queue_position: z.nullable(z.int()),
  started_at: z.null(),
})
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
const completed = z.object({ ...ended, status: z.literal('completed'), video, error: z.null() })
const failed = z.object({
  ...ended,
  status: z.literal('failed'),
  video: z.null(),
  error: generationError,
})
const canceled = z.object({
  ...ended,
  status: z.literal('canceled'),
  video: z.null(),
  error: z.null(),
})

export const generation = z.discriminatedUnion('status', [
  submitting,
  queued,
  inProgress,
  completed,
  failed,
  canceled,
])

/** What a request that creates one answers: the generation, and who else may follow it. */
export const createdGeneration = z.intersection(
  generation,
  z.object({
    /** For 24 hours, reads this generation and its events, and nothing else. */
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
/** The video, and where it is. */
export type Video = z.infer<typeof video>
/** Another job of fal's that turned out to be this generation's too. */
export type LateResult = z.infer<typeof lateResult>
