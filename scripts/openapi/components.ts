/** The named schemas of the description, and which of zod's two views each one uses. */
import type * as z from 'zod/mini'
import * as account from '../../src/contract/account.ts'
import * as budget from '../../src/contract/budget.ts'
import * as events from '../../src/contract/events.ts'
import * as generations from '../../src/contract/generation.ts'
import * as health from '../../src/contract/health.ts'
import { generationRequest, modelInput } from '../../src/contract/input.ts'
import * as keys from '../../src/contract/key.ts'
import { problem } from '../../src/contract/problem.ts'
import * as scheduleAnswers from '../../src/contract/schedule-answers.ts'
import * as schedules from '../../src/contract/schedule.ts'
import * as usage from '../../src/contract/usage.ts'
import * as videos from '../../src/contract/video.ts'
import * as webhooks from '../../src/contract/webhook.ts'
import { retryRequest } from '../../src/routes/generations.ts'
import { hookBody, resolveRequest } from '../../src/routes/outcomes.ts'
import { shareRequest } from '../../src/routes/videos.ts'
import * as fal from './fal-shapes.ts'
import * as shapes from './shapes.ts'

const [submitting, queued, inProgress, completed, failed, canceled] =
  generations.generation.def.options
const [stateEvent, positionEvent, logEvent] = events.generationEvent.def.options
const [, deletedEvent, pausedEvent, runFailedEvent, budgetEvent] = events.accountEvent.def.options

type Shape = z.ZodMiniObject | z.ZodMiniUnion | z.ZodMiniIntersection
type Name<K extends string> = Capitalize<K extends `${infer Viewed}View` ? Viewed : K>
type Named<T> = { [K in keyof T & string as T[K] extends Shape ? Name<K> : never]: Shape }

const isShape = (value: unknown): value is Shape =>
  typeof value === 'object' &&
  value !== null &&
  'def' in value &&
  ['object', 'union', 'intersection'].includes((value as Shape).def.type)

/** Schemas with fields, by their names here: `keyView` is `Key` in the description. */
const named = <T extends object>(exported: T) =>
  Object.fromEntries(
    Object.entries(exported)
      .filter(([, value]) => isShape(value))
      .map(([name, schema]) => [
        name.slice(0, 1).toUpperCase() + name.slice(1).replace(/View$/, ''),
        schema,
      ]),
  ) as Named<T>

export const ALL = named({
  ...account,
  ...budget,
  ...events,
  ...generations,
  ...health,
  ...keys,
  ...scheduleAnswers,
  ...schedules,
  ...usage,
  ...videos,
  ...webhooks,
  ...fal,
  ...shapes,
  submittingGeneration: submitting,
  queuedGeneration: queued,
  inProgressGeneration: inProgress,
  completedGeneration: completed,
  failedGeneration: failed,
  canceledGeneration: canceled,
  stateEvent,
  queuePositionEvent: positionEvent,
  logEvent,
  deletedEvent,
  schedulePausedEvent: pausedEvent,
  scheduleRunFailedEvent: runFailedEvent,
  budgetEvent,
  problem,
  generationRequest,
  retryRequest,
  resolveRequest,
  shareRequest,
  falInput: modelInput,
  normalisedInput: modelInput,
  falWebhook: hookBody,
  scheduleInput: schedules.scheduleRequest.shape.input,
  normalisedScheduleInput: scheduleAnswers.schedule.shape.input,
})

export type ComponentName = keyof typeof ALL

const isRequest = (name: string): boolean =>
  /(Request|Update|Input)$|^FalWebhook$/.test(name) && !name.startsWith('Normalised')
const only = (isWanted: (name: string) => boolean): Readonly<Record<string, Shape>> =>
  Object.fromEntries(Object.entries(ALL).filter(([name]) => isWanted(name)))

/** Callers' input: strict, with the defaults of absent fields. */
export const REQUESTS = only(isRequest)
/** The gateway's answers. Callers must expect new fields. */
export const RESPONSES = only((name) => !isRequest(name))
