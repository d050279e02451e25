/** The examples of the description, made from its schemas; tests check them. */
import { Hono } from 'hono'
import { accountEvent, generationEvent } from '../../src/contract/events.ts'
import { createdGeneration, type Generation, generation } from '../../src/contract/generation.ts'
import { generationRequest } from '../../src/contract/input.ts'
import { keyView } from '../../src/contract/key.ts'
import { DEFAULT_PRICES } from '../../src/contract/price.ts'
import { scheduleRun, scheduleSummary } from '../../src/contract/schedule-answers.ts'
import { webhook } from '../../src/contract/webhook.ts'
import type { AppEnv, Gateway, Principal } from '../../src/routes/gateway.ts'
import { models } from '../../src/routes/about.ts'
import { ALL, type ComponentName } from './components.ts'
import { EXAMPLE_FAL_ID, EXAMPLE_ID, sample } from './sample.ts'
import type { Examples } from './types.ts'

const [asSubmitting, asQueued, asInProgress, asCompleted, asFailed, asCanceled] =
  generation.def.options
const [stateEvent, positionEvent, logEvent] = generationEvent.def.options

const started_at = '2026-11-23T09:30:04.120Z'
const cancel_requested_at = '2026-11-23T09:30:10.000Z'
const charged = { estimated_usd: 0.2, charged_usd: 0.2, state: 'charged', basis: 'price_table' }
const message = 'The prompt was flagged by a content checker.'

const submitting = sample(asSubmitting, {
  fal_request_id: null,
  adopted_by: null,
  unconfirmed: true,
  pending_reason: 'confirmation',
})
export const queued = sample(asQueued)
const inProgress = sample(asInProgress, { started_at })
export const completed = sample(asCompleted, {
  cost: charged,
  started_at,
  finished_at: '2026-11-23T09:30:51.873Z',
})
export const failed = sample(asFailed, {
  error: {
    code: 'content_policy_violation',
    message,
    retryable: false,
    fields: [{ path: 'prompt', message }],
  },
  cost: charged,
  finished_at: '2026-11-23T09:30:06.502Z',
})
export const canceled = sample(asCanceled, {
  cost: { ...charged, charged_usd: 0, state: 'released' },
  cancel_requested_at,
  finished_at: '2026-11-23T09:30:12.316Z',
})

/** What the answer to creating adds. */
export const created = <T extends Generation>(generation: T) => ({
  ...generation,
  client_secret: sample(createdGeneration).client_secret,
})

export const events = [
  sample(stateEvent, {
    id: 1,
    type: 'generation.queued',
    generation: { ...queued, expected_seconds: null },
  }),
  sample(positionEvent, { id: 2, created_at: '2026-11-23T09:30:02.360Z', queue_position: 0 }),
  sample(logEvent, {
    id: 3,
    created_at: '2026-11-23T09:30:20.800Z',
    message: '42 %',
    level: 'INFO',
    logged_at: '2026-11-23T09:30:20.611Z',
  }),
  sample(stateEvent, {
    id: 4,
    created_at: completed.finished_at,
    type: 'generation.completed',
    generation: completed,
  }),
]
const deleted = sample(accountEvent.def.options[1], { id: 412 })

export const pausedSchedule = sample(scheduleSummary, {
  paused: true,
  paused_reason: 'failures',
  next_run_at: null,
})
export const completedRun = sample(scheduleRun, { started_at: '2026-11-23T08:00:01.204Z' })
const skippedRun = sample(scheduleRun, {
  slot: '2026-11-20T08:00:00.000Z',
  generation_id: null,
  outcome: 'skipped',
  reason: 'over_budget',
  detail: 'schedule_daily has $0 left of $1, and this needs $0.2',
})

/** All that the route needs of a gateway. */
const gateway = { prices: DEFAULT_PRICES, queueOrigin: 'https://queue.fal.run' }
const modelList = await new Hono<AppEnv>()
  .use((c, next) => {
    c.set('principal', { onlyGeneration: null } as Principal)
    c.set('gateway', gateway as Gateway)
    return next()
  })
  .route('/', models)
  .request('/')

const prompt = { prompt: completed.input.prompt }
const schedules = {
  'Every weekday at nine, in Paris': {
    name: 'Good morning',
    cron: '0 9 * * 1-5',
    timezone: 'Europe/Paris',
    input: { prompt: 'Sunrise over the city on {{weekday}}, {{date}}' },
    daily_budget_usd: 1,
  },
  'Prompts in turn, every day': {
    name: 'Seasons',
    cron: '@daily',
    input: { resolution: '1080p' },
    prompts: ['A meadow in spring', 'The same meadow in winter'],
    catch_up: 'skip',
    metadata: { campaign: 'seasons' },
  },
}
const falStatus = {
  Waiting: sample(ALL.FalInQueue),
  'Being rendered': sample(ALL.FalInProgress),
}

