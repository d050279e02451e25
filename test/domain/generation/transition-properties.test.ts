import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFinal } from '../../../src/contract/status.ts'
import { EVIDENCE } from '../../../src/contract/status.ts'
import type { GenerationRecord } from '../../../src/domain/generation/generation.ts'
import { toArchive } from '../../../src/domain/generation/archive.ts'
import { phaseOf, transition } from '../../../src/domain/generation/transition.ts'
import type { Transition } from '../../../src/domain/generation/change.ts'
import { histories } from './observations.ts'

type Rule = (before: GenerationRecord, after: GenerationRecord, step: Transition) => boolean

/** The shortest of a thousand histories with a step that breaks the rule; null when none does. */
const broken = (rule: Rule) =>
  fc.check(
    fc.property(histories, ({ first, steps }) => {
      let before: GenerationRecord = first
      return steps.every(({ learned, nowMs }) => {
        const step = transition(before, learned, nowMs)
        const holds = rule(before, step.generation, step)
        before = step.generation
        return holds
      })
    }),
    { numRuns: 1000 },
  ).counterexample

/** After a restore, nobody knows whether what was never sent had been sent since the backup. */
const isRestored = (before: GenerationRecord, after: GenerationRecord): boolean =>
  before.failure?.code === 'not_sent' &&
  after.failure?.code === 'submission_unconfirmed' &&
  after.listening

test('a final status never changes', () => {
  const rule: Rule = (before, after) => !isFinal(before.status) || after.status === before.status
  expect(broken(rule)).toBeNull()
})

test('what is settled never changes, but for its bill, its other jobs and the word of a person', () => {
  const rule: Rule = (before, after, { events }) =>
    phaseOf(before) !== 'settled' ||
    (after === before && events.length === 0) ||
    after.revision === before.revision + 1 ||
    (before.cost.state === 'unknown' && sameBut(before, after, 'cost', 'verdict')) ||
    (before.verdict !== 'fal' && before.verdict !== 'gateway' && after.listening) ||
    isRestored(before, after) ||
    (after.others !== before.others && sameBut(before, after, 'others'))
  expect(broken(rule)).toBeNull()
})

test('a bill changes nothing but the cost, once for each job, and the archive its video, once', () => {
  const rule: Rule = (before, after, { events }) =>
    after.revision === before.revision ||
    (events.length === 0 &&
      isFinal(before.status) &&
      ((toArchive(before) !== null &&
        toArchive(after) === null &&
        sameBut(before, after, 'video', 'failure', 'revision')) ||
        (sameBut(before, after, 'cost', 'others', 'revision') &&
          [after.cost, ...after.others.map((job) => job.cost)].some((cost, i) => {
            const was = [before.cost, ...before.others.map((job) => job.cost)][i]
            return cost.basis === 'fal_billing' && was?.basis !== 'fal_billing'
          }))))
  expect(broken(rule)).toBeNull()
})

test('a status never goes back', () => {
  const order = ['submitting', 'queued', 'in_progress', 'completed', 'failed', 'canceled']
  const rule: Rule = (before, after) => order.indexOf(after.status) >= order.indexOf(before.status)
  expect(broken(rule)).toBeNull()
})

test('a cost that is charged or released stays as it is, unless fal can still speak or bills it', () => {
  const rule: Rule = (before, after) => {
    const { cost, verdict, listening } = before
    return (
      // What was unproven is released, and may be heard of after all.
      (verdict !== 'fal' && listening) ||
      isRestored(before, after) ||
      cost.state === 'reserved' ||
      cost.state === 'unknown' ||
      (cost.basis !== 'fal_billing' && after.cost.basis === 'fal_billing') ||
      after.cost === cost
    )
  }
  expect(broken(rule)).toBeNull()
})

test('what is charged or released has an amount, and nothing else has', () => {
  const rule: Rule = (_, { cost }) =>
    cost.state === 'charged' || cost.state === 'released'
      ? Number.isSafeInteger(cost.chargedMicrousd)
      : cost.chargedMicrousd === null
  expect(broken(rule)).toBeNull()
})

test('money is reserved exactly while a generation is open or unproven', () => {
  const rule: Rule = (_, { cost, status, verdict, listening }) =>
    (cost.state === 'reserved') === !isFinal(status) ||
    (cost.state === 'reserved' && verdict === 'unproven' && listening)
  expect(broken(rule)).toBeNull()
})

test('a completed generation has a video, a failed one a reason, and no other has either', () => {
  const rule: Rule = (_, { status, video, failure }) =>
    (video !== null) === (status === 'completed') && (failure !== null) === (status === 'failed')
  expect(broken(rule)).toBeNull()
})

test('a change of status is always told', () => {
  const rule: Rule = (before, after, { events }) =>
    after.status === before.status || events.length > 0
  expect(broken(rule)).toBeNull()
})

test('nothing is told where nothing changes', () => {
  expect(broken((before, after, { events }) => after !== before || events.length === 0)).toBeNull()
})

test('it is sent once: the time of sending is set, and then never moved', () => {
  const rule: Rule = (before, after) =>
    before.sentAtMs === null || after.sentAtMs === before.sentAtMs
  expect(broken(rule)).toBeNull()
})

test("fal's request id, once known, gives way only to what proves more, and is then kept beside", () => {
  const rule: Rule = (before, after) =>
    before.falRequestId === null ||
    after.falRequestId === before.falRequestId ||
    (EVIDENCE.indexOf(after.adoptedBy ?? 'look_up') >
      EVIDENCE.indexOf(before.adoptedBy ?? 'look_up') &&
      after.others.some((job) => job.requestId === before.falRequestId))
  expect(broken(rule)).toBeNull()
})

test('a job is its own or another, and no other is there twice', () => {
  const rule: Rule = (_, { falRequestId, others }) => {
    const ids = [falRequestId, ...others.map((job) => job.requestId)]
    return new Set(ids).size === ids.length
  }
  expect(broken(rule)).toBeNull()
})

test('the end has one time, set with the final status and never moved', () => {
  const rule: Rule = (before, after) =>
    (after.finishedAtMs !== null) === isFinal(after.status) &&
    (before.finishedAtMs === null || after.finishedAtMs === before.finishedAtMs)
  expect(broken(rule)).toBeNull()
})

test('only what fal may have and has not named is unconfirmed', () => {
  const rule: Rule = (_, { unconfirmed, status, falRequestId }) =>
    !unconfirmed || (status === 'submitting' && falRequestId === null)
  expect(broken(rule)).toBeNull()
})

test('the same arguments give the same answer, and are left as they were', () => {
  fc.assert(
    fc.property(histories, ({ first, steps }) => {
      let before = deepFreeze(structuredClone<GenerationRecord>(first))
      for (const { learned, nowMs } of steps) {
        const step = transition(before, deepFreeze(structuredClone(learned)), nowMs)
        expect(transition(structuredClone(before), learned, nowMs)).toEqual(step)
        before = deepFreeze(step.generation)
      }
    }),
  )
})

/** Whether nothing but one field differs. */
const sameBut = (
  a: GenerationRecord,
  b: GenerationRecord,
  ...fields: readonly (keyof GenerationRecord)[]
) =>
  Object.entries(a).every(
    ([name, value]) => fields.some((field) => field === name) || Reflect.get(b, name) === value,
  )

/** In a module, writing to what is frozen throws. */
const deepFreeze = <Value>(value: Value): Value => {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
