import { expect, test } from 'vitest'
import type { CostState, Status } from '../../../src/contract/status.ts'
import type { GenerationRecord } from '../../../src/domain/generation/generation.ts'
import type { Observation, ObservationType } from '../../../src/domain/generation/observation.ts'
import { type Phase, phaseOf, transition } from '../../../src/domain/generation/transition.ts'
import type { EventDraft } from '../../../src/domain/generation/change.ts'
import { type Column, COLUMNS, EXAMPLES, FAILURE, NOW_MS, OBSERVATIONS } from './example.ts'

/** What a generation is afterwards, and the events that report it. */
type Cell = readonly [Phase, Status, CostState, ...EventDraft['type'][]]
const COMPLETED = ['settled', 'completed', 'charged', 'generation.completed'] as const
const FAILED = ['settled', 'failed', 'released', 'generation.failed'] as const
const CANCELED = ['settled', 'canceled', 'released', 'generation.canceled'] as const
const QUEUED = ['queued', 'queued', 'reserved', 'generation.queued'] as const
const UNPROVEN = ['presumed', 'failed', 'reserved', 'generation.failed'] as const
const IN_DOUBT = ['presumed', 'failed', 'unknown', 'generation.failed'] as const

/** The ends that fal can report for a job that it has. */
const ITS_END = { output: COMPLETED, failure: FAILED, canceled: CANCELED } as const

/** The ends of a generation that ended without fal's word and gets it after all. */
const LATE = {
  output: ['settled', 'failed', 'charged', 'generation.late_result'],
  failure: ['settled', 'failed', 'released', 'generation.late_result'],
  canceled: ['settled', 'failed', 'released', 'generation.late_result'],
} as const

/** An observation that is not listed leaves the same record and makes no event. */
const TABLE: Readonly<Record<Column, Partial<Record<ObservationType, Cell>>>> = {
  unsent: {
    sending: ['sent', 'submitting', 'reserved'],
    cancel_requested: CANCELED,
    not_needed: FAILED,
    restored: ['unconfirmed', 'submitting', 'reserved', 'generation.unconfirmed'],
  },
  sent: {
    ...ITS_END,
    accepted: QUEUED,
    refused: FAILED,
    unproven: UNPROVEN,
    unanswered: ['unconfirmed', 'submitting', 'reserved', 'generation.unconfirmed'],
    cancel_requested: ['sent', 'submitting', 'reserved', 'generation.cancel_requested'],
    duplicate: IN_DOUBT,
  },
  // A person can resolve it only once it is two minutes old.
  unconfirmed: {
    ...ITS_END,
    accepted: QUEUED,
    candidate: ['unconfirmed', 'submitting', 'reserved'],
    refused: FAILED,
    unproven: UNPROVEN,
    cancel_requested: ['unconfirmed', 'submitting', 'reserved', 'generation.cancel_requested'],
    duplicate: IN_DOUBT,
  },
  queued: {
    ...ITS_END,
    in_queue: ['queued', 'queued', 'reserved', 'generation.queue_position'],
    running: ['in_progress', 'in_progress', 'reserved', 'generation.in_progress', 'generation.log'],
    doubtful_failure: ['queued', 'queued', 'reserved'],
    cancel_requested: ['queued', 'queued', 'reserved', 'generation.cancel_requested'],
    cancel_accepted: ['queued', 'queued', 'reserved'],
  },
  in_progress: {
    ...ITS_END,
    running: ['in_progress', 'in_progress', 'reserved', 'generation.log'],
    doubtful_failure: ['in_progress', 'in_progress', 'reserved'],
    cancel_requested: ['in_progress', 'in_progress', 'reserved', 'generation.cancel_requested'],
    cancel_accepted: ['in_progress', 'in_progress', 'reserved'],
  },
  completed: {
    billed: ['settled', 'completed', 'charged'],
    archived: ['settled', 'completed', 'charged'],
    not_archived: ['settled', 'completed', 'charged'],
  },
  failed_by_fal: { billed: ['settled', 'failed', 'charged'] },
  canceled: { billed: ['settled', 'canceled', 'charged'] },
  failed_by_the_clock: {
    ...LATE,
    accepted: ['presumed', 'failed', 'unknown'],
    candidate: ['presumed', 'failed', 'unknown'],
    resolved: ['presumed', 'failed', 'charged'],
  },
  unproven: {
    ...LATE,
    accepted: ['presumed', 'failed', 'reserved'],
    candidate: ['presumed', 'failed', 'reserved'],
  },
  resolved_by_a_person: {
    ...LATE,
    accepted: ['presumed', 'failed', 'released'],
    candidate: ['presumed', 'failed', 'released'],
  },
  // Nobody listens any more, until fal reports on it again.
  settled_in_doubt: {
    accepted: ['presumed', 'failed', 'unknown'],
    resolved: ['settled', 'failed', 'charged'],
  },
}

const cells = COLUMNS.flatMap((column) =>
  Object.values(OBSERVATIONS).map((learned) => {
    const cell = TABLE[column][learned.type]
    return { column, learned, cell, says: cell?.join(', ') ?? 'nothing' }
  }),
)

/** What never changes, whatever is learned. */
const constantOf = (generation: GenerationRecord) => {
  const { id, input, metadata, createdAtMs, keyId, webhookOrigin, cost } = generation
  const { estimatedMicrousd } = cost
  return { id, input, metadata, createdAtMs, keyId, webhookOrigin, estimatedMicrousd }
}

test.each(cells)('$column, learning $learned.type: $says', ({ column, learned, cell }) => {
  const before: GenerationRecord = EXAMPLES[column]
  const { generation, events } = transition(before, learned, NOW_MS)
  const told = [phaseOf(generation), generation.status, generation.cost.state]
  const as = cell ?? [phaseOf(before), before.status, before.cost.state]
  expect([...told, ...events.map((event) => event.type)]).toEqual(as)
  expect(generation === before).toBe(cell === undefined)
  expect(constantOf(generation)).toEqual(constantOf(before))
})

const { unsent, sent, unconfirmed, queued, in_progress, completed, failed_by_fal } = EXAMPLES
const { sending, accepted, refused, failure, output, running } = OBSERVATIONS
const unplaced = { type: 'accepted', requestId: 'req-1', by: 'answer' } as const
const isRefused = { ...sent, status: 'failed', verdict: 'fal', refusedAtSubmit: true } as const
const billed = { ...failed_by_fal, cost: completed.cost, finishedAtMs: NOW_MS }

test.each<[string, GenerationRecord, Observation, GenerationRecord]>([
  ['when it was sent', unsent, sending, { ...sent, sentAtMs: NOW_MS, videoSig: sending.videoSig }],
  ['its id and position', unconfirmed, accepted, { ...queued, queuePosition: 7 }],
  ['no position if fal gives none', sent, unplaced, { ...queued, queuePosition: null }],
  ['that it runs', queued, running, { ...in_progress, startedAtMs: NOW_MS, logCount: 1 }],
  ['its video and its price', in_progress, output, { ...completed, finishedAtMs: NOW_MS }],
  ['its failure', in_progress, failure, { ...failed_by_fal, finishedAtMs: NOW_MS }],
  ['a failure and its price', in_progress, { ...failure, billed: true }, billed],
  [
    'that fal refused the submit itself',
    sent,
    refused,
    { ...isRefused, failure: FAILURE, finishedAtMs: NOW_MS, cost: failed_by_fal.cost },
  ],
])('records %s, and nothing else', (_, before, learned, generation) => {
  expect(transition(before, learned, NOW_MS).generation).toEqual(generation)
})
