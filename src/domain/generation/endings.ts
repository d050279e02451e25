/** How a generation ends, and what each end costs. */
import { changed, type Transition } from './change.ts'
import type { Failure, GenerationRecord } from './generation.ts'

/** What a job cost so far, and how fal's word on it becomes money. */
type Priced = Pick<GenerationRecord, 'cost' | 'billing'>

/** What every end has in common. */
export const ended = { unconfirmed: false, queuePosition: null, doubt: null } as const

/** Paid for: what fal billed, as far as it said. */
export const charged = (
  { cost, billing }: Priced,
  billableUnits?: number,
): GenerationRecord['cost'] => {
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
  priced: Priced,
  { billed, failure }: { readonly billed: boolean; readonly failure: Failure },
): GenerationRecord['cost'] =>
  billed && (priced.billing.refusalsCount || failure.code === 'invalid_output')
    ? charged(priced)
    : released(priced)

/** Not paid for. */
export const released = ({ cost }: Pick<Priced, 'cost'>): GenerationRecord['cost'] => ({
  ...cost,
  state: 'released',
  chargedMicrousd: 0,
})

/** May have been paid for: nobody can tell. */
export const unknown = ({ cost }: Pick<Priced, 'cost'>): GenerationRecord['cost'] => ({
  ...cost,
  state: 'unknown',
  chargedMicrousd: null,
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

/** Never sent, and for certain not paid: by now nobody would have a use for it. */
export const notSent = (generation: GenerationRecord, nowMs: number): Transition =>
  changed(
    generation,
    {
      ...ended,
      status: 'failed',
      failure: {
        code: 'not_sent',
        message: 'its turn did not come in time, so it was never sent to fal; nothing was paid',
        retryable: true,
      },
      verdict: 'gateway',
      finishedAtMs: nowMs,
      cost: released(generation),
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
  code: keyof typeof PRESUMED,
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
      cost: unknown(generation),
    },
    'generation.failed',
  )

const PRESUMED = {
  submission_unconfirmed:
    "fal's answer to the submit was lost and nothing was heard of it since; it may have been paid for",
  duplicate_request_id:
    'fal answered with the request id of another generation; it may have been paid for all the same',
  timed_out:
    'fal still says that it is not done, past any time it can take; it may have been paid for',
  fal_unreachable: 'fal could not be asked about it for a day; it may have been paid for',
} as const
