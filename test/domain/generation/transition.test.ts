import { describe, expect, test } from 'vitest'
import type { CostState, Status } from '../../../src/contract/status.ts'
import type { GenerationRecord } from '../../../src/domain/generation/generation.ts'
import type { Observation, ObservationType } from '../../../src/domain/generation/observation.ts'
import { phaseOf, transition } from '../../../src/domain/generation/transition.ts'
import type { Phase } from '../../../src/domain/generation/transition.ts'
import type { EventDraft } from '../../../src/domain/generation/change.ts'
import { EXAMPLES, NOW_MS, OBSERVATIONS } from './example.ts'
import type { Column } from './example.ts'

/** What a generation is then, and the events that tell it; `·` is the same record and no event. */
type Cell = '·' | readonly [Phase, Status, CostState, ...EventDraft['type'][]]

const NOTHING = {
  sending: '·',
  accepted: '·',
  candidate: '·',
  billed: '·',
  archived: '·',
  not_archived: '·',
  refused: '·',
  unproven: '·',
  unanswered: '·',
  in_queue: '·',
  running: '·',
  output: '·',
  failure: '·',
  doubtful_failure: '·',
  cancel_requested: '·',
  cancel_accepted: '·',
  canceled: '·',
  not_found: '·',
  resolved: '·',
  restored: '·',
  not_needed: '·',
  clock: '·',
  duplicate: '·',
  beside: '·',
} as const satisfies Record<ObservationType, Cell>

const COMPLETED = ['settled', 'completed', 'charged', 'generation.completed'] as const
const FAILED = ['settled', 'failed', 'released', 'generation.failed'] as const
const CANCELED = ['settled', 'canceled', 'released', 'generation.canceled'] as const
const QUEUED = ['queued', 'queued', 'reserved', 'generation.queued'] as const
const UNPROVEN = ['presumed', 'failed', 'reserved', 'generation.failed'] as const
const IN_DOUBT = ['presumed', 'failed', 'unknown', 'generation.failed'] as const

/** What fal says of it once it has it. */
const ITS_END = { output: COMPLETED, failure: FAILED, canceled: CANCELED } as const

/** What ended without fal's word, and hears it after all. */
const LATE = {
  output: ['settled', 'failed', 'charged', 'generation.late_result'],
  failure: ['settled', 'failed', 'released', 'generation.late_result'],
  canceled: ['settled', 'failed', 'released', 'generation.late_result'],
} as const

const TABLE = {
  unsent: {
    ...NOTHING,
    sending: ['sent', 'submitting', 'reserved'],
    cancel_requested: CANCELED,
    not_needed: FAILED,
    restored: ['unconfirmed', 'submitting', 'reserved', 'generation.unconfirmed'],
  },
  sent: {
    ...NOTHING,
    ...ITS_END,
    accepted: QUEUED,
    refused: FAILED,
    unproven: UNPROVEN,
    unanswered: ['unconfirmed', 'submitting', 'reserved', 'generation.unconfirmed'],
    cancel_requested: ['sent', 'submitting', 'reserved', 'generation.cancel_requested'],
    duplicate: IN_DOUBT,
  },
  // By a person's word only once it is two minutes old.
  unconfirmed: {
    ...NOTHING,
    ...ITS_END,
    accepted: QUEUED,
    candidate: ['unconfirmed', 'submitting', 'reserved'],
    refused: FAILED,
    unproven: UNPROVEN,
    cancel_requested: ['unconfirmed', 'submitting', 'reserved', 'generation.cancel_requested'],
    duplicate: IN_DOUBT,
  },
  queued: {
    ...NOTHING,
    ...ITS_END,
    in_queue: ['queued', 'queued', 'reserved', 'generation.queue_position'],
    running: ['in_progress', 'in_progress', 'reserved', 'generation.in_progress', 'generation.log'],
    doubtful_failure: ['queued', 'queued', 'reserved'],
    cancel_requested: ['queued', 'queued', 'reserved', 'generation.cancel_requested'],
    cancel_accepted: ['queued', 'queued', 'reserved'],
  },
  in_progress: {
    ...NOTHING,
    ...ITS_END,
    running: ['in_progress', 'in_progress', 'reserved', 'generation.log'],
    doubtful_failure: ['in_progress', 'in_progress', 'reserved'],
    cancel_requested: ['in_progress', 'in_progress', 'reserved', 'generation.cancel_requested'],
    cancel_accepted: ['in_progress', 'in_progress', 'reserved'],
  },
  completed: {
    ...NOTHING,
    billed: ['settled', 'completed', 'charged'],
    archived: ['settled', 'completed', 'charged'],
    not_archived: ['settled', 'completed', 'charged'],
  },
  failed_by_fal: { ...NOTHING, billed: ['settled', 'failed', 'charged'] },
  canceled: { ...NOTHING, billed: ['settled', 'canceled', 'charged'] },
  failed_by_the_clock: {
    ...NOTHING,
    ...LATE,
    accepted: ['presumed', 'failed', 'unknown'],
    candidate: ['presumed', 'failed', 'unknown'],
    resolved: ['presumed', 'failed', 'charged'],
  },
  unproven: {
    ...NOTHING,
    ...LATE,
    accepted: ['presumed', 'failed', 'reserved'],
    candidate: ['presumed', 'failed', 'reserved'],
  },
  resolved_by_a_person: {
    ...NOTHING,
    ...LATE,
    accepted: ['presumed', 'failed', 'released'],
    candidate: ['presumed', 'failed', 'released'],
  },
  // Nobody listens any more, until it is heard of again.
  settled_in_doubt: {
    ...NOTHING,
    accepted: ['presumed', 'failed', 'unknown'],
    resolved: ['settled', 'failed', 'charged'],
  },
} as const satisfies Record<Column, Record<ObservationType, Cell>>

