/** The steps of a transition: a change or an end, its events, and its cost. */
import type { StateEventType } from '../../contract/events.ts'
import type { FinalStatus } from '../../contract/status.ts'
import { adoptionDeadlineMs, listeningEndsMs } from './deadlines.ts'
import type { Cost, GenerationRecord } from './generation.ts'
import type { Fact, LogLine, ObservationType } from './observation.ts'

export type EventDraft =
  | { readonly type: StateEventType }
  | { readonly type: 'generation.queue_position'; readonly queuePosition: number }
  | { readonly type: 'generation.log'; readonly line: LogLine }

export interface Transition {
  readonly generation: GenerationRecord
  readonly events: readonly EventDraft[]
}

/** How a generation changes by something learned. */
export type Step<Type extends ObservationType> = (
  generation: GenerationRecord,
  learned: Fact<Type>,
  nowMs: number,
) => Transition

export const same = (generation: GenerationRecord): Transition => ({ generation, events: [] })

/** Changes some fields, and reports it in an event of each of `types`. */
export const changed = (
  generation: GenerationRecord,
  changes: Partial<GenerationRecord>,
  ...types: StateEventType[]
): Transition => ({
  generation: { ...generation, ...changes },
  events: types.map((type) => ({ type })),
})

/** One step once a deadline is over, and another until then. */
export const past =
  <Type extends ObservationType>(
    deadlineMs: (generation: GenerationRecord) => number,
    over: Step<Type>,
    until: Step<Type> = same,
  ): Step<Type> =>
  (generation, learned, nowMs) =>
    (nowMs > deadlineMs(generation) ? over : until)(generation, learned, nowMs)

export const end = (
  generation: GenerationRecord,
  status: FinalStatus,
  finishedAtMs: number,
  facts: Pick<GenerationRecord, 'cost'> & Partial<GenerationRecord>,
): Transition => {
  const over = { unconfirmed: false, queuePosition: null, doubt: null, finishedAtMs }
  return changed(generation, { ...over, status, verdict: 'fal', ...facts }, `generation.${status}`)
}

/** The end of a job, in fal's word. */
type End = 'output' | 'failure' | 'canceled'

export const ended: Step<End> = (generation, learned, nowMs) => {
  const cost = costOfEnd(generation, learned)
  if (learned.type === 'canceled') return end(generation, 'canceled', nowMs, { cost })
  return learned.type === 'output'
    ? end(generation, 'completed', nowMs, { cost, video: learned.video })
    : end(generation, 'failed', nowMs, { cost, failure: learned.failure })
}

/** Never sent, so not paid. */
const notSent =
  (retryable: boolean, message: string): Step<ObservationType> =>
  (generation, _, nowMs) =>
    end(generation, 'failed', nowMs, {
      failure: { code: 'not_sent', message, retryable },
      verdict: 'gateway',
      cost: released(generation),
    })

export const tooLate: Step<ObservationType> = notSent(
  true,
  'it waited too long, so it was never sent to fal; nothing was paid',
)
export const notNeeded: Step<ObservationType> = notSent(
  false,
  'fal has the generation it was to retry after all, so it was not sent; nothing was paid',
)

const PRESUMED = {
  submission_unconfirmed:
    "fal's answer to the submit was lost and fal has not reported it since; it may have been paid for",
  duplicate_request_id:
    'fal answered with the request id of another generation; it may have been paid for all the same',
  timed_out:
    'fal still reports it as pending, past the longest time it can take; it may have been paid for',
  fal_unreachable: 'fal did not answer about it for a day; it may have been paid for',
} as const

/** A verdict without fal's word: its cost is unknown, and fal may still report. */
export const presumed =
  (code: keyof typeof PRESUMED): Step<ObservationType> =>
  (generation, _, nowMs) =>
    end(generation, 'failed', nowMs, {
      failure: { code, message: PRESUMED[code], retryable: false },
      verdict: 'clock',
      listening: true,
      cost: unknown(generation),
    })

/** A person states a cost that is unknown. fal's word, if it comes later, replaces it. */
export const resolved = (
  generation: GenerationRecord,
  { charged: saidCharged }: Fact<'resolved'>,
): Transition => {
  if (generation.cost.state !== 'unknown') return same(generation)
  return changed(generation, {
    verdict: 'person',
    saidCharged,
    // A person's word is no reason to stop listening to fal.
    listeningUntilMs: Math.max(adoptionDeadlineMs(generation), listeningEndsMs(generation)),
    cost: saidCharged ? charged(generation) : released(generation),
  })
}

type Priced = Pick<GenerationRecord, 'cost' | 'billing'>

/** What a job costs that has ended. An output without a video was delivered, so it was billed. */
export const costOfEnd = (priced: Priced, learned: Fact<End>): Cost => {
  if (learned.type === 'output') return charged(priced, learned.billableUnits)
  if (learned.type === 'canceled' || !learned.billed) return released(priced)
  const isPaid = priced.billing.refusalsCount || learned.failure.code === 'invalid_output'
  return isPaid ? charged(priced) : released(priced)
}

/** Paid for: what fal billed, if it said so, else the estimate. */
const charged = ({ cost, billing }: Priced, billableUnits?: number): Cost => {
  const atTable = { ...cost, state: 'charged', chargedMicrousd: cost.estimatedMicrousd } as const
  if (billableUnits === undefined) return atTable
  const chargedMicrousd = priceOf(billableUnits, billing.unitMicrousd, cost.estimatedMicrousd)
  return { ...atTable, chargedMicrousd, basis: 'fal_units' }
}

/** fal reports its bill in units. Without a unit price, they only show whether it billed at all. */
const priceOf = (units: number, unitMicrousd: number | null, tableMicrousd: number): number => {
  if (unitMicrousd !== null) return Math.round(units * unitMicrousd)
  return units === 0 ? 0 : tableMicrousd
}

const costing =
  (state: Cost['state'], chargedMicrousd: number | null) =>
  ({ cost }: Pick<Priced, 'cost'>): Cost => ({ ...cost, state, chargedMicrousd })

export const released = costing('released', 0)
/** It may have been paid for; nothing proves either. */
export const unknown = costing('unknown', null)
