/** How a generation ends, and what each end costs. */
import { changed, type Transition } from './change.ts'
import type { Failure, GenerationRecord } from './generation.ts'

/** What every end has in common. */
export const ended = { unconfirmed: false, queuePosition: null, doubt: null } as const

/** Paid for: what fal billed, as far as it said. */
export const charged = (
  generation: GenerationRecord,
  billableUnits?: number,
): GenerationRecord['cost'] => {
  const { cost, billing } = generation
  if (billableUnits === undefined) {
    return { ...cost, state: 'charged', chargedMicrousd: cost.estimatedMicrousd }
  }
  return {
    ...cost,
    state: 'charged',
    chargedMicrousd: priceOf(billableUnits, billing.unitMicrousd, cost.estimatedMicrousd),
    basis: 'fal_units',
  }
}

/** fal says in units what it billed; without a price for one, they only say whether it did. */
const priceOf = (units: number, unitMicrousd: number | null, tableMicrousd: number): number => {
  if (unitMicrousd !== null) return Math.round(units * unitMicrousd)
  return units === 0 ? 0 : tableMicrousd
}

/** What a failure costs. An output without a video was delivered, and so it was billed. */
export const settled = (
  generation: GenerationRecord,
  { billed, failure }: { readonly billed: boolean; readonly failure: Failure },
): GenerationRecord['cost'] =>
  billed && (generation.billing.refusalsCount || failure.code === 'invalid_output')
    ? charged(generation)
    : released(generation)

/** Not paid for. */
export const released = (generation: GenerationRecord): GenerationRecord['cost'] => ({
  ...generation.cost,
  state: 'released',
  chargedMicrousd: 0,
})

/** Failed by fal's own word. */
export const failed = (
  generation: GenerationRecord,
  failure: Failure,
  billed: boolean,
  nowMs: number,
): Transition =>
  changed(
    generation,
    {
      ...ended,
      status: 'failed',
      failure,
      verdict: 'fal',
      finishedAtMs: nowMs,
      cost: settled(generation, { billed, failure }),
    },
    'generation.failed',
  )

/** Stopped before it finished: nothing is paid. */
export const canceled = (generation: GenerationRecord, nowMs: number): Transition =>
  changed(
    generation,
    {
      ...ended,
      status: 'canceled',
      verdict: 'fal',
      finishedAtMs: nowMs,
      cost: released(generation),
    },
    'generation.canceled',
  )

/** A verdict that fal did not give: what it cost is not known, and fal may still speak. */
export const presumed = (
  generation: GenerationRecord,
  code: 'submission_unconfirmed' | 'timed_out' | 'fal_unreachable',
  nowMs: number,
): Transition =>
  changed(
    generation,
    {
      ...ended,
      status: 'failed',
      failure: { code, message: PRESUMED[code], retryable: false },
      verdict: 'clock',
      listening: true,
      finishedAtMs: nowMs,
      cost: { ...generation.cost, state: 'unknown', chargedMicrousd: null },
    },
    'generation.failed',
  )

const PRESUMED = {
  submission_unconfirmed:
    "fal's answer to the submit was lost and nothing was heard of it since; it may have been paid for",
  timed_out:
    'fal still says that it is not done, past any time it can take; it may have been paid for',
  fal_unreachable: 'fal could not be asked about it for a day; it may have been paid for',
} as const
