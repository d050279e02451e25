/** What is learned after the end. */
import { changed, costOfEnd, presumed, released, same, type Step, unknown } from './change.ts'
import { DAY_MS } from './deadlines.ts'
import type { GenerationRecord } from './generation.ts'
import { maybeSent } from './open.ts'
import { keptBeside } from './other-jobs.ts'

/** What a backup held as too late to send may have been sent since. */
export const restoredUnsent: Step<'restored'> = (generation, learned, nowMs) => {
  if (generation.failure?.code !== 'not_sent') return same(generation)
  const sent = maybeSent(generation, learned.videoSig, nowMs)
  return { ...presumed('submission_unconfirmed')(sent, learned, nowMs), events: [] }
}

/** Once fal itself has reported the end, only news of other jobs counts. */
export const acceptedAfterTheEnd: Step<'accepted'> = (generation, learned, nowMs) => {
  const { sentAtMs, verdict, falRequestId, others } = generation
  const { requestId, by } = learned
  if (sentAtMs === null) return same(generation)
  const isItsKnown = falRequestId === requestId
  const mayBeItsOwn =
    isItsKnown || (falRequestId === null && !others.some((job) => job.requestId === requestId))
  if (verdict === 'fal' || verdict === 'gateway' || !mayBeItsOwn) {
    return keptBeside(generation, learned, nowMs)
  }
  // fal has it after all. What became of it is learned next and recorded alongside its end.
  return changed(generation, {
    falRequestId: requestId,
    adoptedBy: isItsKnown ? generation.adoptedBy : by,
    listening: true,
    listeningUntilMs: nowMs + DAY_MS,
  })
}

export const acceptedLate: Step<'accepted'> = (generation, learned, nowMs) =>
  generation.falRequestId === null
    ? changed(generation, { falRequestId: learned.requestId, adoptedBy: learned.by })
    : keptBeside(generation, learned, nowMs)

/**
 * fal's reports after an end without its word are recorded alongside it; the status stays. From now
 * on fal's word decides the cost. A charge that fal reported outweighs a conclusion.
 */
export const heard: Step<'output' | 'failure' | 'canceled'> = (generation, learned) => {
  const { cost, failure } = generation
  const isVideo = learned.type === 'output' && failure !== null
  return changed(
    generation,
    {
      failure: isVideo ? { ...failure, lateVideo: learned.video } : failure,
      cost: cost.basis === 'fal_billing' ? cost : costOfEnd(generation, learned),
      listening: false,
      verdict: 'fal',
    },
    'generation.late_result',
  )
}

/** An unproven refusal without a job was not paid for. If fal has a job, the cost is unknown. */
export const silent: Step<'clock'> = (generation) => {
  const { cost, falRequestId } = generation
  const unpaid = falRequestId === null ? released(generation) : unknown(generation)
  return changed(generation, { listening: false, cost: cost.state === 'reserved' ? unpaid : cost })
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
