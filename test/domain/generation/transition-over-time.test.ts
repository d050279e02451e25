import { expect, test } from 'vitest'
import type { GenerationRecord } from '../../../src/domain/generation/generation.ts'
import type { Observation } from '../../../src/domain/generation/observation.ts'
import { phaseOf, transition } from '../../../src/domain/generation/transition.ts'
import type { EventDraft } from '../../../src/domain/generation/change.ts'
import { SUBMIT_TIMEOUT_MS } from '../../../src/domain/generation/deadlines.ts'
import {
  CREATED_MS,
  DAY_MS,
  EXAMPLES,
  HOUR_MS,
  LINE,
  LONGEST_END_MS,
  MINUTE_MS,
  NOW_MS,
  OBSERVATIONS,
  SECOND_MS,
  SENT_MS,
  VIDEO,
} from './example.ts'

/** What is learned, and when, if not now. */
type Step = Observation | readonly [learned: Observation, nowMs: number]

/** The record after everything learned, in order, and every event that told it. */
const follow = (before: GenerationRecord, ...steps: readonly Step[]) => {
  let generation = before
  const events: EventDraft['type'][] = []
  for (const step of steps) {
    const [learned, nowMs] = 'type' in step ? [step, NOW_MS] : step
    const next = transition(generation, learned, nowMs)
    generation = next.generation
    events.push(...next.events.map((event) => event.type))
  }
  return { generation, events }
}

const { unsent, sent, unconfirmed, queued, in_progress, failed_by_the_clock: presumed } = EXAMPLES
const { accepted, canceled, clock, doubtful_failure: doubtful, output, sending } = OBSERVATIONS
/** What is said of it once the clock ends it: it may have been paid for. */
const byTheClock = (code: string, finishedAtMs: number) => ({
  status: 'failed',
  unconfirmed: false,
  queuePosition: null,
  failure: { code, message: expect.any(String), retryable: false },
  verdict: 'clock',
  listening: true,
  finishedAtMs,
  cost: presumed.cost,
})
const released = EXAMPLES.canceled.cost
const charged = EXAMPLES.completed.cost
const inQueue = (position: number | null) => ({ type: 'in_queue', position }) as const

test.each([
  ['a day after it was made', unsent, CREATED_MS + DAY_MS],
  ['earlier, where it says so', { ...unsent, sendBeforeMs: NOW_MS }, NOW_MS],
  ['no later, whatever it says', { ...unsent, sendBeforeMs: 1e15 }, CREATED_MS + DAY_MS],
])('what waits unsent ends unpaid %s, by the clock or when its turn comes', (...row) => {
  const [, waiting, deadlineMs] = row
  expect(follow(waiting, [clock, deadlineMs - 1]).generation).toBe(waiting)
  expect(follow(waiting, [sending, deadlineMs - 1]).generation.sentAtMs).toBe(deadlineMs - 1)
  for (const learned of [clock, sending]) {
    const { generation, events } = follow(waiting, [learned, deadlineMs])
    expect(generation).toEqual({
      ...waiting,
      status: 'failed',
      failure: { code: 'not_sent', message: expect.any(String), retryable: true },
      verdict: 'gateway',
      finishedAtMs: deadlineMs,
      cost: released,
    })
    expect([phaseOf(generation), events]).toEqual(['settled', ['generation.failed']])
  }
})

test('without webhooks, a submit without an answer fails at once, and may have been paid for', () => {
  const unreachable = { ...sent, webhookOrigin: null }
  expect(follow(unreachable, OBSERVATIONS.unanswered)).toEqual({
    generation: { ...unreachable, ...byTheClock('submission_unconfirmed', NOW_MS) },
    events: ['generation.failed'],
  })
})

test('a submit without an answer is unconfirmed once the process that sent it must have died', () => {
  const leaseMs = SENT_MS + 90 * SECOND_MS
  expect(leaseMs).toBeGreaterThan(SENT_MS + SUBMIT_TIMEOUT_MS)
  expect(follow(sent, [clock, leaseMs]).generation).toBe(sent)
  const events = ['generation.unconfirmed']
  expect(follow(sent, [clock, leaseMs + 1])).toEqual({ generation: unconfirmed, events })
})

test('a submit without an answer fails after start time-out, longest run and every webhook retry', () => {
  const deadlineMs = LONGEST_END_MS + 70 * MINUTE_MS
  expect(follow(unconfirmed, [clock, deadlineMs]).generation).toBe(unconfirmed)
  const { generation } = follow(unconfirmed, [clock, deadlineMs + 1])
  expect(generation).toEqual({ ...sent, ...byTheClock('submission_unconfirmed', deadlineMs + 1) })
})

