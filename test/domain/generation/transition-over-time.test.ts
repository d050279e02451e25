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

/** The record after everything learned, in order, and every event on the way. */
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
/** A generation's fields once the clock ends it: it may have been paid for. */
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
  ['after a day', unsent, CREATED_MS + DAY_MS],
  ['earlier, if it says so', { ...unsent, sendBeforeMs: NOW_MS }, NOW_MS],
  ['after a day, even if it says later', { ...unsent, sendBeforeMs: 1e15 }, CREATED_MS + DAY_MS],
])('an unsent generation ends unpaid %s, by the clock or at its turn', (...row) => {
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

test('without webhooks, an unanswered submit fails at once, and may have been paid for', () => {
  const unreachable = { ...sent, webhookOrigin: null }
  expect(follow(unreachable, OBSERVATIONS.unanswered)).toEqual({
    generation: { ...unreachable, ...byTheClock('submission_unconfirmed', NOW_MS) },
    events: ['generation.failed'],
  })
})

test('an unanswered submit becomes unconfirmed once the process that sent it must have died', () => {
  const leaseMs = SENT_MS + 90 * SECOND_MS
  expect(leaseMs).toBeGreaterThan(SENT_MS + SUBMIT_TIMEOUT_MS)
  expect(follow(sent, [clock, leaseMs]).generation).toBe(sent)
  const events = ['generation.unconfirmed']
  expect(follow(sent, [clock, leaseMs + 1])).toEqual({ generation: unconfirmed, events })
})

test('an unanswered submit fails after the start timeout, the longest run and every webhook retry', () => {
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
])('a doubtful failure is not believed when it comes %s', (_, seconds) => {
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
] as const)('a %s generation times out when a look past its deadline says %s', (column, said) => {
  const [before, learned] = [EXAMPLES[column], OBSERVATIONS[said]]
  expect(follow(before, [learned, LONGEST_END_MS]).generation.status).not.toBe('failed')
  expect(follow(before, [learned, LONGEST_END_MS + 1])).toEqual({
    generation: { ...before, ...byTheClock('timed_out', LONGEST_END_MS + 1) },
    events: ['generation.failed'],
  })
})

test.each(['queued', 'in_progress'] as const)(
  'the clock ends a %s generation as fal_unreachable only after a day of failed looks',
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

test('a start timeout longer than a day moves the deadline with it', () => {
  const patient = { ...queued, startTimeoutSeconds: 48 * 3600 }
  const endMs = SENT_MS + 2 * DAY_MS + 15 * MINUTE_MS
  expect(follow(patient, [clock, endMs]).generation).toBe(patient)
  expect(follow(patient, [clock, endMs + 1]).generation.status).toBe('failed')
})

test('an output is accepted however late, even if its last log lines come with it', () => {
  const { generation } = follow(queued, [output, SENT_MS + 3 * DAY_MS])
  expect(generation.status).toBe('completed')
  const running = { type: 'running', logs: [LINE], over: true } as const
  const steps = [running, output].map((learned): Step => [learned, LONGEST_END_MS + 1])
  expect(follow(queued, ...steps).generation).toMatchObject({ status: 'completed', video: VIDEO })
})

test('after the clock fails a generation, a late video is recorded beside the failure, and charged', () => {
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
] as const)('after the clock fails a generation, %s settles only its cost', (_, learned, cost) => {
  const settled = { ...presumed, listening: false, verdict: 'fal', cost }
  expect(follow(presumed, learned).generation).toEqual(settled)
})

test.each([output, OBSERVATIONS.failure, canceled])(
  'after a late $type, only the bill and the archive change anything',
  (first) => {
    const { generation } = follow({ ...presumed, falRequestId: 'req-1' }, first)
    expect(phaseOf(generation)).toBe('settled')
    for (const learned of Object.values(OBSERVATIONS)) {
      if (['billed', 'archived', 'not_archived'].includes(learned.type)) continue
      expect(follow(generation, learned)).toEqual({ generation, events: [] })
    }
  },
)

test('after the clock fails a generation, it listens for a day', () => {
  const endsMs = presumed.finishedAtMs + DAY_MS
  expect(follow(presumed, [clock, endsMs]).generation).toBe(presumed)
  const over = follow(presumed, [clock, endsMs + 1])
  expect(over).toEqual({ generation: { ...presumed, listening: false }, events: [] })
  expect(follow(over.generation, [output, endsMs + 2]).generation).toBe(over.generation)
})

const { cancel_requested: asked, cancel_accepted: agreed, not_found: gone } = OBSERVATIONS

test('a cancel ends a generation that was never sent, and it costs nothing', () => {
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

test('a cancel during a submit is remembered until fal accepts the cancel', () => {
  const { unanswered } = OBSERVATIONS
  const { generation } = follow(sent, asked, [unanswered, NOW_MS + 1], [accepted, NOW_MS + 2])
  const cancel = { cancelRequestedAtMs: NOW_MS, cancelAcceptedAtMs: null }
  expect(generation).toMatchObject({ status: 'queued', ...cancel })
})

test('a cancel makes one event, however often it is requested, and keeps its first acceptance', () => {
  expect(follow(queued, asked, [asked, NOW_MS + SECOND_MS])).toEqual({
    generation: { ...queued, cancelRequestedAtMs: NOW_MS },
    events: ['generation.cancel_requested'],
  })
  const { generation } = follow(queued, agreed, [agreed, NOW_MS + SECOND_MS])
  expect(generation).toEqual({ ...queued, cancelAcceptedAtMs: NOW_MS })
})

test('a job not found after an accepted cancel is canceled; otherwise, not found proves nothing', () => {
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

test('a generation whose cancel lost the race is completed and charged', () => {
  const { generation } = follow(in_progress, asked, agreed, [output, NOW_MS + SECOND_MS])
  expect(generation).toMatchObject({ status: 'completed', cost: { state: 'charged' } })
})

test("a webhook before the submit's answer stands in for it, and the answer changes nothing", () => {
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
] as const)('%s changes nothing and makes no event', (_, before, learned) => {
  const { generation, events } = follow(before, learned)
  expect(generation).toBe(before)
  expect(events).toEqual([])
})

test('position 0 is a position', () => {
  expect(follow(queued, inQueue(0)).generation.queuePosition).toBe(0)
})

test('each log line makes one event, although every look lists them all', () => {
  const second = { ...LINE, message: 'frame 2 of 120' }
  const first = transition(queued, { type: 'running', logs: [LINE] }, NOW_MS)
  const both = { type: 'running', logs: [LINE, second] } as const
  const next = transition(first.generation, both, NOW_MS + SECOND_MS)
  expect(next.events).toEqual([{ type: 'generation.log', line: second }])
  expect(next.generation).toEqual({ ...first.generation, logCount: 2 })
  expect(transition(next.generation, both, NOW_MS + 2 * SECOND_MS).events).toEqual([])
})
