/** What a generation is at the moment it is admitted, before anything was sent. */
import type { NormalisedInput } from '../../contract/input.ts'
import type { PriceTable } from '../../contract/price.ts'
import { DEFAULT_FIRST_LOOK_MS } from './due.ts'
import type { Day } from '../zone.ts'
import type { Billing, GenerationRecord } from './generation.ts'

export interface Asked {
  readonly id: string
  readonly accountId: string
  readonly keyId: string
  readonly day: Day
  readonly input: NormalisedInput
  readonly metadata: Readonly<Record<string, string>>
  readonly retryOf: string | null
  readonly scheduleId: string | null
  readonly webhookOrigin: string | null
  /** From when on nobody has a use for it that was not sent; within a day in any case. */
  readonly sendBeforeMs?: number
}

export interface AdmissionPolicy {
  readonly prices: PriceTable
  readonly startTimeoutSeconds: number
  readonly longestRunSeconds: number
  readonly hookRetriesSeconds: number
  readonly billing: Billing
  /** How long past ones of this kind took, in milliseconds; empty while none are known. */
  readonly pastDurationsMs: readonly number[]
}

/** Fewer past durations than this say nothing about the next. */
const ENOUGH_TO_EXPECT = 5
/** Not sooner than this, however fast past ones were: the webhook is on its way. */
const LEAST_FIRST_LOOK_MS = 5000

export const newGeneration = (
  asked: Asked,
  policy: AdmissionPolicy,
  nowMs: number,
): GenerationRecord => ({
  ...asked,
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
})

/** The value that a share of the sorted durations does not exceed. */
const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0

const firstLookAfterMs = (durationsMs: readonly number[]): number => {
  if (durationsMs.length === 0) return DEFAULT_FIRST_LOOK_MS
  const sorted = durationsMs.toSorted((a, b) => a - b)
  return Math.max(LEAST_FIRST_LOOK_MS, percentile(sorted, 0.9))
}

/** Seconds that one of this kind took in the past; null while too few are known to say. */
export const expectedSeconds = (
  durationsMs: readonly number[],
): { readonly p50: number; readonly p90: number } | null => {
  if (durationsMs.length < ENOUGH_TO_EXPECT) return null
  const sorted = durationsMs.toSorted((a, b) => a - b)
  const seconds = (ms: number) => Math.round(ms / 100) / 10
  return { p50: seconds(percentile(sorted, 0.5)), p90: seconds(percentile(sorted, 0.9)) }
}