const doubtfulAt = (...seconds: readonly number[]) =>
  seconds.map((second): Step => [doubtful, NOW_MS + second * SECOND_MS])

test.each([
  ['once', [0]],
  ['twice, however far apart', [0, 600]],
  ['three times within a minute', [0, 20, 59]],
  ['once a second for almost a minute', Array.from({ length: 60 }, (_, second) => second)],
])('a doubtful failure is not believed %s', (_, seconds) => {
  const { generation, events } = follow(queued, ...doubtfulAt(...seconds))
  expect(generation).toMatchObject({ status: 'queued', cost: { state: 'reserved' } })
  expect(events).toEqual([])
})

test('a doubtful failure is believed the third time, a minute after the first, and costs nothing', () => {
  const generation = { ...EXAMPLES.failed_by_fal, finishedAtMs: NOW_MS + MINUTE_MS }
  const events = ['generation.failed']
  expect(follow(in_progress, ...doubtfulAt(0, 30, 60))).toEqual({ generation, events })
})

test('a doubtful failure is forgotten when the video comes after all', () => {
  const { generation } = follow(queued, ...doubtfulAt(0, 30), [output, NOW_MS + MINUTE_MS])
  expect(generation).toMatchObject({ status: 'completed', doubt: null, failure: null })
})

test.each([
  ['queued', 'in_queue'],
  ['in_progress', 'running'],
  ['in_progress', 'in_queue'],
  ['queued', 'running'],
] as const)('%s times out at a look that says %s past its longest end', (column, said) => {
  const [before, learned] = [EXAMPLES[column], OBSERVATIONS[said]]
  expect(follow(before, [learned, LONGEST_END_MS]).generation.status).not.toBe('failed')
  expect(follow(before, [learned, LONGEST_END_MS + 1])).toEqual({
    generation: { ...before, ...byTheClock('timed_out', LONGEST_END_MS + 1) },
    events: ['generation.failed'],
  })
})

test.each(['queued', 'in_progress'] as const)(
  '%s is not ended by the clock while looks fail, until a day of them makes it fal_unreachable',
  (column) => {
    const before = EXAMPLES[column]
    const endMs = SENT_MS + DAY_MS
    const steps = [LONGEST_END_MS + 1, SENT_MS + 12 * HOUR_MS, endMs]
    const { generation } = follow(before, ...steps.map((nowMs): Step => [clock, nowMs]))
    expect(generation).toBe(before)
    const ended = { ...before, ...byTheClock('fal_unreachable', endMs + 1) }
    expect(follow(before, [clock, endMs + 1]).generation).toEqual(ended)
  },
)

test('a start time-out longer than a day moves the end of patience with it', () => {
  const patient = { ...queued, startTimeoutSeconds: 48 * 3600 }
  const endMs = SENT_MS + 2 * DAY_MS + 15 * MINUTE_MS
  expect(follow(patient, [clock, endMs]).generation).toBe(patient)
  expect(follow(patient, [clock, endMs + 1]).generation.status).toBe('failed')
})

test('an output is taken however late, also where its last log lines come with it', () => {
  const { generation } = follow(queued, [output, SENT_MS + 3 * DAY_MS])
  expect(generation.status).toBe('completed')
  const running = { type: 'running', logs: [LINE], over: true } as const
  const steps = [running, output].map((learned): Step => [learned, LONGEST_END_MS + 1])
  expect(follow(queued, ...steps).generation).toMatchObject({ status: 'completed', video: VIDEO })
})

test('after a verdict of the clock, a video is recorded beside it, and was charged', () => {
  expect(follow(presumed, accepted, output)).toEqual({
    generation: {
      ...presumed,
      falRequestId: 'req-1',
      adoptedBy: 'answer',
      failure: { ...presumed.failure, lateVideo: VIDEO },
      listening: false,
      verdict: 'fal',
      cost: charged,
    },
    events: ['generation.late_result'],
  })
})

test.each([
  ['a failure that fal does not bill', { ...OBSERVATIONS.failure, billed: false }, released],
  ['a failure that fal bills', { ...OBSERVATIONS.failure, billed: true }, charged],
  ['a cancel', canceled, released],
] as const)('after a verdict of the clock, %s settles the cost alone', (_, learned, cost) => {
  const settled = { ...presumed, listening: false, verdict: 'fal', cost }
  expect(follow(presumed, learned).generation).toEqual(settled)
})

