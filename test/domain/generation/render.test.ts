import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { generation as contract } from '../../../src/contract/generation.ts'
import type { GenerationRecord } from '../../../src/domain/generation/generation.ts'
import { NO_HOLDUP, renderGeneration } from '../../../src/domain/generation/render.ts'
import { transition } from '../../../src/domain/generation/transition.ts'
import { ASKED, type Column, COLUMNS, EXAMPLES, FAILURE, VIDEO } from './example.ts'
import { histories } from './observations.ts'

const COMMON = {
  id: ASKED.id,
  object: 'generation',
  model: 'fal-ai/pika/v2.2/text-to-video',
  fal_request_id: 'req-1',
  adopted_by: 'answer',
  candidate_request_id: null,
  revision: 0,
  unconfirmed: false,
  input: ASKED.input,
  seed_source: null,
  queue_position: null,
  video: null,
  error: null,
  late_results: [],
  retry_of: null,
  schedule_id: null,
  user: null,
  metadata: { shot: '12' },
  created_at: '2026-10-23T12:00:00.000Z',
  started_at: null,
  finished_at: null,
  cancel_requested_at: null,
}
const RESERVED = { estimated_usd: 0.2, charged_usd: null, state: 'reserved', basis: 'price_table' }
const STARTED = { started_at: '2026-10-23T12:00:11.000Z' }
const ENDED = { ...STARTED, finished_at: '2026-10-23T12:00:21.000Z' }
const OPEN = { cost: RESERVED, expected_seconds: null, pending_reason: null }
const FREE = { ...RESERVED, charged_usd: 0, state: 'released' }
const RENDERED_VIDEO = {
  url: VIDEO.sourceUrl,
  source_url: VIDEO.sourceUrl,
  content_type: 'video/mp4',
  file_name: 'boat.mp4',
  file_size: 123_456,
  archived_at: null,
  archive_error: null,
}

/** Nothing was heard from fal, and nobody listens any more. */
const UNHEARD = {
  ...COMMON,
  finished_at: ENDED.finished_at,
  status: 'failed',
  fal_request_id: null,
  adopted_by: null,
  error: { code: 'submission_unconfirmed', message: 'nothing was heard', retryable: false },
  cost: { ...RESERVED, state: 'unknown' },
} as const

const SUBMITTING = {
  ...COMMON,
  ...OPEN,
  status: 'submitting',
  fal_request_id: null,
  adopted_by: null,
} as const

const BODIES = {
  unsent: SUBMITTING,
  sent: SUBMITTING,
  unconfirmed: { ...SUBMITTING, unconfirmed: true, pending_reason: 'confirmation' },
  queued: { ...COMMON, ...OPEN, status: 'queued', queue_position: 3 },
  in_progress: { ...COMMON, ...OPEN, ...STARTED, status: 'in_progress' },
  completed: {
    ...COMMON,
    ...ENDED,
    status: 'completed',
    video: RENDERED_VIDEO,
    cost: { ...RESERVED, charged_usd: 0.2, state: 'charged' },
  },
  failed_by_fal: { ...COMMON, ...ENDED, status: 'failed', error: { ...FAILURE }, cost: FREE },
  canceled: {
    ...COMMON,
    ...ENDED,
    status: 'canceled',
    cancel_requested_at: '2026-10-23T12:00:16.000Z',
    cost: FREE,
  },
  failed_by_the_clock: {
    ...UNHEARD,
    error: { ...UNHEARD.error, listening_until: '2026-10-24T12:00:21.000Z' },
  },
  unproven: {
    ...UNHEARD,
    error: { ...EXAMPLES.unproven.failure, listening_until: '2026-10-23T14:00:01.000Z' },
    cost: RESERVED,
  },
  resolved_by_a_person: {
    ...UNHEARD,
    error: { ...UNHEARD.error, listening_until: '2026-10-23T17:25:01.000Z' },
    cost: FREE,
  },
  settled_in_doubt: UNHEARD,
} as const satisfies Record<Column, object>

test.each(COLUMNS)('a caller sees %s in full, as the contract says', (column) => {
  const rendered = renderGeneration(EXAMPLES[column])
  expect(rendered).toEqual(BODIES[column])
  expect(contract.parse(structuredClone(rendered))).toEqual(rendered)
})

test('a caller sees expected seconds for an open generation, and none for one that ended', () => {
  const outlook = { expected: { p50: 40, p90: 90 }, holdup: NO_HOLDUP }
  const open = { ...BODIES.queued, expected_seconds: outlook.expected }
  expect(renderGeneration(EXAMPLES.queued, outlook)).toEqual(open)
  expect(renderGeneration(EXAMPLES.completed, outlook)).toEqual(BODIES.completed)
})

test('a caller sees position 0, seed 0, an empty negative prompt, and null for what fal did not say', () => {
  const input = { ...ASKED.input, seed: 0, negative_prompt: '' }
  const seen = renderGeneration({ ...EXAMPLES.queued, queuePosition: 0, input })
  expect([seen.queue_position, seen.input]).toEqual([0, input])
  const video = { ...VIDEO, contentType: null, fileName: null, fileSizeBytes: null }
  const unsaid = { content_type: null, file_name: null, file_size: null }
  const rendered = renderGeneration({ ...EXAMPLES.completed, video })
  expect(rendered.video).toEqual({ ...RENDERED_VIDEO, ...unsaid })
})

test('a caller sees wrong fields and a late video under the error', () => {
  const fields = [{ path: 'seed', message: 'must be an integer' }]
  const wrong = { ...FAILURE, code: 'invalid_input', fields } as const
  const failed = renderGeneration({ ...EXAMPLES.failed_by_fal, failure: wrong })
  expect(failed.error).toEqual(wrong)
  const failure = { ...EXAMPLES.failed_by_the_clock.failure, lateVideo: VIDEO }
  const { error } = renderGeneration({ ...EXAMPLES.failed_by_the_clock, failure })
  expect(error).toEqual({ ...BODIES.failed_by_the_clock.error, late_video: RENDERED_VIDEO })
})

test("a caller sees the gateway's own video URL, and when the video was archived", () => {
  const archivedAtMs = Date.parse('2026-10-23T12:00:30Z')
  const kept = { ...EXAMPLES.completed, videoSig: 'sig', video: { ...VIDEO, archivedAtMs } }
  const origin = 'https://g.example'
  const { video } = renderGeneration(kept, { expected: null, holdup: NO_HOLDUP, origin })
  expect(video).toEqual({
    ...RENDERED_VIDEO,
    url: `https://g.example/videos/${kept.accountId}/${kept.id}.mp4?sig=sig`,
    archived_at: '2026-10-23T12:00:30.000Z',
  })
})

test('a caller sees no internal fields', () => {
  const text = JSON.stringify(COLUMNS.map((column) => renderGeneration(EXAMPLES[column])))
  for (const secret of [ASKED.keyId, ASKED.accountId, 'gateway.test', 'webhook', 'verdict']) {
    expect(text).not.toContain(secret)
  }
})

test('every possible generation matches the contract', () => {
  fc.assert(
    fc.property(histories, ({ first, steps }) => {
      let generation: GenerationRecord = first
      for (const { learned, nowMs } of steps) {
        generation = transition(generation, learned, nowMs).generation
        const rendered = renderGeneration(generation)
        expect(contract.parse(JSON.parse(JSON.stringify(rendered)))).toEqual(rendered)
      }
    }),
  )
})
