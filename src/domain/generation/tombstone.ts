/** What remains of a deleted generation, and when one may be deleted. */
import type { GenerationRecord } from './generation.ts'
import { phaseOf } from './transition.ts'

export const isDeletable = (generation: GenerationRecord): boolean =>
  phaseOf(generation) === 'settled' &&
  [generation.cost, ...generation.others.map((job) => job.cost)].every(
    ({ state }) => state === 'charged' || state === 'released',
  )

/** Nothing of its input or video: only whose money it was, and which requests at fal. */
export const bury = (generation: GenerationRecord, nowMs: number) => {
  const { id, keyId, scheduleId, day, cost, falRequestId, others } = generation
  const otherRequestIds = others.map((job) => job.requestId)
  return { id, keyId, scheduleId, day, cost, falRequestId, otherRequestIds, deletedAtMs: nowMs }
}
