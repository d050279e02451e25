/** One generation on its way from queued to completed, for every test to vary. */
import type {
  CompletedGeneration,
  FinalGeneration,
  Generation,
  GenerationEvent,
} from '../../src/client/index.ts'

export const ID = 'gen_01example'

const oneJob: Generation['late_results'] = []

const common = {
  id: ID,
  object: 'generation',
  model: 'fal-ai/pika/v2.2/text-to-video',
  fal_request_id: '7e3c',
  adopted_by: 'answer',
  candidate_request_id: null,
  revision: 0,
  unconfirmed: false,
  input: { prompt: 'p', aspect_ratio: '16:9', resolution: '720p', duration: 5 },
  seed_source: null,
  cost: { estimated_usd: 0.2, charged_usd: null, state: 'reserved', basis: 'price_table' },
  late_results: oneJob,
  retry_of: null,
  schedule_id: null,
  user: null,
  metadata: {},
  created_at: '2026-01-31T09:00:00.000Z',
  cancel_requested_at: null,
} as const

export const queued: Generation = {
  ...common,
  status: 'queued',
  queue_position: 2,
  video: null,
  error: null,
  started_at: null,
  finished_at: null,
  expected_seconds: null,
  pending_reason: null,
}

const ended = {
  ...common,
  queue_position: null,
  started_at: '2026-01-31T09:00:01.000Z',
  finished_at: '2026-01-31T09:00:05.000Z',
} as const

export const completed: CompletedGeneration = {
  ...ended,
  status: 'completed',
  video: {
    url: 'https://gateway.example/v.mp4',
    source_url: 'https://fal.example/v.mp4',
    content_type: 'video/mp4',
    file_name: 'v.mp4',
    file_size: 3,
    archived_at: null,
    archive_error: null,
  },
  error: null,
}

export const failed: FinalGeneration = {
  ...ended,
  status: 'failed',
  video: null,
  error: { code: 'content_policy_violation', message: 'flagged', retryable: false },
}

export const canceled: FinalGeneration = {
  ...ended,
  status: 'canceled',
  video: null,
  error: null,
}

type StateEvent = Extract<GenerationEvent, { generation: Generation }>

/** The event that told of a generation's state. */
export const told = (id: number, generation: Generation): StateEvent => ({
  id,
  generation_id: ID,
  created_at: generation.created_at,
  type: `generation.${generation.status}`,
  generation,
})

export const position = (id: number, queuePosition: number): GenerationEvent => ({
  id,
  generation_id: ID,
  created_at: '2026-01-31T09:00:00.500Z',
  type: 'generation.queue_position',
  queue_position: queuePosition,
})
