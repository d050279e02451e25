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
  share,
  video,
} from '../../src/contract/generation.ts'
import { generationRequest, modelInput } from '../../src/contract/input.ts'
import { health } from '../../src/contract/health.ts'
import { keyRequest, keyView } from '../../src/contract/key.ts'
import { problem } from '../../src/contract/problem-document.ts'
import {
  schedulePreviewRequest,
  scheduleRequest,
  scheduleUpdate,
} from '../../src/contract/schedule.ts'
import {
  schedule,
  schedulePreview,
  scheduleRun,
  scheduleSummary,
} from '../../src/contract/schedule-answers.ts'
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

/** What callers write: strict, and with the defaults of what they leave out. */
export const REQUESTS = {
  GenerationRequest: generationRequest,
  RetryRequest: retryRequest,
  ResolveRequest: resolveRequest,
  ShareRequest: shareRequest,
  KeyRequest: keyRequest,
  AccountUpdate: accountUpdate,
  ScheduleRequest: scheduleRequest,
  SchedulePreviewRequest: schedulePreviewRequest,
  ScheduleUpdate: scheduleUpdate,
  WebhookRequest: webhookRequest,
  WebhookUpdate: webhookUpdate,
  ScheduleInput: scheduleRequest.shape.input,
  FalInput: modelInput,
  FalWebhook: hookBody,
} as const satisfies Record<string, z.core.$ZodType>

/** What the gateway answers. Callers must expect fields that come to be later. */
export const RESPONSES = {
  Generation: generation,
  SubmittingGeneration: submitting,
  QueuedGeneration: queued,
  InProgressGeneration: inProgress,
  CompletedGeneration: completed,
  FailedGeneration: failed,
  CanceledGeneration: canceled,
  CreatedGeneration: createdGeneration,
  GenerationList: shapes.generationList,
  NormalisedInput: modelInput,
  Video: video,
  Cost: cost,
  LateResult: lateResult,
  GenerationError: generationError,
  GenerationEvent: generationEvent,
  StateEvent: stateEvent,
  QueuePositionEvent: positionEvent,
  LogEvent: logEvent,
  EventList: shapes.eventList,
  AccountEvent: accountEvent,
  DeletedEvent: deletedEvent,
  SchedulePausedEvent: pausedEvent,
  ScheduleRunFailedEvent: runFailedEvent,
  BudgetEvent: budgetEvent,
  BudgetThreshold: budgetThreshold,
  AccountEventList: shapes.accountEventList,
  Estimate: estimateView,
  Usage: usageView,
  Limit: limitView,
  Account: accountView,
  AfterRestore: afterRestoreView,
  Key: keyView,
  CreatedKey: shapes.createdKey,
  KeyList: shapes.keyList,
  Model: shapes.model,
  ModelList: shapes.modelList,
  Schedule: schedule,
  ScheduleSummary: scheduleSummary,
  NormalisedScheduleInput: schedule.shape.input,
  ScheduleList: shapes.scheduleList,
  SchedulePreview: schedulePreview,
  ScheduleRun: scheduleRun,
  ScheduleRunList: shapes.scheduleRunList,
  DeletedSchedule: shapes.deletedSchedule,
  Webhook: webhook,
  CreatedWebhook: createdWebhook,
  WebhookList: shapes.webhookList,
  DeletedWebhook: shapes.deletedWebhook,
  WebhookDelivery: webhookDelivery,
  WebhookDeliveryList: shapes.webhookDeliveryList,
  WebhookSecret: webhookSecret,
  DeletedGeneration: shapes.deletedGeneration,
  Share: share,
  Health: health,
  CallbackOutcome: shapes.callbackOutcome,
  Problem: problem,
  FalQueued: fal.falQueued,
  FalStatus: fal.falStatus,
  FalInQueue: fal.falInQueue,
  FalInProgress: fal.falInProgress,
  FalCompleted: fal.falCompleted,
  FalLogLine: fal.falLogLine,
  FalOutput: fal.falOutput,
  FalError: fal.falError,
  FalNotFound: fal.falNotFound,
  FalCancelRequested: fal.falCancelRequested,
  FalAlreadyCompleted: fal.falAlreadyCompleted,
} as const satisfies Record<string, z.core.$ZodType>

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
