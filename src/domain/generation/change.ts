/** The steps of a transition: a change or an end, its events, and its cost. */
import type { StateEventType } from '../../contract/events.ts'
import type { FinalStatus } from '../../contract/status.ts'
import { adoptionDeadlineMs, listeningEndsMs, sendDeadlineMs } from './deadlines.ts'
import type { Cost, GenerationRecord } from './generation.ts'
import type { Fact, LogLine } from './observation.ts'

export type EventDraft =
  | { readonly type: StateEventType }
  | { readonly type: 'generation.queue_position'; readonly queuePosition: number }
  | { readonly type: 'generation.log'; readonly line: LogLine }

export interface Transition {
  readonly generation: GenerationRecord
  readonly events: readonly EventDraft[]
}

/** How a generation changes by something learned. */
export type Step<Learned> = (
  generation: GenerationRecord,
  learned: Learned,
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

/** A request in fal's history that may be its own. The first one found stays. */
export const candidate: Step<Fact<'candidate'>> = (generation, { requestId }) =>
  generation.falRequestId === null && generation.candidateRequestId === undefined
    ? changed(generation, { candidateRequestId: requestId })
    : same(generation)

const end = (
  generation: GenerationRecord,
  status: FinalStatus,
  nowMs: number,
  facts: Pick<GenerationRecord, 'cost'> & Partial<GenerationRecord>,
): Transition =>
  changed(
    generation,
    { ...OVER, status, verdict: 'fal', finishedAtMs: nowMs, ...facts },
    `generation.${status}`,
  )

const OVER = { unconfirmed: false, queuePosition: null, doubt: null } as const

export const completed: Step<Fact<'output'>> = (generation, { video, billableUnits }, nowMs) =>
  end(generation, 'completed', nowMs, { video, cost: charged(generation, billableUnits) })

export const failed: Step<Ended> = (generation, ended, nowMs) => {
  const { failure } = ended
  return end(generation, 'failed', nowMs, { failure, cost: settled(generation, ended) })
}

/** Never sent, so not paid: it would come too late to be of use. */
export const notSent: Step<keyof typeof NOT_SENT> = (generation, why, nowMs) =>
  end(generation, 'failed', nowMs, {
    failure: { code: 'not_sent', ...NOT_SENT[why] },
    verdict: 'gateway',
    cost: released(generation),
  })

const NOT_SENT = {
  too_late: {
    message: 'it waited too long, so it was never sent to fal; nothing was paid',
    retryable: true,
  },
  not_needed: {
    message:
      'fal has the generation it was to retry after all, so it was not sent; nothing was paid',
    retryable: false,
  },
} as const

/** A person states a cost that is unknown. fal's word, if it comes later, replaces it. */
export const resolved = (generation: GenerationRecord, isCharged: boolean): Transition => {
  if (generation.cost.state !== 'unknown') return same(generation)
  return changed(generation, {
    verdict: 'person',
    saidCharged: isCharged,
    // A person's word is no reason to stop listening to fal.
    listeningUntilMs: Math.max(adoptionDeadlineMs(generation), listeningEndsMs(generation)),
    cost: isCharged ? charged(generation) : released(generation),
  })
}

export const canceled = (generation: GenerationRecord, nowMs: number): Transition =>
  end(generation, 'canceled', nowMs, { cost: released(generation) })

/** Unsent in a backup: it may have been sent at any time from its creation to its send deadline. */
export const maybeSent = (
  generation: GenerationRecord,
  videoSig: string,
  nowMs: number,
): GenerationRecord => ({
  ...generation,
  videoSig,
  sentFromMs: generation.createdAtMs,
  sentAtMs: Math.min(nowMs, sendDeadlineMs(generation)),
})

/** A verdict without fal's word: its cost is unknown, and fal may still report. */
export const presumed: Step<keyof typeof PRESUMED> = (generation, code, nowMs) =>
  end(generation, 'failed', nowMs, {
    failure: { code, message: PRESUMED[code], retryable: false },
    verdict: 'clock',
    listening: true,
    cost: unknown(generation),
  })

/**
 * fal refused it, without proof. The caller learns that at once, and the money stays reserved until
 * nothing can come of it any more.
 */
export const unproven: Step<Fact<'unproven'>> = (generation, { failure, named }, nowMs) =>
  end(generation, 'failed', nowMs, {
    failure: { ...failure, retryable: false },
    refusedAtSubmit: true,
    verdict: 'unproven',
    listening: true,
    named: named ?? generation.named,
    cost: generation.cost,
  })

const PRESUMED = {
  submission_unconfirmed:
    "fal's answer to the submit was lost and fal has not reported it since; it may have been paid for",
  duplicate_request_id:
    'fal answered with the request id of another generation; it may have been paid for all the same',
  timed_out:
    'fal still reports it as pending, past the longest time it can take; it may have been paid for',
  fal_unreachable: 'fal did not answer about it for a day; it may have been paid for',
} as const

type Ended = Pick<Fact<'failure'>, 'failure'> & Partial<Pick<Fact<'failure'>, 'billed'>>

type Priced = Pick<GenerationRecord, 'cost' | 'billing'>

/** Paid for: what fal billed, if it said so, else the estimate. */
export const charged = ({ cost, billing }: Priced, billableUnits?: number): Cost => {
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

/** What a failure costs. An output without a video was delivered, so it was billed. */
export const settled = (priced: Priced, { billed, failure }: Ended): Cost =>
  billed && (priced.billing.refusalsCount || failure.code === 'invalid_output')
    ? charged(priced)
    : released(priced)

const costing =
  (state: Cost['state'], chargedMicrousd: number | null) =>
  ({ cost }: Pick<Priced, 'cost'>): Cost => ({ ...cost, state, chargedMicrousd })

export const released = costing('released', 0)
/** It may have been paid for; nothing proves either. */
export const unknown = costing('unknown', null)
