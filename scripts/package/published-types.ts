/**
 * The types that the package names. Wherever one of these shapes occurs in the declarations, its
 * name is written instead, so that errors and tooltips read well.
 */
import type { Hono } from 'hono'
import type { AppType } from '../../src/app.ts'
import type { Generation } from '../../src/contract/generation.ts'
import type { KeyView } from '../../src/contract/key.ts'

export type { AppType }
export type { Scope } from '../../src/contract/key.ts'
export type {
  CostState,
  FailureCode,
  FinalStatus,
  Origin,
  Status,
} from '../../src/contract/status.ts'
export type { AspectRatio, Duration, Resolution } from '../../src/contract/model.ts'
export type { ProblemCode, ProblemStatus } from '../../src/contract/problem.ts'
export type { FieldError, Problem } from '../../src/contract/problem.ts'
export type { GenerationRequest, ModelInput, NormalisedInput } from '../../src/contract/input.ts'
export type * from '../../src/contract/generation.ts'
export type { Share, Video } from '../../src/contract/video.ts'
export type * from '../../src/contract/events.ts'
export type { AccountUpdate, AccountView, LimitView } from '../../src/contract/account.ts'
export type { KeyRequest, KeyView } from '../../src/contract/key.ts'
export type {
  ScheduleInput,
  SchedulePreviewRequest,
  ScheduleRequest,
  ScheduleUpdate,
} from '../../src/contract/schedule.ts'
export type * from '../../src/contract/schedule-answers.ts'
export type { BudgetThreshold } from '../../src/contract/budget.ts'
export type {
  CreatedWebhook,
  Webhook,
  WebhookDelivery,
  WebhookRequest,
  WebhookUpdate,
} from '../../src/contract/webhook.ts'
export type { EstimateView, UsageView } from '../../src/contract/usage.ts'

/** What it costs, as far as is known. */
export type Cost = Generation['cost']
/** Admitted, and not known to have reached fal yet. */
export type SubmittingGeneration = Extract<Generation, { status: 'submitting' }>
/** In fal's queue. */
export type QueuedGeneration = Extract<Generation, { status: 'queued' }>
/** The model renders it. */
export type InProgressGeneration = Extract<Generation, { status: 'in_progress' }>
/** Ended without a video; `error` says why. */
export type FailedGeneration = Extract<Generation, { status: 'failed' }>
/** Ended before it finished, because its caller canceled it. */
export type CanceledGeneration = Extract<Generation, { status: 'canceled' }>
/** Why a generation failed. */
export type GenerationError = FailedGeneration['error']
/** The answer to the request that created a generation. */
export type CreatedGeneration = Generation & {
  /** For 24 hours, reads only this generation and its events. */
  client_secret: string
}

/** A new API key, shown only once. */
export type CreatedKey = KeyView & { key: string }

/** Every route with its input and its answers, as `Hono` keeps them. */
export type Routes = AppType extends Hono<infer _Env, infer Schema, infer _Base> ? Schema : never
