/** Any observation at any time, for properties that hold in every possible history. */
import * as fc from 'fast-check'
import { EVIDENCE } from '../../../src/contract/status.ts'
import type { Found, Observation } from '../../../src/domain/generation/observation.ts'
import { CREATED_MS, EXAMPLES, FAILURE, HOUR_MS, LINE, OBSERVATIONS, VIDEO } from './example.ts'

const { beside: _b, billed: _c, archived: _d, not_archived: _e, ...ofItsOwn } = OBSERVATIONS
const requestId = fc.constantFrom('req-1', 'req-2', 'req-3')
const observation: fc.Arbitrary<Observation> = fc.oneof(
  fc.constantFrom<Observation>(...Object.values(OBSERVATIONS)),
  fc.record({
    type: fc.constant('beside'),
    requestId,
    found: fc.constantFrom<Found>(...Object.values(ofItsOwn)),
  }),
  fc.record({
    type: fc.constant('accepted'),
    requestId,
    by: fc.constantFrom(...EVIDENCE),
    queuePosition: fc.nat(5000),
  }),
  fc.record({
    type: fc.constant('billed'),
    requestId,
    microusd: fc.constantFrom(null, 0, 1, 190_000, 450_000),
  }),
  fc.record({ type: fc.constant('in_queue'), position: fc.option(fc.nat(5000)) }),
  fc.record({
    type: fc.constant('running'),
    logs: fc.array(fc.constant(LINE), { maxLength: 5 }),
    over: fc.boolean(),
  }),
  fc.record({ type: fc.constant('output'), video: fc.constant(VIDEO), billableUnits: fc.nat(100) }),
  fc.record({ type: fc.constant('failure'), failure: fc.constant(FAILURE), billed: fc.boolean() }),
)

/** Mostly seconds, sometimes hours, so that only some deadlines pass. */
const gapMs = fc.oneof(fc.nat(90_000), fc.integer({ min: 0, max: 30 * HOUR_MS }))

/** A generation in any starting state, and what is then learned about it, in order of time. */
export const histories = fc.record({
  first: fc.constantFrom(
    ...Object.values(EXAMPLES),
    { ...EXAMPLES.sent, webhookOrigin: null },
    { ...EXAMPLES.queued, cancelAcceptedAtMs: CREATED_MS },
  ),
  steps: fc.array(fc.tuple(observation, gapMs), { maxLength: 12 }).map((pairs) => {
    let nowMs = CREATED_MS + 60_000
    return pairs.map(([learned, gap]) => ({ learned, nowMs: (nowMs += gap) }))
  }),
})