const rows = Object.values(OBSERVATIONS)
const columns = Object.keys(EXAMPLES).filter((name): name is Column => name in EXAMPLES)
const cells = columns.flatMap((column) =>
  rows.map((learned) => {
    const cell: Cell = TABLE[column][learned.type]
    return { column, learned, cell, says: cell === '·' ? 'nothing' : cell.join(', ') }
  }),
)

/** What a cell says of a generation that stood in its column. */
const expected = (cell: Cell, before: GenerationRecord) => {
  const stays = [phaseOf(before), before.status, before.cost.state] as const
  const [phase, status, cost, ...events] = cell === '·' ? stays : cell
  return { isSame: cell === '·', phase, status, cost, events }
}

describe('the table', () => {
  test.each(cells)('$column, learning $learned.type: $says', ({ column, learned, cell }) => {
    const before: GenerationRecord = EXAMPLES[column]
    const { generation, events } = transition(before, learned, NOW_MS)
    expect({
      isSame: generation === before,
      phase: phaseOf(generation),
      status: generation.status,
      cost: generation.cost.state,
      events: events.map((event) => event.type),
    }).toEqual(expected(cell, before))
  })

  test('leaves alone what a change does not concern', () => {
    for (const { column, learned } of cells) {
      const before: GenerationRecord = EXAMPLES[column]
      const { generation } = transition(before, learned, NOW_MS)
      const { id, input, metadata, createdAtMs, keyId, webhookOrigin } = generation
      expect({ id, input, metadata, createdAtMs, keyId, webhookOrigin }).toEqual({
        id: before.id,
        input: before.input,
        metadata: before.metadata,
        createdAtMs: before.createdAtMs,
        keyId: before.keyId,
        webhookOrigin: before.webhookOrigin,
      })
      expect(generation.cost.estimatedMicrousd).toBe(before.cost.estimatedMicrousd)
    }
  })
})

/** The record after one observation, whole. */
const after = (before: GenerationRecord, learned: Observation, nowMs = NOW_MS) =>
  transition(before, learned, nowMs).generation

describe('whole records', () => {
  test('sending writes down when, and what opens its video', () => {
    expect(after(EXAMPLES.unsent, OBSERVATIONS.sending)).toEqual({
      ...EXAMPLES.unsent,
      sentAtMs: NOW_MS,
      videoSig: OBSERVATIONS.sending.videoSig,
    })
  })

  test('accepted keeps the id and the position that fal gave', () => {
    expect(after(EXAMPLES.unconfirmed, OBSERVATIONS.accepted)).toEqual({
      ...EXAMPLES.unconfirmed,
      status: 'queued',
      unconfirmed: false,
      falRequestId: 'req-1',
      adoptedBy: 'answer',
      queuePosition: 7,
    })
  })

  test('accepted without a position leaves it unknown', () => {
    const learned = { type: 'accepted', requestId: 'req-1', by: 'answer' } as const
    expect(after(EXAMPLES.sent, learned).queuePosition).toBeNull()
  })

  test('refused says that fal said no to the submit itself', () => {
    expect(after(EXAMPLES.sent, OBSERVATIONS.refused)).toEqual({
      ...EXAMPLES.sent,
      status: 'failed',
      failure: OBSERVATIONS.refused.failure,
      refusedAtSubmit: true,
      verdict: 'fal',
      finishedAtMs: NOW_MS,
      cost: { ...EXAMPLES.sent.cost, state: 'released', chargedMicrousd: 0 },
    })
  })

  test('a failure of the job does not', () => {
    expect(after(EXAMPLES.queued, OBSERVATIONS.failure).refusedAtSubmit).toBe(false)
  })

  test('an output completes it with its video, at the price of the table', () => {
    expect(after(EXAMPLES.in_progress, OBSERVATIONS.output)).toEqual({
      ...EXAMPLES.in_progress,
      status: 'completed',
      video: OBSERVATIONS.output.video,
      verdict: 'fal',
      finishedAtMs: NOW_MS,
      cost: { ...EXAMPLES.in_progress.cost, state: 'charged', chargedMicrousd: 200_000 },
    })
  })

  test('running takes it out of the line, and counts the lines told', () => {
    expect(after(EXAMPLES.queued, OBSERVATIONS.running)).toEqual({
      ...EXAMPLES.queued,
      status: 'in_progress',
      queuePosition: null,
      startedAtMs: NOW_MS,
      logCount: 1,
    })
  })

  test('a failure that fal bills is charged', () => {
    const { cost } = after(EXAMPLES.queued, { ...OBSERVATIONS.failure, billed: true })
    expect(cost).toMatchObject({ state: 'charged', chargedMicrousd: 200_000 })
  })
})
