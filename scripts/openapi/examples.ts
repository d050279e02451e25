/** Values as they really come, which the tests hold against their schemas. */
import type { AccountUpdate, AccountView, LimitView } from '../../src/contract/account.ts'
import type { GenerationEvent } from '../../src/contract/events.ts'
import type { CompletedGeneration, Generation } from '../../src/contract/generation.ts'
import type { Video } from '../../src/contract/video.ts'
import type { GenerationRequest } from '../../src/contract/input.ts'
import type { KeyRequest, KeyView } from '../../src/contract/key.ts'
import { MODEL } from '../../src/contract/model.ts'
import type { EstimateView, UsageView } from '../../src/contract/usage.ts'

/** What a generation's id looks like, and fal's own of it. */
export const EXAMPLE_ID = 'gen_01m836txt7gb5hjrvqqthaem5x'
export const EXAMPLE_FAL_ID = '764cabcf-b745-4b3e-ae38-1200304cf45b'

const prompt = 'Sunlight on a slow river'

export const input: GenerationRequest = { prompt }
export const fullInput: GenerationRequest = {
  prompt,
  negative_prompt: 'blurry, distorted',
  seed: 42,
  aspect_ratio: '9:16',
  resolution: '1080p',
  duration: 10,
  metadata: { order: '4711' },
}

/** The usual: fal named one job for it. */
const oneJob: Generation['late_results'] = []

const open = {
  id: EXAMPLE_ID,
  object: 'generation',
  model: MODEL,
  fal_request_id: EXAMPLE_FAL_ID,
  adopted_by: 'answer',
  candidate_request_id: null,
  unconfirmed: false,
  input: { prompt, seed: 1234567890, aspect_ratio: '16:9', resolution: '720p', duration: 5 },
  seed_source: 'generated',
  queue_position: null,
  video: null,
  error: null,
  cost: { estimated_usd: 0.2, charged_usd: null, state: 'reserved', basis: 'price_table' },
  late_results: oneJob,
  retry_of: null,
  schedule_id: null,
  user: null,
  metadata: {},
  revision: 0,
  created_at: '2026-11-23T09:30:00.000Z',
  started_at: null,
  finished_at: null,
  cancel_requested_at: null,
  expected_seconds: { p50: 48, p90: 75 },
  pending_reason: null,
} as const
const { expected_seconds: _expected, pending_reason: _pending, ...ended } = open

export const submitting: Generation = {
  ...open,
  status: 'submitting',
  fal_request_id: null,
  adopted_by: null,
  unconfirmed: true,
  pending_reason: 'confirmation',
}
export const queued: Generation = { ...open, status: 'queued', queue_position: 2 }
export const inProgress: Generation = {
  ...open,
  status: 'in_progress',
  started_at: '2026-11-23T09:30:04.120Z',
}

const video: Video = {
  url: `https://pika-edge.example.workers.dev/videos/default/${EXAMPLE_ID}.mp4?sig=AAECAwQFBgcICQoLDA0ODw`,
  source_url: 'https://v3.fal.media/files/penguin/Q8nRX0.mp4',
  content_type: 'video/mp4',
  file_name: 'output.mp4',
  file_size: 4_404_019,
  archived_at: '2026-11-23T09:30:53.406Z',
  archive_error: null,
}
export const share = {
  object: 'share',
  url: `${video.url}&expires=1795512600`,
  expires_at: '2026-11-24T09:30:00.000Z',
}
export const completed: CompletedGeneration = {
  ...ended,
  status: 'completed',
  video,
  cost: { estimated_usd: 0.2, charged_usd: 0.2, state: 'charged', basis: 'price_table' },
  started_at: '2026-11-23T09:30:04.120Z',
  finished_at: '2026-11-23T09:30:51.873Z',
}
const free = {
  estimated_usd: 0.2,
  charged_usd: 0,
  state: 'released',
  basis: 'price_table',
} as const
export const failed: Generation = {
  ...ended,
  status: 'failed',
  error: {
    code: 'content_policy_violation',
    message: 'The prompt was flagged by a content checker.',
    retryable: false,
    fields: [{ path: 'prompt', message: 'The prompt was flagged by a content checker.' }],
  },
  cost: { estimated_usd: 0.2, charged_usd: 0.2, state: 'charged', basis: 'price_table' },
  finished_at: '2026-11-23T09:30:06.502Z',
}
export const canceled: Generation = {
  ...ended,
  status: 'canceled',
  cost: free,
  cancel_requested_at: '2026-11-23T09:30:01.000Z',
  finished_at: '2026-11-23T09:30:02.316Z',
}
export const cancelRequested: Generation = {
  ...open,
  status: 'in_progress',
  started_at: '2026-11-23T09:30:04.120Z',
  cancel_requested_at: '2026-11-23T09:30:10.000Z',
}

/** What creating adds. */
export const created = <T extends Generation>(generation: T) => ({
  ...generation,
  client_secret: `pcs_default.${EXAMPLE_ID}.1795512600.AAECAwQFBgcICQoLDA0ODw`,
})

export const list = {
  object: 'list',
  data: [completed, failed],
  has_more: true,
  next_cursor: EXAMPLE_ID,
}

