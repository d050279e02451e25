import { expect, test } from 'vitest'
import { amountsOf } from '../../../src/domain/budget.ts'
import { nextDue, NO_LOOKS } from '../../../src/domain/generation/due.ts'
import type { Evidence } from '../../../src/contract/status.ts'
import type { GenerationRecord, OtherJob } from '../../../src/domain/generation/generation.ts'
import type { Found, Observation } from '../../../src/domain/generation/observation.ts'
import { renderGeneration } from '../../../src/domain/generation/render.ts'
import { transition } from '../../../src/domain/generation/transition.ts'
import {
  DAY_MS,
  EXAMPLES,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  OBSERVATIONS,
  OTHER_JOB,
  SECOND_MS,
  VIDEO,
} from './example.ts'

/** A submit's answer, a hook or a look-up names another job than the known one. */
const named = (by: Evidence) => ({ type: 'accepted', requestId: 'req-2', by }) as const
const learn = (before: GenerationRecord, learned: Observation, nowMs = NOW_MS) =>
  transition(before, learned, nowMs)

test.each([
  ['look_up', 'hook', true],
  ['look_up', 'answer', true],
  ['hook', 'answer', true],
  ['look_up', 'look_up', false],
  ['hook', 'look_up', false],
  ['hook', 'hook', false],
  ['answer', 'look_up', false],
  ['answer', 'hook', false],
] as const)(
  'while a generation is open, its id from %s gives way to one from %s: %s',
  (known, by, replaces) => {
    for (const before of [EXAMPLES.queued, EXAMPLES.in_progress]) {
      const open: GenerationRecord = { ...before, adoptedBy: known, cancelAcceptedAtMs: NOW_MS }
      const { generation, events } = learn(open, named(by))
      const instead: GenerationRecord = {
        ...open,
        falRequestId: 'req-2',
        adoptedBy: by,
        queuePosition: null,
        cancelAcceptedAtMs: null,
        others: [{ ...OTHER_JOB, requestId: 'req-1', by: known }],
      }
      expect({ generation, events }).toEqual({ generation: replaces ? instead : open, events: [] })
    }
  },
)

const { completed, failed_by_fal, canceled, failed_by_the_clock } = EXAMPLES

const lost: GenerationRecord = { ...failed_by_the_clock, falRequestId: 'req-1' }

test.each([completed, failed_by_fal, canceled, lost])(
  'a generation $status by $verdict keeps another id beside its own',
  (before) => {
    for (const by of ['answer', 'hook', 'look_up'] as const) {
      const { generation, events } = learn(before, named(by))
      expect(generation).toEqual({ ...before, others: [{ ...OTHER_JOB, by }] })
      expect(events).toEqual([])
      expect(learn(generation, named('answer')).generation).toBe(generation)
    }
  },
)

test('a generation keeps at most four other ids', () => {
  let record: GenerationRecord = EXAMPLES.completed
  for (let n = 2; n < 100; n++) {
    record = learn(record, { ...named('hook'), requestId: `req-${n}` }).generation
  }
  expect(record.others.map((job) => job.requestId)).toEqual(['req-2', 'req-3', 'req-4', 'req-5'])
})

test('a generation that was never sent keeps no other id', () => {
  const canceled = learn(EXAMPLES.unsent, OBSERVATIONS.cancel_requested).generation
  expect(learn(canceled, named('hook')).generation).toBe(canceled)
})

const [CHARGED, RELEASED, UNKNOWN] = [completed.cost, canceled.cost, lost.cost]
const open: GenerationRecord = { ...EXAMPLES.queued, others: [OTHER_JOB] }
const done: GenerationRecord = { ...EXAMPLES.completed, others: [OTHER_JOB] }
const { sending: _, ...found } = OBSERVATIONS
const afterMs = { soon: SECOND_MS, later: MINUTE_MS, tooLate: DAY_MS + 1 }

type End = Partial<OtherJob> | 'as it was' | 'forgotten'
const othersAfter = (end: End) => {
  if (end === 'forgotten') return []
  return [end === 'as it was' ? OTHER_JOB : { ...OTHER_JOB, ...end }]
}

test.each<[string, Found, keyof typeof afterMs, End]>([
  ['its video', found.output, 'soon', { video: VIDEO, cost: CHARGED }],
  ['a failure', { ...found.failure, billed: false }, 'soon', { cost: RELEASED }],
  ['a billed failure', { ...found.failure, billed: true }, 'soon', { cost: CHARGED }],
  ['a cancel', found.canceled, 'soon', { cost: RELEASED }],
  ['another owner', found.duplicate, 'soon', 'forgotten'],
  ['not found yet', found.not_found, 'soon', 'as it was'],
  ['no longer found', found.not_found, 'later', { cost: UNKNOWN }],
  ['still queued', found.in_queue, 'later', 'as it was'],
  ['no answer', found.clock, 'later', 'as it was'],
  ['a doubtful failure', found.doubtful_failure, 'later', 'as it was'],
  ['no answer for a day', found.clock, 'tooLate', { cost: UNKNOWN }],
  ['still queued after a day', found.in_queue, 'tooLate', { cost: UNKNOWN }],
])('news of another job changes only that job: %s', (_name, learned, when, end) => {
  for (const before of [open, done]) {
    const observation = { type: 'beside', requestId: 'req-2', found: learned } as const
    const { generation, events } = learn(before, observation, NOW_MS + afterMs[when])
    expect(generation.others).toEqual(othersAfter(end))
    expect({ ...generation, others: before.others }).toEqual(before)
    const isTold = typeof end === 'object' && before === done
    expect(events).toEqual(isTold ? [{ type: 'generation.late_result' }] : [])
    expect(learn(generation, { ...observation, found: found.output }).generation.others).toEqual(
      end === 'as it was' ? [{ ...OTHER_JOB, video: VIDEO, cost: CHARGED }] : generation.others,
    )
  }
})

