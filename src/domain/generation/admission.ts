/** Admission: a new generation before it is sent, or why there is none. */
import type { NormalisedInput } from '../../contract/input.ts'
import { toUsd } from '../../contract/units.ts'
import type { PriceTable } from '../../contract/model.ts'
import { leftMicrousd } from '../budget.ts'
import type { Refused, View } from './calls.ts'
import { DEFAULT_FIRST_LOOK_MS } from './due.ts'
import type { Asked, GenerationRecord, Terms } from './generation.ts'

export interface AdmissionPolicy extends Terms {
  readonly prices: PriceTable
  /** The seed if the caller gives none: it makes the request unmistakable in fal's history. */
  readonly seed: number | null
  /** How long past generations of this kind took, in milliseconds; empty if none are known. */
  readonly pastDurationsMs: readonly number[]
}

/** Fewer past durations than this predict nothing. */
const ENOUGH_TO_EXPECT = 5
/** No first look before this, however fast past ones were: the webhook is on its way. */
const LEAST_FIRST_LOOK_MS = 5000

export const newGeneration = (
  asked: Asked,
  policy: AdmissionPolicy,
  nowMs: number,
): GenerationRecord => ({
  ...asked,
  ...seeded(asked.input, policy.seed),
  status: 'submitting',
  falRequestId: null,
  adoptedBy: null,
  others: [],
  unconfirmed: false,
  named: null,
  queuePosition: null,
  video: null,
  failure: null,
  refusedAtSubmit: false,
  cost: {
    estimatedMicrousd: policy.prices[asked.input.resolution][asked.input.duration],
    chargedMicrousd: null,
    state: 'reserved',
    basis: 'price_table',
  },
  verdict: null,
  listening: false,
  doubt: null,
  startTimeoutSeconds: policy.startTimeoutSeconds,
  longestRunSeconds: policy.longestRunSeconds,
  hookRetriesSeconds: policy.hookRetriesSeconds,
  billing: policy.billing,
  firstLookAfterMs: firstLookAfterMs(policy.pastDurationsMs),
  createdAtMs: nowMs,
  sentAtMs: null,
  startedAtMs: null,
  finishedAtMs: null,
  cancelRequestedAtMs: null,
  cancelAcceptedAtMs: null,
  logCount: 0,
  revision: 0,
})

/** The largest seed sent to fal: 31 bits, which any JSON reader takes. */
export const MAX_SEED = 2 ** 31 - 1

const seeded = (
  input: NormalisedInput,
  seed: number | null,
): Pick<GenerationRecord, 'input' | 'seedSource'> => {
  if (input.seed !== undefined) return { input, seedSource: 'caller' }
  return seed === null
    ? { input, seedSource: null }
    : { input: { ...input, seed }, seedSource: 'generated' }
}

export const askedInput = ({ input, seedSource }: GenerationRecord): NormalisedInput => {
  if (seedSource !== 'generated') return input
  const { seed: _seed, ...asked } = input
  return asked
}

const percentile = (all: readonly number[], share: number): number =>
  all.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(all.length * share) - 1)] ?? 0

const firstLookAfterMs = (durationsMs: readonly number[]): number =>
  durationsMs.length === 0
    ? DEFAULT_FIRST_LOOK_MS
    : Math.max(LEAST_FIRST_LOOK_MS, percentile(durationsMs, 0.9))

/** How many seconds past ones of this kind took; null if too few are known. */
export const expectedSeconds = (durationsMs: readonly number[]): View['expected'] => {
  if (durationsMs.length < ENOUGH_TO_EXPECT) return null
  const seconds = (share: number) => Math.round(percentile(durationsMs, share) / 100) / 10
  return { p50: seconds(0.5), p90: seconds(0.9) }
}

export const whyNotAdmitted = (refused: Refused): string => {
  switch (refused.type) {
    case 'over_budget': {
      const { limit, neededMicrousd } = refused
      return `${limit.name} has $${toUsd(leftMicrousd(limit))} left of $${toUsd(limit.limitMicrousd)}, and this needs $${toUsd(neededMicrousd)}`
    }
    case 'too_many_open':
      return `${refused.open} generations are open, and at most ${refused.max} may be`
    case 'switched_off':
      return 'the operator has switched new generations off for now'
    case 'key_invalid':
      return 'the key is unknown, expired or revoked: use another one'
  }
}