/** The examples of a schema; those without an entry have one that is made from the schema alone. */
const EXAMPLES: Readonly<Partial<Record<ComponentName, Examples>>> = {
  GenerationRequest: {
    'A prompt, and the defaults for the rest': prompt,
    'Every field': sample(generationRequest, {
      negative_prompt: 'blurry, distorted',
      metadata: { order: '4711' },
    }),
  },
  FalInput: { 'A prompt': prompt },
  RetryRequest: {
    'Only if the first attempt was certainly not paid for': {},
    'Even if the first attempt may have been paid for': { accept_double_charge: true },
  },
  ResolveRequest: {
    "fal's bill does not show it": { charged: false },
    "It was found on fal's dashboard": { fal_request_id: EXAMPLE_FAL_ID },
  },
  FalWebhook: {
    'The video is ready': {
      request_id: EXAMPLE_FAL_ID,
      gateway_request_id: EXAMPLE_FAL_ID,
      status: 'OK',
      payload: { video: { url: completed.video.source_url } },
    },
  },
  ShareRequest: { 'For an hour': { expires_in_seconds: 3600 } },
  Generation: {
    'Being rendered': inProgress,
    'Cancel requested': { ...inProgress, cancel_requested_at },
    Completed: completed,
    Failed: failed,
    Canceled: canceled,
  },
  CreatedGeneration: {
    'fal accepted it': created(queued),
    "Sent, but fal's answer was lost": created(submitting),
    'The video': created(completed),
    'Why there is none': created(failed),
  },
  GenerationList: {
    'A page with a next one': sample(ALL.GenerationList, {
      data: [completed, failed],
      has_more: true,
      next_cursor: EXAMPLE_ID,
    }),
  },
  EventList: { 'The events so far': sample(ALL.EventList, { data: events }) },
  AccountEventList: {
    'A page': sample(ALL.AccountEventList, { data: [deleted], next_cursor: '412' }),
  },
  ScheduleRequest: schedules,
  SchedulePreviewRequest: schedules,
  ScheduleUpdate: { Pause: { paused: true }, 'An hour later': { cron: '0 10 * * MON-FRI' } },
  ScheduleRunList: {
    'Completed, and skipped': sample(ALL.ScheduleRunList, { data: [completedRun, skippedRun] }),
  },
  WebhookRequest: {
    'Receive how generations end': {
      url: sample(webhook).url,
      events: ['generation.completed', 'generation.failed'],
    },
  },
  WebhookUpdate: { 'Enable it again': { enabled: true } },
  ModelList: { 'Pika 2.2': await modelList.json() },
  AccountUpdate: {
    'Set a budget': { daily_budget_usd: 25, monthly_budget_usd: null, time_zone: 'Europe/Paris' },
  },
  Key: {
    Active: sample(keyView),
    Revoked: sample(keyView, { state: 'revoked', revoked_at: '2026-11-23T10:00:00.000Z' }),
  },
  Health: {
    Up: sample(ALL.Health),
    'fal accepts nothing': sample(ALL.Health, {
      status: 'degraded',
      reasons: [{ code: 'provider_unavailable', since: started_at }],
    }),
  },
  FalStatus: falStatus,
  FalNotFound: { Unknown: sample(ALL.FalNotFound, { detail: 'Request not found' }) },
  FalError: {
    'Too early': { detail: 'Request is still in progress' },
    'Refused by the model': {
      detail: [{ loc: ['body', 'prompt'], msg: message, type: 'content_policy_violation' }],
    },
    Canceled: { detail: 'Request was cancelled by the client', error_type: 'client_cancelled' },
    Failed: { detail: 'fal did not take the request (503)', error_type: 'internal_error' },
    'Still open': { detail: 'It is not done yet; ask for its status', request_id: EXAMPLE_ID },
  },
}

/** All examples of a schema, or those with these summaries. */
export const examplesOf = (schema: ComponentName, summaries?: readonly string[]): Examples => {
  const all = EXAMPLES[schema] ?? { 'An example': sample(ALL[schema]) }
  if (summaries === undefined) return all
  return Object.fromEntries(
    summaries.map((summary) => {
      if (!(summary in all)) throw new Error(`${schema} has no example ${summary}`)
      return [summary, all[summary]]
    }),
  )
}

/** One stream for each schema of events. */
const STREAMS: Readonly<Partial<Record<ComponentName, [summary: string, sent: unknown[]]>>> = {
  GenerationEvent: ['From queued to completed', events],
  AccountEvent: ['One deleted', [deleted]],
  FalStatus: ['Waiting, then being rendered', Object.values(falStatus)],
}

export const streamOf = (schema: ComponentName): Examples => {
  const [summary = '', sent = []] = STREAMS[schema] ?? []
  // The streams of fal's protocol do not resume.
  const texts = sent.map((event) => {
    const { id, type } = Object(event)
    const head = id === undefined ? '' : `id: ${id}\nevent: ${type}\n`
    return `${head}data: ${JSON.stringify(event)}\n\n`
  })
  return { [summary]: [schema === 'FalStatus' ? '' : 'retry: 1000\n\n', ...texts].join('') }
}
