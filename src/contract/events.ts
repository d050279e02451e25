/** What happens to a generation, as numbered events that a caller can follow and resume. */
import * as z from 'zod/mini'
import { generation } from './generation.ts'
import { budgetThreshold } from './budget.ts'
import { scheduleRun, scheduleSummary } from './schedule-answers.ts'

const envelope = {
  /** Numbered from 1 within the generation, without gaps, or within the account; the SSE `id`. */
  id: z.int(),
  generation_id: z.string(),
  created_at: z.string(),
}

/** The events that carry the generation as it was at that moment. */
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
/** The events that carry the generation as it was then. */
export type StateEventType = (typeof STATE_EVENTS)[number]

const stateEvent = z.object({ ...envelope, type: z.enum(STATE_EVENTS), generation })

/** fal's queue moved. Told while someone watches, at most every two seconds. */
const positionEvent = z.object({
  ...envelope,
  type: z.literal('generation.queue_position'),
  queue_position: z.int(),
})

/** A line that the model wrote while it rendered. Told while someone watches. */
const logEvent = z.object({
  ...envelope,
  type: z.literal('generation.log'),
  message: z.string(),
  level: z.nullable(z.string()),
  logged_at: z.nullable(z.string()),
})

export const generationEvent = z.discriminatedUnion('type', [stateEvent, positionEvent, logEvent])
/** Something that happened to a generation; `type` tells what. */
export type GenerationEvent = z.infer<typeof generationEvent>

/** The end of a generation's events: nothing of it can be read any more. */
const deletedEvent = z.object({ ...envelope, type: z.literal('generation.deleted') })

const ofAccount = { ...envelope, generation_id: z.null() }
/** A schedule paused itself, or was paused with the key that made it. */
const pausedEvent = z.object({
  ...ofAccount,
  type: z.literal('schedule.paused'),
  data: scheduleSummary,
})
/** The generation of a schedule's run failed. */
const runFailedEvent = z.object({
  ...ofAccount,
  type: z.literal('schedule.run_failed'),
  data: scheduleRun,
})
/** 80 % or all of a limit is spent: told once a day and limit. */
const budgetEvent = z.object({
  ...ofAccount,
  type: z.literal('budget.threshold_reached'),
  data: budgetThreshold,
})

export const accountEvent = z.discriminatedUnion('type', [
  stateEvent,
  deletedEvent,
  pausedEvent,
  runFailedEvent,
  budgetEvent,
])
/** Something that happened in the account, numbered in the account's own sequence. */
export type AccountEvent = z.infer<typeof accountEvent>

/** The events of an account's stream. */
export const ACCOUNT_EVENTS = [
  ...STATE_EVENTS,
  'generation.deleted',
  'schedule.paused',
  'schedule.run_failed',
  'budget.threshold_reached',
] as const
/** What an event of the account tells. */
export type AccountEventType = (typeof ACCOUNT_EVENTS)[number]
