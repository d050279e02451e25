/** Answers besides the contract's own schemas: lists, and small bodies of single routes. */
import * as z from 'zod/mini'
import { accountEvent, generationEvent } from '../../src/contract/events.ts'
import { generation } from '../../src/contract/generation.ts'
import { keyView } from '../../src/contract/key.ts'
import { scheduleRun, scheduleSummary } from '../../src/contract/schedule-answers.ts'
import { ASPECT_RATIOS, DURATIONS, MODEL, RESOLUTIONS } from '../../src/contract/model.ts'
import { webhook, webhookDelivery } from '../../src/contract/webhook.ts'

const listOf = <T extends z.core.$ZodType>(item: T) =>
  z.object({
    object: z.literal('list'),
    /** The entries of this page. */
    data: z.array(item),
  })

/** A list that may have another page. */
const pageOf = <T extends z.core.$ZodType>(item: T) =>
  z.extend(listOf(item), {
    /** Whether there is another page. */
    has_more: z.boolean(),
    /** Send it as `cursor` for the next page; null on the last one. */
    next_cursor: z.nullable(z.string()),
  })

/** Generations, newest first. */
export const generationList = pageOf(generation)
/** Schedules, newest first. */
export const scheduleList = pageOf(scheduleSummary)
/** A schedule's history, newest first. */
export const scheduleRunList = pageOf(scheduleRun)
/** The schedule is deleted. */
export const deletedSchedule = z.object({
  /** The id that it had. */
  id: z.string(),
  object: z.literal('schedule'),
  deleted: z.literal(true),
})
/** The generation is deleted. */
export const deletedGeneration = z.extend(deletedSchedule, { object: z.literal('generation') })
/** The webhook is deleted. */
export const deletedWebhook = z.extend(deletedSchedule, { object: z.literal('webhook') })
/** Webhooks, newest first. */
export const webhookList = listOf(webhook)
/** Messages, newest first. */
export const webhookDeliveryList = pageOf(webhookDelivery)
/** The events so far. */
export const eventList = listOf(generationEvent)
/** Events of an account, oldest first. */
export const accountEventList = z.extend(listOf(accountEvent), {
  has_more: z.boolean(),
  /** Send it as `after` for the next page. Present even if this page is empty. */
  next_cursor: z.string(),
})

/** A new API key, shown only once. */
export const createdKey = z.extend(keyView, {
  /** The key itself, shown only once: the gateway stores only its hash. */
  key: z.string(),
})
/** The keys of an account. */
export const keyList = listOf(keyView)

const note = z.object({
  /** Whether it is required. */
  required: z.boolean(),
  /** A remark. */
  note: z.string(),
})
const choice = <T extends z.core.$ZodType>(values: T) =>
  z.object({
    /** The allowed values. */
    values: z.array(values),
    /** The value if you give none. It is always sent. */
    default: values,
  })

/** The model, its allowed input and its prices. */
export const model = z.object({
  /** fal's name of the model. */
  id: z.literal(MODEL),
  object: z.literal('model'),
  /**
   * Where requests are sent: `https://queue.fal.run`, or fal's emulator, which renders no prompt
   * and charges nothing.
   */
  queue_origin: z.string(),
  /** The fields of a request. */
  input: z.object({
    /** The field `prompt`. */
    prompt: note,
    /** The field `negative_prompt`. */
    negative_prompt: note,
    /** The field `seed`. */
    seed: note,
    /** The field `aspect_ratio`. */
    aspect_ratio: choice(z.enum(ASPECT_RATIOS)),
    /** The field `resolution`. */
    resolution: choice(z.enum(RESOLUTIONS)),
    /** The field `duration`. */
    duration: z.extend(choice(z.literal(DURATIONS)), {
      /** The unit of the numbers. */
      unit: z.literal('seconds'),
    }),
  }),
  /** The prices of videos. */
  prices: z.array(
    z.object({
      /** At this resolution. */
      resolution: z.enum(RESOLUTIONS),
      /** For this many seconds. */
      duration: z.literal(DURATIONS),
      /** US dollars: the price. */
      usd: z.number(),
    }),
  ),
})
/** The models; there is one. */
export const modelList = listOf(model)

/** What the gateway did with a webhook. */
export const callbackOutcome = z.object({
  /** `ignored` if it named another request than the known one, or nothing that exists. */
  outcome: z.enum(['taken', 'ignored']),
})
