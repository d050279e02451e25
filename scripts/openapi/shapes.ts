/** What routes answer beside the contract's own schemas: lists, and the small bodies of single routes. */
import * as z from 'zod/mini'
import { accountEvent, generationEvent } from '../../src/contract/events.ts'
import { generation } from '../../src/contract/generation.ts'
import { keyView } from '../../src/contract/key.ts'
import { scheduleRun, scheduleSummary } from '../../src/contract/schedule-answers.ts'
import { ASPECT_RATIOS, DURATIONS, MODEL, RESOLUTIONS } from '../../src/contract/model.ts'
import { webhook, webhookDelivery } from '../../src/contract/webhook.ts'

const listOf = <T extends z.core.$ZodType>(item: T) =>
  z.object({ object: z.literal('list'), data: z.array(item) })

/** A list of which there can be another page. */
const pageOf = <T extends z.core.$ZodType>(item: T) =>
  z.extend(listOf(item), { has_more: z.boolean(), next_cursor: z.nullable(z.string()) })

export const generationList = pageOf(generation)
export const scheduleList = pageOf(scheduleSummary)
export const scheduleRunList = pageOf(scheduleRun)
export const deletedSchedule = z.object({
  id: z.string(),
  object: z.literal('schedule'),
  deleted: z.literal(true),
})
export const deletedGeneration = z.extend(deletedSchedule, { object: z.literal('generation') })
export const deletedWebhook = z.extend(deletedSchedule, { object: z.literal('webhook') })
export const webhookList = listOf(webhook)
export const webhookDeliveryList = pageOf(webhookDelivery)
export const eventList = listOf(generationEvent)
export const accountEventList = z.extend(listOf(accountEvent), {
  has_more: z.boolean(),
  next_cursor: z.string(),
})

export const createdKey = z.extend(keyView, { key: z.string() })
export const keyList = listOf(keyView)

const note = z.object({ required: z.boolean(), note: z.string() })
const choice = <T extends z.core.$ZodType>(values: T) =>
  z.object({ values: z.array(values), default: values })

export const model = z.object({
  id: z.literal(MODEL),
  object: z.literal('model'),
  queue_origin: z.string(),
  input: z.object({
    prompt: note,
    negative_prompt: note,
    seed: note,
    aspect_ratio: choice(z.enum(ASPECT_RATIOS)),
    resolution: choice(z.enum(RESOLUTIONS)),
    duration: z.extend(choice(z.literal(DURATIONS)), { unit: z.literal('seconds') }),
  }),
  prices: z.array(
    z.object({
      resolution: z.enum(RESOLUTIONS),
      duration: z.literal(DURATIONS),
      usd: z.number(),
    }),
  ),
})
export const modelList = listOf(model)

export const callbackOutcome = z.object({ outcome: z.enum(['taken', 'ignored']) })
