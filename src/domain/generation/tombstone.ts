/** What remains of a deleted generation, and when one may be deleted. */
import type { Day } from '../zone.ts'
import type { Cost, GenerationRecord } from './generation.ts'
import { phaseOf } from './transition.ts'

/** Nothing of its input or video: only whose money it was, and which requests at fal. */
export interface Tombstone {
  readonly id: string
  readonly keyId: string
  readonly scheduleId: string | null
  readonly day: Day
  readonly cost: Cost
  readonly falRequestId: string | null
  readonly otherRequestIds: readonly string[]
  readonly deletedAtMs: number
}

export const isDeletable = (generation: GenerationRecord): boolean =>
  phaseOf(generation) === 'settled' &&
  [generation.cost, ...generation.others.map((job) => job.cost)].every(
    ({ state }) => state === 'charged' || state === 'released',
  )

export const bury = (generation: GenerationRecord, nowMs: number): Tombstone => {
  const { id, keyId, scheduleId, day, cost, falRequestId, others } = generation
  const otherRequestIds = others.map((job) => job.requestId)
  return { id, keyId, scheduleId, day, cost, falRequestId, otherRequestIds, deletedAtMs: nowMs }
}