test.each([output, OBSERVATIONS.failure, canceled])(
  'once $type came late, nothing changes any more but by its bill and the archive',
  (first) => {
    const { generation } = follow({ ...presumed, falRequestId: 'req-1' }, first)
    expect(phaseOf(generation)).toBe('settled')
    for (const learned of Object.values(OBSERVATIONS)) {
      if (['billed', 'archived', 'not_archived'].includes(learned.type)) continue
      expect(follow(generation, learned)).toEqual({ generation, events: [] })
    }
  },
)

test('what may come after a verdict of the clock is listened for during a day', () => {
  const endsMs = presumed.finishedAtMs + DAY_MS
  expect(follow(presumed, [clock, endsMs]).generation).toBe(presumed)
  const over = follow(presumed, [clock, endsMs + 1])
  expect(over).toEqual({ generation: { ...presumed, listening: false }, events: [] })
  expect(follow(over.generation, [output, endsMs + 2]).generation).toBe(over.generation)
})

const { cancel_requested: asked, cancel_accepted: agreed, not_found: gone } = OBSERVATIONS

test('a cancel of what was never sent is the end, and nothing is paid', () => {
  const { generation } = follow(unsent, asked)
  expect(generation).toEqual({
    ...unsent,
    status: 'canceled',
    verdict: 'fal',
    finishedAtMs: NOW_MS,
    cancelRequestedAtMs: NOW_MS,
    cost: released,
  })
  expect(follow(generation, sending).generation.sentAtMs).toBeNull()
})

test('a cancel of what was sent is remembered until fal has taken it', () => {
  const { unanswered } = OBSERVATIONS
  const { generation } = follow(sent, asked, [unanswered, NOW_MS + 1], [accepted, NOW_MS + 2])
  const cancel = { cancelRequestedAtMs: NOW_MS, cancelAcceptedAtMs: null }
  expect(generation).toMatchObject({ status: 'queued', ...cancel })
})

test('a cancel is told once, however often it is asked for, and accepted keeps its first time', () => {
  expect(follow(queued, asked, [asked, NOW_MS + SECOND_MS])).toEqual({
    generation: { ...queued, cancelRequestedAtMs: NOW_MS },
    events: ['generation.cancel_requested'],
  })
  const { generation } = follow(queued, agreed, [agreed, NOW_MS + SECOND_MS])
  expect(generation).toEqual({ ...queued, cancelAcceptedAtMs: NOW_MS })
})

test('a cancel accepted and then not found is canceled; not accepted, not found proves nothing', () => {
  const { generation, events } = follow(in_progress, asked, agreed, [gone, NOW_MS + SECOND_MS])
  expect(generation).toMatchObject({
    status: 'canceled',
    cancelRequestedAtMs: NOW_MS,
    finishedAtMs: NOW_MS + SECOND_MS,
    cost: released,
  })
  expect(events).toEqual(['generation.cancel_requested', 'generation.canceled'])
  expect(follow(queued, asked, gone).generation.status).toBe('queued')
})

test('a cancel that lost the race is completed and charged', () => {
  const { generation } = follow(in_progress, asked, agreed, [output, NOW_MS + SECOND_MS])
  expect(generation).toMatchObject({ status: 'completed', cost: { state: 'charged' } })
})

test('a webhook before the answer to submit is the answer, and the answer changes nothing', () => {
  const again: Step = [accepted, NOW_MS + SECOND_MS]
  const { generation, events } = follow(sent, accepted, output, again)
  expect(generation).toMatchObject({ status: 'completed', finishedAtMs: NOW_MS })
  expect(events).toEqual(['generation.queued', 'generation.completed'])
})

test.each([
  ['in_queue after in_progress', in_progress, inQueue(1)],
  ['the same position again', queued, inQueue(3)],
  ['no position after one', queued, inQueue(null)],
  ['no logs after some', { ...in_progress, logCount: 5 }, { type: 'running', logs: [] }],
] as const)('%s changes and tells nothing', (_, before, learned) => {
  const { generation, events } = follow(before, learned)
  expect(generation).toBe(before)
  expect(events).toEqual([])
})

test('position 0 is a position', () => {
  expect(follow(queued, inQueue(0)).generation.queuePosition).toBe(0)
})

test('log lines are told once, though every look lists them all', () => {
  const second = { ...LINE, message: 'frame 2 of 120' }
  const first = transition(queued, { type: 'running', logs: [LINE] }, NOW_MS)
  const both = { type: 'running', logs: [LINE, second] } as const
  const next = transition(first.generation, both, NOW_MS + SECOND_MS)
  expect(next.events).toEqual([{ type: 'generation.log', line: second }])
  expect(next.generation).toEqual({ ...first.generation, logCount: 2 })
  expect(transition(next.generation, both, NOW_MS + 2 * SECOND_MS).events).toEqual([])
})
