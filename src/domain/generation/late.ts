/** What is still learned after the end. */
import {
  candidate,
  changed,
  charged,
  maybeSent,
  presumed,
  released,
  resolved,
  same,
  settled,
  type Transition,
  unknown,
} from './change.ts'
import { DAY_MS, listeningEndsMs } from './deadlines.ts'
import type { Cost, GenerationRecord } from './generation.ts'
import type { Found } from './observation.ts'
import { keptBeside } from './other-jobs.ts'

/** Once fal itself has said how it ended, only another job of its can be learned of. */
export const afterTheEnd = (
  generation: GenerationRecord,
  observation: Found,
  nowMs: number,
): Transition => {
  const isUnknown = generation.cost.state === 'unknown'
  if (observation.type === 'resolved' && isUnknown) return resolved(generation, observation.charged)
  if (observation.type === 'restored' && generation.failure?.code === 'not_sent') {
    const sent = maybeSent(generation, observation.videoSig, nowMs)
    // Its end was told already.
    return { ...presumed(sent, 'submission_unconfirmed', nowMs), events: [] }
  }
  if (observation.type !== 'accepted' || generation.sentAtMs === null) return same(generation)
  return isWithoutFalsWord(generation) && mayBeItsOwn(generation, observation.requestId)
    ? reopened(generation, observation, nowMs)
    : keptBeside(generation, observation, nowMs)
}

/** Whether its end rests on anything but what fal said of it. */
const isWithoutFalsWord = ({ verdict }: GenerationRecord): boolean =>
  verdict !== 'fal' && verdict !== 'gateway'

const mayBeItsOwn = ({ falRequestId, others }: GenerationRecord, requestId: string): boolean =>
  falRequestId === requestId ||
  (falRequestId === null && !others.some((job) => job.requestId === requestId))

/** Heard of after all: what became of it is learned next, and stands beside its end. */
const reopened = (
  generation: GenerationRecord,
  { requestId, by }: Extract<Found, { type: 'accepted' }>,
  nowMs: number,
): Transition =>
  changed(generation, {
    falRequestId: requestId,
    adoptedBy: generation.falRequestId === requestId ? generation.adoptedBy : by,
    listening: true,
    listeningUntilMs: nowMs + DAY_MS,
  })

/** By now it is fal that says what it cost. */
const HEARD = { listening: false, verdict: 'fal' } as const

/** What fal says after an end that was not its own word stands beside it; the status stays. */
export const late = (
  generation: GenerationRecord,
  observation: Found,
  nowMs: number,
): Transition => {
  const failure = generation.failure
  switch (observation.type) {
    case 'accepted':
      return generation.falRequestId === null
        ? changed(generation, { falRequestId: observation.requestId, adoptedBy: observation.by })
        : keptBeside(generation, observation, nowMs)
    case 'output':
      return changed(
        generation,
        {
          ...HEARD,
          failure: failure && { ...failure, lateVideo: observation.video },
          cost: unlessBilled(generation, charged(generation, observation.billableUnits)),
        },
        'generation.late_result',
      )
    case 'failure':
      return changed(
        generation,
        { ...HEARD, cost: unlessBilled(generation, settled(generation, observation)) },
        'generation.late_result',
      )
    case 'canceled':
      return changed(
        generation,
        { ...HEARD, cost: unlessBilled(generation, released(generation)) },
        'generation.late_result',
      )
    case 'clock':
      return nowMs > listeningEndsMs(generation)
        ? changed(generation, { listening: false, cost: costOfSilence(generation) })
        : same(generation)
    case 'resolved':
      return generation.cost.state === 'unknown'
        ? resolved(generation, observation.charged)
        : same(generation)
    case 'candidate':
      return candidate(generation, observation)
    case 'sending':
    case 'restored':
    case 'not_needed':
    case 'duplicate':
    case 'refused':
    case 'unproven':
    case 'unanswered':
    case 'in_queue':
    case 'running':
    case 'doubtful_failure':
    case 'cancel_requested':
    case 'cancel_accepted':
    case 'not_found':
      return same(generation)
  }
}

/** What fal has charged is more than what can be concluded. */
const unlessBilled = ({ cost }: GenerationRecord, concluded: Cost): Cost =>
  cost.basis === 'fal_billing' ? cost : concluded

/** What was unproven and never turned up was not paid for; if fal has it, nobody can tell. */
const costOfSilence = (generation: GenerationRecord): GenerationRecord['cost'] => {
  if (generation.cost.state !== 'reserved') return generation.cost
  return generation.falRequestId === null ? released(generation) : unknown(generation)
}

/**
 * Whether it failed in a way that may have been paid for, so that making it again may pay twice:
 * what fal has charged without a word on its end was made as well.
 */
export const isInDoubt = ({ status, verdict, cost }: GenerationRecord): boolean =>
  status === 'failed' &&
  (cost.state === 'unknown' ||
    (verdict === 'unproven' && cost.state === 'reserved') ||
    (verdict !== 'fal' && cost.basis === 'fal_billing' && cost.state === 'charged'))

/** Whether its request at fal was known when the clock ended it. */
export const wasKnownAtItsEnd = ({ failure }: GenerationRecord): boolean =>
  failure?.code === 'timed_out' || failure?.code === 'fal_unreachable'