test.each([
  ['a hook named is forgotten', 'hook', []],
  ['the history listed may have been paid for', 'history', [{ by: 'history', cost: UNKNOWN }]],
] as const)('once fal no longer knows it, another job that %s', (_, by, after) => {
  const others = [{ ...OTHER_JOB, by }]
  const learned = { type: 'beside', requestId: 'req-2', found: found.not_found } as const
  const { generation } = learn({ ...done, others }, learned, NOW_MS + afterMs.later)
  expect(generation.others).toMatchObject(after)
  expect(generation.others).toHaveLength(after.length)
})

test('another job is looked at as soon as it is known, and then less and less often', () => {
  const atMs: number[] = []
  while (atMs.length < 30) {
    const besideAtMs = atMs.at(-1)
    const looks = besideAtMs === undefined ? NO_LOOKS : { ...NO_LOOKS, besideAtMs }
    const due = nextDue(done, looks)
    expect(due?.what).toBe('look_beside')
    atMs.push(due?.atMs ?? 0)
  }
  const seconds = atMs.map((ms) => (ms - NOW_MS) / SECOND_MS)
  expect(seconds.slice(0, 5)).toEqual([0, 2, 4, 6, 9])
  expect((atMs.at(-1) ?? 0) - (atMs.at(-2) ?? 0)).toBe(5 * MINUTE_MS)
  expect(seconds.at(-1)).toBeGreaterThan(HOUR_MS / SECOND_MS)
})

test("another job's cost is added to the generation's own, once that is known", () => {
  const others = [{ ...OTHER_JOB, video: VIDEO, cost: CHARGED }]
  const cost = (record: GenerationRecord) => renderGeneration({ ...record, others }).cost
  expect(cost(EXAMPLES.queued)).toMatchObject({ charged_usd: null, state: 'reserved' })
  expect(cost(EXAMPLES.completed)).toMatchObject({ charged_usd: 0.4, state: 'charged' })
  expect(cost(failed_by_fal)).toMatchObject({ charged_usd: 0.2, state: 'charged' })
  expect(cost(EXAMPLES.failed_by_the_clock)).toMatchObject({ charged_usd: null })
})

test("another job's cost stands in the ledger beside the generation's own", () => {
  const amounts = (cost: OtherJob['cost']) =>
    amountsOf({ ...EXAMPLES.completed, others: [{ ...OTHER_JOB, cost }] })
  expect(amounts(OTHER_JOB.cost)).toEqual({ charged: 200_000, reserved: 200_000, unknown: 0 })
  expect(amounts(CHARGED)).toEqual({ charged: 400_000, reserved: 0, unknown: 0 })
  expect(amounts(UNKNOWN)).toEqual({ charged: 200_000, reserved: 0, unknown: 200_000 })
  expect(amounts(RELEASED)).toEqual({ charged: 200_000, reserved: 0, unknown: 0 })
})

test('a caller sees other jobs once they have ended', () => {
  const others = [OTHER_JOB, { ...OTHER_JOB, requestId: 'req-3', video: VIDEO, cost: CHARGED }]
  const { video, late_results } = renderGeneration({ ...EXAMPLES.completed, others })
  const cost = { estimated_usd: 0.2, charged_usd: 0.2, state: 'charged', basis: 'price_table' }
  expect(late_results).toEqual([{ fal_request_id: 'req-3', video, cost }])
})

test("a submit that gets another generation's id fails, and listens until its webhook is overdue", () => {
  const { generation } = learn(EXAMPLES.sent, OBSERVATIONS.duplicate)
  const failure = { code: 'duplicate_request_id', message: expect.any(String), retryable: false }
  expect(generation).toEqual({ ...failed_by_the_clock, finishedAtMs: NOW_MS, failure })
  const adoptionEndsMs = (generation.sentAtMs ?? 0) + 5 * HOUR_MS + 25 * MINUTE_MS
  expect(nextDue(generation, NO_LOOKS)).toEqual({ what: 'clock', atMs: adoptionEndsMs + SECOND_MS })
  const over = learn(generation, OBSERVATIONS.clock, adoptionEndsMs + 1).generation
  expect(over).toEqual({ ...generation, listening: false })
})
