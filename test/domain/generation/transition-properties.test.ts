import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { EVIDENCE, isFinal } from '../../../src/contract/status.ts'
import type { GenerationRecord } from '../../../src/domain/generation/generation.ts'
import { toArchive } from '../../../src/domain/generation/archive.ts'
import { phaseOf, transition } from '../../../src/domain/generation/transition.ts'
import type { Transition } from '../../../src/domain/generation/change.ts'
import { histories } from './observations.ts'

type Rule = (before: GenerationRecord, after: GenerationRecord, step: Transition) => boolean

/** The shortest history of a thousand in which a step breaks the rule; null if none does. */
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

/** After a restore, a generation that was unsent in the backup may have been sent since. */
const isRestored = (before: GenerationRecord, after: GenerationRecord): boolean =>
  before.failure?.code === 'not_sent' &&
  after.failure?.code === 'submission_unconfirmed' &&
  after.listening

const RULES: Readonly<Record<string, Rule>> = {
  'a final status never changes': (before, after) =>
    !isFinal(before.status) || after.status === before.status,

  'only bills, other jobs and a person change what is settled': (before, after, { events }) =>
    phaseOf(before) !== 'settled' ||
    (after === before && events.length === 0) ||
    after.revision === before.revision + 1 ||
    (before.cost.state === 'unknown' && sameBut(before, after, 'cost', 'verdict')) ||
    (before.verdict !== 'fal' && before.verdict !== 'gateway' && after.listening) ||
    isRestored(before, after) ||
    (after.others !== before.others && sameBut(before, after, 'others')),

  'a bill changes only costs, the archive only videos, each once': (before, after, { events }) =>
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
          })))),

  'a status never goes back': (before, after) => {
    const order = ['submitting', 'queued', 'in_progress', 'completed', 'failed', 'canceled']
    return order.indexOf(after.status) >= order.indexOf(before.status)
  },

  'a charged or released cost stays, unless fal can still report or bill': (before, after) =>
    // An unproven submit is released, and fal may still report on it.
    (before.verdict !== 'fal' && before.listening) ||
    isRestored(before, after) ||
    before.cost.state === 'reserved' ||
    before.cost.state === 'unknown' ||
    (before.cost.basis !== 'fal_billing' && after.cost.basis === 'fal_billing') ||
    after.cost === before.cost,

  'a charged or released cost has an amount, and no other has one': (_, { cost }) =>
    cost.state === 'charged' || cost.state === 'released'
      ? Number.isSafeInteger(cost.chargedMicrousd)
      : cost.chargedMicrousd === null,

  'money is reserved exactly while a generation is open or unproven': (_, after) =>
    (after.cost.state === 'reserved') === !isFinal(after.status) ||
    (after.cost.state === 'reserved' && after.verdict === 'unproven' && after.listening),

  'a completed one has a video, a failed one a reason, and no other has either': (_, after) =>
    (after.video !== null) === (after.status === 'completed') &&
    (after.failure !== null) === (after.status === 'failed'),

  'every change of status makes an event': (before, after, { events }) =>
    after.status === before.status || events.length > 0,

  'an event comes only with a change': (before, after, { events }) =>
    after !== before || events.length === 0,

  'a generation is sent once: its sending time is set and never moves': (before, after) =>
    before.sentAtMs === null || after.sentAtMs === before.sentAtMs,

  "fal's request id gives way only to stronger evidence, and is kept beside": (before, after) =>
    before.falRequestId === null ||
    after.falRequestId === before.falRequestId ||
    (EVIDENCE.indexOf(after.adoptedBy ?? 'look_up') >
      EVIDENCE.indexOf(before.adoptedBy ?? 'look_up') &&
      after.others.some((job) => job.requestId === before.falRequestId)),

  'no job is listed twice, as its own or as another': (_, { falRequestId, others }) => {
    const ids = [falRequestId, ...others.map((job) => job.requestId)]
    return new Set(ids).size === ids.length
  },

  'the end time is set with the final status and never moves': (before, after) =>
    (after.finishedAtMs !== null) === isFinal(after.status) &&
    (before.finishedAtMs === null || after.finishedAtMs === before.finishedAtMs),

  'only a submitting generation without a request id is unconfirmed': (_, after) =>
    !after.unconfirmed || (after.status === 'submitting' && after.falRequestId === null),
}

test.each(Object.entries(RULES))('%s', (_, rule) => expect(broken(rule)).toBeNull())

test('the same arguments give the same result, and are not modified', () => {
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

/** Whether nothing but the named fields differs. */
const sameBut = (
  a: GenerationRecord,
  b: GenerationRecord,
  ...fields: readonly (keyof GenerationRecord)[]
) =>
  Object.entries(a).every(
    ([name, value]) => fields.some((field) => field === name) || Reflect.get(b, name) === value,
  )

/** In a module, writing to a frozen object throws. */
const deepFreeze = <Value>(value: Value): Value => {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
