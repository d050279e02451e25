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
  type Step,
  type Transition,
  unknown,
} from './change.ts'
import { DAY_MS, listeningEndsMs } from './deadlines.ts'
import type { Cost, GenerationRecord } from './generation.ts'
import type { Fact, Found } from './observation.ts'
import { keptBeside } from './other-jobs.ts'

/** Once fal itself has said how it ended, only another job of its can be learned of. */
export const afterTheEnd: Step<Found> = (generation, observation, nowMs) => {
  const isUnknown = generation.cost.state === 'unknown'
  if (observation.type === 'resolved' && isUnknown) return resolved(generation, observation.charged)
  if (observation.type === 'restored' && generation.failure?.code === 'not_sent') {
    const sent = maybeSent(generation, observation.videoSig, nowMs)
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
const reopened: Step<Fact<'accepted'>> = (generation, { requestId, by }, nowMs) =>
  changed(generation, {
    falRequestId: requestId,
    adoptedBy: generation.falRequestId === requestId ? generation.adoptedBy : by,
    listening: true,
    listeningUntilMs: nowMs + DAY_MS,
  })

/** What fal says after an end that was not its own word stands beside it; the status stays. */
export const late: Step<Found> = (generation, observation, nowMs) => {
  const failure = generation.failure
  switch (observation.type) {
    case 'accepted':
      return generation.falRequestId === null
        ? changed(generation, { falRequestId: observation.requestId, adoptedBy: observation.by })
        : keptBeside(generation, observation, nowMs)
    case 'output': {
      const { video, billableUnits } = observation
      const concluded = charged(generation, billableUnits)
      return heard(generation, concluded, { failure: failure && { ...failure, lateVideo: video } })
    }
    case 'failure':
      return heard(generation, settled(generation, observation))
    case 'canceled':
      return heard(generation, released(generation))
    case 'clock':
      return nowMs > listeningEndsMs(generation)
        ? changed(generation, { listening: false, cost: costOfSilence(generation) })
        : same(generation)
    case 'resolved':
      return generation.cost.state === 'unknown'
        ? resolved(generation, observation.charged)
        : same(generation)
    case 'candidate':
      return candidate(generation, observation, nowMs)
    default:
      return same(generation)
  }
}

/** By now it is fal that says what it cost. What it has charged is more than what can be concluded. */
const heard = (
  generation: GenerationRecord,
  concluded: Cost,
  more: Partial<GenerationRecord> = {},
): Transition => {
  const cost = generation.cost.basis === 'fal_billing' ? generation.cost : concluded
  const end = { ...more, cost, listening: false, verdict: 'fal' as const }
  return changed(generation, end, 'generation.late_result')
}

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
