/** Examples of generations and events, made by the gateway's own code; tests check them. */
import { accountEvent, type GenerationEvent } from '../../src/contract/events.ts'
import { type Generation, generation } from '../../src/contract/generation.ts'
import type { GenerationRequest } from '../../src/contract/input.ts'
import type { Video } from '../../src/contract/video.ts'
import { whole } from './whole.ts'

const [asSubmitting, asQueued, asInProgress, asCompleted, asFailed, asCanceled] =
  generation.def.options

/** A generation's id, and fal's id of the same. */
export const EXAMPLE_ID = 'gen_01m836txt7gb5hjrvqqthaem5x'
export const EXAMPLE_FAL_ID = '764cabcf-b745-4b3e-ae38-1200304cf45b'

export const prompt = 'Sunlight on a slow river'
const fullInput: GenerationRequest = {
  prompt,
  negative_prompt: 'blurry, distorted',
  seed: 42,
  aspect_ratio: '9:16',
  resolution: '1080p',
  duration: 10,
  metadata: { order: '4711' },
}

const reserved = {
  estimated_usd: 0.2,
  charged_usd: null,
  state: 'reserved',
  basis: 'price_table',
} as const
const charged = { ...reserved, charged_usd: 0.2, state: 'charged' } as const
const job = {
  id: EXAMPLE_ID,
  fal_request_id: EXAMPLE_FAL_ID,
  adopted_by: 'answer',
  input: { prompt, seed: 1234567890, aspect_ratio: '16:9', resolution: '720p', duration: 5 },
  seed_source: 'generated',
  cost: reserved,
  created_at: '2026-11-23T09:30:00.000Z',
  expected_seconds: { p50: 48, p90: 75 },
} as const
const started_at = '2026-11-23T09:30:04.120Z'

const submitting: Generation = whole(asSubmitting, {
  ...job,
  fal_request_id: null,
  adopted_by: null,
  unconfirmed: true,
  pending_reason: 'confirmation',
})
export const queued: Generation = whole(asQueued, { ...job, queue_position: 2 })
export const inProgress: Generation = whole(asInProgress, { ...job, started_at })
export const cancelRequested: Generation = whole(asInProgress, {
  ...job,
  started_at,
  cancel_requested_at: '2026-11-23T09:30:10.000Z',
})
const video: Video = {
  url: `https://pika-edge.example.workers.dev/videos/default/${EXAMPLE_ID}.mp4?sig=AAECAwQFBgcICQoLDA0ODw`,
  source_url: 'https://v3.fal.media/files/penguin/Q8nRX0.mp4',
  content_type: 'video/mp4',
  file_name: 'output.mp4',
  file_size: 4_404_019,
  archived_at: '2026-11-23T09:30:53.406Z',
  archive_error: null,
}
export const completed = whole(asCompleted, {
  ...job,
  video,
  cost: charged,
  started_at,
  finished_at: '2026-11-23T09:30:51.873Z',
})
const message = 'The prompt was flagged by a content checker.'
export const failed: Generation = whole(asFailed, {
  ...job,
  error: {
    code: 'content_policy_violation',
    message,
    retryable: false,
    fields: [{ path: 'prompt', message }],
  },
  cost: charged,
  finished_at: '2026-11-23T09:30:06.502Z',
})
export const canceled: Generation = whole(asCanceled, {
  ...job,
  cost: { ...reserved, charged_usd: 0, state: 'released' },
  cancel_requested_at: '2026-11-23T09:30:01.000Z',
  finished_at: '2026-11-23T09:30:02.316Z',
})

/** What the answer to creating adds. */
export const created = <T extends Generation>(generation: T) => ({
  ...generation,
  client_secret: `pcs_default.${EXAMPLE_ID}.1795512600.AAECAwQFBgcICQoLDA0ODw`,
})

const generation_id = EXAMPLE_ID
export const events: GenerationEvent[] = [
  {
    id: 1,
    generation_id,
    created_at: '2026-11-23T09:30:00.341Z',
    type: 'generation.queued',
    generation: { ...queued, expected_seconds: null },
  },
  {
    id: 2,
    generation_id,
    created_at: '2026-11-23T09:30:02.360Z',
    type: 'generation.queue_position',
    queue_position: 0,
  },
  {
    id: 3,
    generation_id,
    created_at: '2026-11-23T09:30:20.800Z',
    type: 'generation.log',
    message: '42 %',
    level: 'INFO',
    logged_at: '2026-11-23T09:30:20.611Z',
  },
  {
    id: 4,
    generation_id,
    created_at: '2026-11-23T09:30:51.873Z',
    type: 'generation.completed',
    generation: completed,
  },
]
const deleted = whole(accountEvent.def.options[1], {
  id: 412,
  generation_id,
  created_at: '2026-11-23T09:41:07.002Z',
})

/** The same events in a stream. */
const streamOf = (sent: readonly { id: number; type: string }[]): string =>
  [
    'retry: 1000\n\n',
    ...sent.map(
      (event) => `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
    ),
  ].join('')
export const eventStream = streamOf(events)
export const accountStream = streamOf([deleted])

export const listOf = (data: readonly unknown[]) => ({ object: 'list', data })
/** The last page of a list. */
export const pageOf = (data: readonly unknown[], next_cursor: string | null = null) => ({
  ...listOf(data),
  has_more: false,
  next_cursor,
})

export const generationExamples = {
  GenerationRequest: {
    'A prompt, and the defaults for the rest': { prompt },
    'Every field': fullInput,
  },
  FalInput: { 'A prompt': { prompt } },
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
      payload: { video: { url: video.url } },
    },
  },
  ShareRequest: { 'For an hour': { expires_in_seconds: 3600 } },
  Generation: {
    'Being rendered': inProgress,
    Completed: completed,
    Failed: failed,
    Canceled: canceled,
  },
  CreatedGeneration: {
    'fal accepted it': created(queued),
    "Sent, but fal's answer was lost": created(submitting),
  },
  GenerationList: {
    'A page with a next one': { ...pageOf([completed, failed], EXAMPLE_ID), has_more: true },
  },
  DeletedGeneration: { Deleted: { id: EXAMPLE_ID, object: 'generation', deleted: true } },
  EventList: { 'The events so far': listOf(events) },
  AccountEventList: { 'A page': pageOf([deleted], '412') },
  Share: {
    'For an hour': {
      object: 'share',
      url: `${video.url}&expires=1795512600`,
      expires_at: '2026-11-24T09:30:00.000Z',
    },
  },
}
