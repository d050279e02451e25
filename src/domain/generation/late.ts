/** What is still learned after the end. */
import { changed, charged, released, same, settled, type Transition } from './change.ts'
import { listeningEndsMs } from './deadlines.ts'
import type { GenerationRecord } from './generation.ts'
import type { Found } from './observation.ts'
import { keptBeside } from './other-jobs.ts'

/** Once fal itself has said how it ended, only another job of its can be learned of. */
export const afterTheEnd = (
  generation: GenerationRecord,
  observation: Found,
  nowMs: number,
): Transition =>
  observation.type === 'accepted' && generation.sentAtMs !== null
    ? keptBeside(generation, observation, nowMs)
    : same(generation)

/** What fal says after a verdict of the clock stands beside it; the status stays. */
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
          listening: false,
          failure: failure && { ...failure, lateVideo: observation.video },
          cost: charged(generation, observation.billableUnits),
        },
        'generation.late_result',
      )
    case 'failure':
      return changed(
        generation,
        { listening: false, cost: settled(generation, observation) },
        'generation.late_result',
      )
    case 'canceled':
      return changed(
        generation,
        { listening: false, cost: released(generation) },
        'generation.late_result',
      )
    case 'clock':
      return nowMs > listeningEndsMs(generation)
        ? changed(generation, { listening: false })
        : same(generation)
    case 'sending':
    case 'duplicate':
    case 'refused':
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
