/** What happens to a generation, as numbered events that a caller can follow and resume. */
import * as z from 'zod/mini'
import { generation } from './generation.ts'
import { budgetThreshold } from './budget.ts'
import { scheduleRun, scheduleSummary } from './schedule-answers.ts'

const envelope = {
  /**
   * Counts from 1, without gaps within a generation or an account. The `id` of the SSE event.
   * @minimum 1
   */
  id: z.int(),
  /** The generation that the event is about. */
  generation_id: z.string(),
  /** When it happened. */
  created_at: z.string(),
}

export const STATE_EVENTS = [
  'generation.submitting',
  'generation.unconfirmed',
  'generation.queued',
  'generation.in_progress',
  'generation.cancel_requested',
  'generation.completed',
  'generation.failed',
  'generation.canceled',
  'generation.late_result',
] as const
/** The events that carry the generation at that moment. */
export type StateEventType = (typeof STATE_EVENTS)[number]

/** Its state changed. The last one is `completed`, `failed` or `canceled`. */
const stateEvent = z.object({
  ...envelope,
  /** What happened. Also the SSE `event` field. */
  type: z.enum(STATE_EVENTS),
  /** The generation at that moment. */
  generation,
})

/** Its place in fal's queue changed. Sent while someone watches, at most every two seconds. */
const positionEvent = z.object({
  ...envelope,
  type: z.literal('generation.queue_position'),
  /** Its place in fal's queue; 0 is next. */
  queue_position: z.int(),
})

/** The model wrote a log line. Sent while someone watches. */
const logEvent = z.object({
  ...envelope,
  type: z.literal('generation.log'),
  /** A line that the model wrote while it rendered. */
  message: z.string(),
  /** The severity, as the model gave it. */
  level: z.nullable(z.string()),
  /**
   * When it was written, as fal gave it.
   * @format
   */
  logged_at: z.nullable(z.string()),
})

/** Something that happened to a generation. */
export const generationEvent = z.discriminatedUnion('type', [stateEvent, positionEvent, logEvent])
/** Something that happened to a generation; `type` says what. */
export type GenerationEvent = z.infer<typeof generationEvent>

/** The generation was deleted, and nothing of it can be read any more. */
const deletedEvent = z.object({ ...envelope, type: z.literal('generation.deleted') })

const ofAccount = {
  ...envelope,
  /** Null: the event is not about a generation. */
  generation_id: z.null(),
}
/** A schedule paused itself, or the key that made it ended. */
const pausedEvent = z.object({
  ...ofAccount,
  type: z.literal('schedule.paused'),
  /** The schedule, paused. */
  data: scheduleSummary,
})
/** The generation of a run failed. */
const runFailedEvent = z.object({
  ...ofAccount,
  type: z.literal('schedule.run_failed'),
  /** The run. */
  data: scheduleRun,
})
/** 80 % or all of a limit is spent. Sent once a day for each limit. */
const budgetEvent = z.object({
  ...ofAccount,
  type: z.literal('budget.threshold_reached'),
  /** The limit. */
  data: budgetThreshold,
})

/** Something that happened in an account, mostly to one of its generations. */
export const accountEvent = z.discriminatedUnion('type', [
  stateEvent,
  deletedEvent,
  pausedEvent,
  runFailedEvent,
  budgetEvent,
])
/** Something that happened in the account, numbered within the account. */
export type AccountEvent = z.infer<typeof accountEvent>

export const ACCOUNT_EVENTS = [
  ...STATE_EVENTS,
  'generation.deleted',
  'schedule.paused',
  'schedule.run_failed',
  'budget.threshold_reached',
] as const
/** The type of an account's event. */
export type AccountEventType = (typeof ACCOUNT_EVENTS)[number]
