/** A valid generation for each column of the transition table, for tests that change one thing. */
import { DEFAULT_PRICES } from '../../../src/contract/model.ts'
import { type AdmissionPolicy, newGeneration } from '../../../src/domain/generation/admission.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../src/domain/generation/deadlines.ts'
import type {
  Asked,
  Failure,
  FalVideo,
  GenerationRecord,
  OtherJob,
} from '../../../src/domain/generation/generation.ts'
import type {
  LogLine,
  Observation,
  ObservationType,
} from '../../../src/domain/generation/observation.ts'

export { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS }

export const CREATED_MS = Date.UTC(2026, 9, 23, 12)
export const SENT_MS = CREATED_MS + SECOND_MS
/** Half a minute after sending: before every deadline. */
export const NOW_MS = SENT_MS + 30 * SECOND_MS

export const ASKED: Asked = {
  id: 'gen_01k88z00000123456789abcdef',
  accountId: 'studio',
  keyId: 'key_1',
  day: '2026-10-23',
  input: { prompt: 'A paper boat', aspect_ratio: '16:9', resolution: '720p', duration: 5 },
  metadata: { shot: '12' },
  retryOf: null,
  scheduleId: null,
  webhookOrigin: 'https://gateway.test',
}

/** Four hours to start, the gateway's default. */
export const POLICY: AdmissionPolicy = {
  prices: DEFAULT_PRICES,
  startTimeoutSeconds: 4 * 3600,
  longestRunSeconds: 15 * 60,
  hookRetriesSeconds: 70 * 60,
  billing: { refusalsCount: true, unitMicrousd: null },
  seed: null,
  pastDurationsMs: [],
}

/** Start timeout plus longest run: until then a look may still say pending. */
export const LONGEST_END_MS = SENT_MS + 4 * HOUR_MS + 15 * MINUTE_MS

export const VIDEO: FalVideo = {
  sourceUrl: 'https://v3.fal.media/files/boat.mp4',
  contentType: 'video/mp4',
  fileName: 'boat.mp4',
  fileSizeBytes: 123_456,
}

export const FAILURE: Failure = {
  code: 'content_policy_violation',
  message: 'flagged by a content checker',
  retryable: false,
}

export const LINE: LogLine = {
  message: 'frame 1 of 120',
  level: 'INFO',
  timestamp: '2026-10-23T12:00:20Z',
}

const SIG = 'A'.repeat(22)

const unsent = newGeneration(ASKED, POLICY, CREATED_MS)
const sent: GenerationRecord = { ...unsent, sentAtMs: SENT_MS }
const queued: GenerationRecord = {
  ...sent,
  status: 'queued',
  falRequestId: 'req-1',
  adoptedBy: 'answer',
  queuePosition: 3,
}
const inProgress: GenerationRecord = {
  ...queued,
  status: 'in_progress',
  queuePosition: null,
  startedAtMs: SENT_MS + 10 * SECOND_MS,
}
const ended: GenerationRecord = {
  ...inProgress,
  verdict: 'fal',
  finishedAtMs: SENT_MS + 20 * SECOND_MS,
}

/** Another job of a generation; nothing is known about it yet. */
export const OTHER_JOB = {
  requestId: 'req-2',
  by: 'answer',
  sinceMs: NOW_MS,
  video: null,
  cost: sent.cost,
} as const satisfies OtherJob

/** Nothing was heard from fal by its deadline. */
const unheard = {
  ...sent,
  status: 'failed',
  failure: { code: 'submission_unconfirmed', message: 'nothing was heard', retryable: false },
  verdict: 'clock',
  finishedAtMs: SENT_MS + 20 * SECOND_MS,
  cost: { ...sent.cost, state: 'unknown' },
} as const satisfies GenerationRecord

/** The columns: every open phase, and every way to end. */
export const EXAMPLES = {
  unsent,
  sent,
  unconfirmed: { ...sent, unconfirmed: true },
  queued,
  in_progress: inProgress,
  completed: {
    ...ended,
    status: 'completed',
    video: VIDEO,
    cost: { ...ended.cost, state: 'charged', chargedMicrousd: 200_000 },
  },
  failed_by_fal: {
    ...ended,
    status: 'failed',
    failure: FAILURE,
    cost: { ...ended.cost, state: 'released', chargedMicrousd: 0 },
  },
  canceled: {
    ...ended,
    status: 'canceled',
    cancelRequestedAtMs: SENT_MS + 15 * SECOND_MS,
    cost: { ...ended.cost, state: 'released', chargedMicrousd: 0 },
  },
  failed_by_the_clock: { ...unheard, listening: true },
  unproven: {
    ...unheard,
    failure: { code: 'fal_unavailable', message: 'fal did not take it', retryable: false },
    refusedAtSubmit: true,
    verdict: 'unproven',
    listening: true,
    cost: sent.cost,
  },
  resolved_by_a_person: {
    ...unheard,
    verdict: 'person',
    listening: true,
    listeningUntilMs: LONGEST_END_MS + 70 * MINUTE_MS,
    cost: { ...sent.cost, state: 'released', chargedMicrousd: 0 },
  },
  settled_in_doubt: unheard,
} as const satisfies Record<string, GenerationRecord>

export type Column = keyof typeof EXAMPLES

export const COLUMNS = Object.keys(EXAMPLES).filter((name): name is Column => name in EXAMPLES)
/** A plain observation of every type. */
export const OBSERVATIONS: { readonly [T in ObservationType]: Extract<Observation, { type: T }> } =
  {
    sending: { type: 'sending', videoSig: SIG },
    accepted: { type: 'accepted', requestId: 'req-1', by: 'answer', queuePosition: 7 },
    candidate: { type: 'candidate', requestId: 'req-3' },
    refused: { type: 'refused', failure: FAILURE },
    unproven: { type: 'unproven', failure: { ...FAILURE, code: 'fal_unavailable' } },
    unanswered: { type: 'unanswered' },
    in_queue: { type: 'in_queue', position: 1 },
    running: { type: 'running', logs: [LINE] },
    output: { type: 'output', video: VIDEO },
    failure: { type: 'failure', failure: FAILURE, billed: false },
    doubtful_failure: { type: 'doubtful_failure', failure: FAILURE },
    cancel_requested: { type: 'cancel_requested' },
    cancel_accepted: { type: 'cancel_accepted' },
    canceled: { type: 'canceled' },
    not_found: { type: 'not_found' },
    resolved: { type: 'resolved', charged: true },
    restored: { type: 'restored', videoSig: SIG },
    not_needed: { type: 'not_needed' },
    archived: { type: 'archived', bytes: 5 },
    not_archived: { type: 'not_archived', reason: 'fal no longer has the file' },
    billed: { type: 'billed', requestId: 'req-1', microusd: 190_000 },
    clock: { type: 'clock' },
    duplicate: { type: 'duplicate', requestId: 'req-9' },
    beside: { type: 'beside', requestId: 'req-2', found: { type: 'output', video: VIDEO } },
  }