export const events: GenerationEvent[] = [
  {
    id: 1,
    generation_id: EXAMPLE_ID,
    created_at: '2026-11-23T09:30:00.341Z',
    type: 'generation.queued',
    generation: { ...queued, expected_seconds: null },
  },
  {
    id: 2,
    generation_id: EXAMPLE_ID,
    created_at: '2026-11-23T09:30:02.360Z',
    type: 'generation.queue_position',
    queue_position: 0,
  },
  {
    id: 3,
    generation_id: EXAMPLE_ID,
    created_at: '2026-11-23T09:30:20.800Z',
    type: 'generation.log',
    message: '42 %',
    level: 'INFO',
    logged_at: '2026-11-23T09:30:20.611Z',
  },
  {
    id: 4,
    generation_id: EXAMPLE_ID,
    created_at: '2026-11-23T09:30:51.873Z',
    type: 'generation.completed',
    generation: completed,
  },
]

const accountEvent = {
  id: 412,
  generation_id: EXAMPLE_ID,
  created_at: '2026-11-23T09:41:07.002Z',
  type: 'generation.deleted',
}
export const accountEvents = {
  object: 'list',
  data: [accountEvent],
  has_more: false,
  next_cursor: '412',
}
export const accountStream = `retry: 1000\n\nid: 412\nevent: generation.deleted\ndata: ${JSON.stringify(accountEvent)}\n\n`

/** The same events as the stream carries them. */
export const eventStream = [
  'retry: 1000\n\n',
  ...events.map(
    (event) => `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
  ),
].join('')

const limit: LimitView = {
  limit: 'account_daily',
  limit_usd: 10,
  spent_usd: 1.4,
  left_usd: 8.6,
  resets_at: '2026-11-24T00:00:00.000Z',
}

export const estimate: EstimateView = {
  object: 'estimate',
  model: MODEL,
  input: { prompt, aspect_ratio: '16:9', resolution: '720p', duration: 5 },
  cost: { estimated_usd: 0.2, basis: 'price_table' },
  admissible: true,
  limits: [{ ...limit, exceeded: false }],
  open: { now: 3, max: 1000, exceeded: false },
}

const sums = {
  generations: 7,
  charged_usd: 1.2,
  reserved_usd: 0.2,
  unknown_usd: 0,
  released_usd: 0.2,
}
export const usage: UsageView = {
  object: 'usage',
  from: '2026-11-01',
  to: '2026-11-23',
  time_zone: 'UTC',
  total: sums,
  by_day: [{ day: '2026-11-23', ...sums }],
  by_key: [{ key_id: 'key_01m836txt7gb5hjrvqqthaem5x', ...sums }],
  by_schedule: [{ schedule_id: null, ...sums }],
  by_user: [{ user: 'u_4711', ...sums }],
  open: { total: 3, unsent: 1, unconfirmed: 0 },
  provider: { status: 'available', since: null },
  by_status: [{ status: 'completed', ...sums }],
  limits: [limit],
}

export const accountUpdate: AccountUpdate = {
  daily_budget_usd: 25,
  monthly_budget_usd: null,
  time_zone: 'Europe/Paris',
}
export const account: AccountView = {
  id: 'acme',
  object: 'account',
  daily_budget_usd: 25,
  monthly_budget_usd: null,
  time_zone: 'Europe/Paris',
  max_open: 1000,
  open: 3,
  limits: [{ ...limit, limit_usd: 25, left_usd: 23.6, resets_at: '2026-11-23T23:00:00.000Z' }],
}

export const keyRequest: KeyRequest = {
  account_id: 'acme',
  name: 'website',
  scopes: ['generations:read', 'generations:write'],
  daily_budget_usd: 5,
}
export const key: KeyView = {
  id: 'key_01m836txt7gb5hjrvqqthaem5x',
  object: 'key',
  account_id: 'acme',
  name: 'website',
  prefix: 'pika_acme_0Z3kTq',
  scopes: ['generations:read', 'generations:write'],
  state: 'active',
  daily_budget_usd: 5,
  monthly_budget_usd: null,
  created_at: '2026-11-23T09:00:00.000Z',
  expires_at: null,
  revoked_at: null,
  last_used_at: null,
}

const choices = { aspect_ratio: ['16:9', '9:16', '1:1', '4:5', '5:4', '3:2', '2:3'] }
export const models = {
  object: 'list',
  data: [
    {
      id: MODEL,
      object: 'model',
      queue_origin: 'https://queue.fal.run',
      input: {
        prompt: { required: true, note: 'must not be empty' },
        negative_prompt: {
          required: false,
          note: "sent only when given: leaving it out takes the model's own default, an empty string overrides it",
        },
        seed: { required: false, note: 'an integer, 0 included; sent only when given' },
        aspect_ratio: { values: choices.aspect_ratio, default: '16:9' },
        resolution: { values: ['720p', '1080p'], default: '720p' },
        duration: { values: [5, 10], default: 5, unit: 'seconds' },
      },
      prices: [
        { resolution: '720p', duration: 5, usd: 0.2 },
        { resolution: '720p', duration: 10, usd: 0.4 },
        { resolution: '1080p', duration: 5, usd: 0.45 },
        { resolution: '1080p', duration: 10, usd: 0.9 },
      ],
    },
  ],
}

export const createdKey = {
  ...key,
  key: 'pika_acme_0Z3kTqA1bC2dE3fG4hI5jK6lM7nO8pQ9rS0tU1vW2xY_2nF4pH6rJ8tL0vN2xP4zR6',
}
