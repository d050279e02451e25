/** Which request in fal's history is a generation's own, and when to search for it. */
import {
  adoptionDeadlineMs,
  listeningEndsMs,
  MINUTE_MS,
  SECOND_MS,
  sentMs,
  SUBMIT_TIMEOUT_MS,
} from './deadlines.ts'
import type { GenerationRecord } from './generation.ts'
import type { Found } from './observation.ts'
import { phaseOf } from './transition.ts'

export interface PastRequest {
  readonly requestId: string
  readonly sentAtMs: number
  /** The input of the request; undefined if fal does not say. */
  readonly input: unknown
  /** How it ended; null if that is not known. */
  readonly end: Found | null
  /** Whether it succeeded, although the history does not keep the result. */
  readonly isMade: boolean
}

const SKEW_MS = MINUTE_MS

/** Searches after its answer was lost; later ones follow at the longest gap. */
const LOOKS_AFTER_MS = [5, 15, 60, 300, 900].map((seconds) => seconds * SECOND_MS)
const LONGEST_GAP_MS = 30 * MINUTE_MS
/** How long the last search comes before the deadline. */
const LAST_LOOK_MS = 30 * SECOND_MS

/** Whether fal may have it under a request id that the gateway does not know. */
export const isSought = (generation: GenerationRecord): boolean => {
  const phase = phaseOf(generation)
  const isInDoubt = phase === 'unconfirmed' || phase === 'presumed'
  return isInDoubt && generation.falRequestId === null && generation.sentAtMs !== null
}

/** @param sinceMs when its answer was lost; `looks` searches were made since */
export const nextSearchMs = (
  generation: GenerationRecord,
  sinceMs: number,
  looks: number,
  nowMs: number,
): number => {
  const afterMs = LOOKS_AFTER_MS[looks]
  const plannedMs =
    afterMs === undefined ? nowMs + LONGEST_GAP_MS : Math.max(nowMs + SECOND_MS, sinceMs + afterMs)
  const endMs = phaseOf(generation) === 'unconfirmed' ? adoptionDeadlineMs : listeningEndsMs
  const lastMs = endMs(generation) - LAST_LOOK_MS
  return lastMs > nowMs ? Math.min(plannedMs, lastMs) : plannedMs
}

/** The end that only the history shows, once fal's queue has forgotten a request; null if none. */
export const endInHistory = ({ end, isMade }: PastRequest): Found | null => {
  if (!isMade) return end
  const message = 'fal made the video and no longer has it'
  const failure = { code: 'invalid_output', message, retryable: true } as const
  return { type: 'failure', failure, billed: true }
}

/** The earliest time at which fal can have taken it, by fal's clock. */
export const searchFromMs = (generation: GenerationRecord): number =>
  (generation.sentFromMs ?? sentMs(generation)) - SKEW_MS

export const searchUntilMs = (generation: GenerationRecord): number =>
  sentMs(generation) + SUBMIT_TIMEOUT_MS + SKEW_MS

/**
 * Whether a request may be the one sent for a generation: every field that was sent is equal, and
 * the time fits. fal may have filled in other fields.
 */
export const mayBeRequestOf = (
  generation: GenerationRecord,
  { input, sentAtMs }: PastRequest,
): boolean =>
  sentAtMs >= searchFromMs(generation) &&
  sentAtMs <= searchUntilMs(generation) &&
  typeof input === 'object' &&
  input !== null &&
  Object.entries(generation.input).every(([name, value]) => Reflect.get(input, name) === value)

/**
 * The request of a generation in a part of the history that was read to its end. Undefined if none
 * fits, if several fit, or if the only one fits another generation too: that proves nothing.
 *
 * @param all every sent generation whose request id is not known
 * @param owners generations whose requests are known, by request id
 */
export const findRequest = (
  generation: GenerationRecord,
  past: readonly PastRequest[],
  all: readonly GenerationRecord[],
  owners: ReadonlyMap<string, string>,
): PastRequest | undefined => {
  const { id } = generation
  const [match, ...more] = past.filter(
    (request) =>
      mayBeRequestOf(generation, request) && (owners.get(request.requestId) ?? id) === id,
  )
  if (match === undefined || more.length > 0) return undefined
  return all.some((each) => each.id !== id && mayBeRequestOf(each, match)) ? undefined : match
}
