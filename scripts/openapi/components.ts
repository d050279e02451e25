/** Every schema that the description names, and which of zod's two views of it is meant. */
import type * as z from 'zod/mini'
import {
  accountUpdate,
  accountView,
  afterRestoreView,
  limitView,
} from '../../src/contract/account.ts'
import { budgetThreshold } from '../../src/contract/budget.ts'
import { accountEvent, generationEvent } from '../../src/contract/events.ts'
import {
  cost,
  createdGeneration,
  generation,
  generationError,
  lateResult,
} from '../../src/contract/generation.ts'
import { share, video } from '../../src/contract/video.ts'
import { generationRequest, modelInput } from '../../src/contract/input.ts'
import { health } from '../../src/contract/health.ts'
import { keyRequest, keyView } from '../../src/contract/key.ts'
import { problem } from '../../src/contract/problem-document.ts'
import {
  schedulePreviewRequest,
  scheduleRequest,
  scheduleUpdate,
} from '../../src/contract/schedule.ts'
import * as scheduleAnswers from '../../src/contract/schedule-answers.ts'
import { estimateView, usageView } from '../../src/contract/usage.ts'
import {
  createdWebhook,
  webhook,
  webhookDelivery,
  webhookRequest,
  webhookSecret,
  webhookUpdate,
} from '../../src/contract/webhook.ts'
import { hookBody } from '../../src/routes/callbacks.ts'
import { shareRequest } from '../../src/routes/share.ts'
import { retryRequest } from '../../src/routes/generations.ts'
import { resolveRequest } from '../../src/routes/resolve.ts'
import * as fal from './fal-shapes.ts'
import * as shapes from './shapes.ts'

const [submitting, queued, inProgress, completed, failed, canceled] = generation.def.options
const [stateEvent, positionEvent, logEvent] = generationEvent.def.options
const [, deletedEvent, pausedEvent, runFailedEvent, budgetEvent] = accountEvent.def.options

type Named<T> = { [K in keyof T & string as Capitalize<K>]: z.core.$ZodType }

/** By their names here, which begin with a capital in the description. */
const named = <T extends Record<keyof T, z.core.$ZodType>>(schemas: T) =>
  Object.fromEntries(
    Object.entries<z.core.$ZodType>(schemas).map(([name, schema]) => [
      name.slice(0, 1).toUpperCase() + name.slice(1),
      schema,
    ]),
  ) as Named<T>

/** What callers write: strict, and with the defaults of what they leave out. */
export const REQUESTS = named({
  generationRequest,
  retryRequest,
  resolveRequest,
  shareRequest,
  keyRequest,
  accountUpdate,
  scheduleRequest,
  schedulePreviewRequest,
  scheduleUpdate,
  webhookRequest,
  webhookUpdate,
  scheduleInput: scheduleRequest.shape.input,
  falInput: modelInput,
  falWebhook: hookBody,
})

/** What the gateway answers. Callers must expect that fields are added later. */
export const RESPONSES = named({
  generation,
  submittingGeneration: submitting,
  queuedGeneration: queued,
  inProgressGeneration: inProgress,
  completedGeneration: completed,
  failedGeneration: failed,
  canceledGeneration: canceled,
  createdGeneration,
  normalisedInput: modelInput,
  video,
  share,
  cost,
  lateResult,
  generationError,
  generationEvent,
  stateEvent,
  queuePositionEvent: positionEvent,
  logEvent,
  accountEvent,
  deletedEvent,
  schedulePausedEvent: pausedEvent,
  scheduleRunFailedEvent: runFailedEvent,
  budgetEvent,
  budgetThreshold,
  estimate: estimateView,
  usage: usageView,
  limit: limitView,
  account: accountView,
  afterRestore: afterRestoreView,
  key: keyView,
  ...scheduleAnswers,
  normalisedScheduleInput: scheduleAnswers.schedule.shape.input,
  webhook,
  createdWebhook,
  webhookDelivery,
  webhookSecret,
  ...shapes,
  health,
  problem,
  ...fal,
})

export type ComponentName = keyof typeof REQUESTS | keyof typeof RESPONSES

/** Unions that a field tells apart, by that field's values. */
export const DISCRIMINATORS: Partial<
  Record<ComponentName, { propertyName: string; mapping: Record<string, ComponentName> }>
> = {
  Generation: {
    propertyName: 'status',
    mapping: {
      submitting: 'SubmittingGeneration',
      queued: 'QueuedGeneration',
      in_progress: 'InProgressGeneration',
      completed: 'CompletedGeneration',
      failed: 'FailedGeneration',
      canceled: 'CanceledGeneration',
    },
  },
  FalStatus: {
    propertyName: 'status',
    mapping: {
      IN_QUEUE: 'FalInQueue',
      IN_PROGRESS: 'FalInProgress',
      COMPLETED: 'FalCompleted',
    },
  },
}
