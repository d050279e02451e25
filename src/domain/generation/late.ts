/** What is learned after the end. */
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

/** Once fal itself has reported the end, only news of other jobs counts. */
export const afterTheEnd: Step<Found> = (generation, observation, nowMs) => {
  if (observation.type === 'resolved') return resolved(generation, observation.charged)
  if (observation.type === 'restored' && generation.failure?.code === 'not_sent') {
    const sent = maybeSent(generation, observation.videoSig, nowMs)
    return { ...presumed(sent, 'submission_unconfirmed', nowMs), events: [] }
  }
  if (observation.type !== 'accepted' || generation.sentAtMs === null) return same(generation)
  return isWithoutFalsWord(generation) && mayBeItsOwn(generation, observation.requestId)
    ? reopened(generation, observation, nowMs)
    : keptBeside(generation, observation, nowMs)
}

/** Whether its end rests on anything but fal's word. */
const isWithoutFalsWord = ({ verdict }: GenerationRecord): boolean =>
  verdict !== 'fal' && verdict !== 'gateway'

const mayBeItsOwn = ({ falRequestId, others }: GenerationRecord, requestId: string): boolean =>
  falRequestId === requestId ||
  (falRequestId === null && !others.some((job) => job.requestId === requestId))

/** fal has it after all. What became of it is learned next and recorded alongside its end. */
const reopened: Step<Fact<'accepted'>> = (generation, { requestId, by }, nowMs) =>
  changed(generation, {
    falRequestId: requestId,
    adoptedBy: generation.falRequestId === requestId ? generation.adoptedBy : by,
    listening: true,
    listeningUntilMs: nowMs + DAY_MS,
  })

/** fal's reports after an end without its word are recorded alongside it; the status stays. */
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
      return resolved(generation, observation.charged)
    case 'candidate':
      return candidate(generation, observation, nowMs)
    default:
      return same(generation)
  }
}

/** From now on fal's word decides the cost. A charge that fal reported outweighs a conclusion. */
const heard = (
  generation: GenerationRecord,
  concluded: Cost,
  more: Partial<GenerationRecord> = {},
): Transition => {
  const cost = generation.cost.basis === 'fal_billing' ? generation.cost : concluded
  const end = { ...more, cost, listening: false, verdict: 'fal' as const }
  return changed(generation, end, 'generation.late_result')
}

/** An unproven refusal without a job was not paid for. If fal has a job, the cost is unknown. */
const costOfSilence = (generation: GenerationRecord): Cost => {
  if (generation.cost.state !== 'reserved') return generation.cost
  return generation.falRequestId === null ? released(generation) : unknown(generation)
}

/**
 * Whether it failed in a way that may have been paid for, so that a retry may pay twice. A charge
 * from fal without word of the end means that a video was made as well.
 */
export const isInDoubt = ({ status, verdict, cost }: GenerationRecord): boolean =>
  status === 'failed' &&
  (cost.state === 'unknown' ||
    (verdict === 'unproven' && cost.state === 'reserved') ||
    (verdict !== 'fal' && cost.basis === 'fal_billing' && cost.state === 'charged'))

/** Whether its request at fal was known when the clock ended it. */
export const wasKnownAtItsEnd = ({ failure }: GenerationRecord): boolean =>
  failure?.code === 'timed_out' || failure?.code === 'fal_unreachable'
