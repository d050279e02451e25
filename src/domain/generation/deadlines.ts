/** How long fal may take, and when silence becomes a verdict. */
import type { GenerationRecord } from './generation.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** The wait for fal's answer to a submit. Later than that, the answer counts as lost. */
export const SUBMIT_TIMEOUT_MS = 60 * SECOND_MS
/** A submit that nobody has heard of for this long was under way in a process that died. */
const SUBMIT_LEASE_MS = SUBMIT_TIMEOUT_MS + 30 * SECOND_MS

/** A no of fal's that is no proof: for this long a webhook may still show that it took it. */
const UNPROVEN_MS = 2 * HOUR_MS

export const leaseEndsMs = (generation: GenerationRecord): number =>
  sentMs(generation) + SUBMIT_LEASE_MS

export const sendDeadlineMs = ({ createdAtMs, sendBeforeMs }: GenerationRecord): number =>
  Math.min(createdAtMs + DAY_MS, sendBeforeMs ?? Infinity)

/** When fal can no longer be about to start or still be running it. */
export const longestEndMs = (generation: GenerationRecord): number =>
  sentMs(generation) + (generation.startTimeoutSeconds + generation.longestRunSeconds) * SECOND_MS

/** When no webhook can come any more for a submit whose answer was lost. */
export const adoptionDeadlineMs = (generation: GenerationRecord): number =>
  longestEndMs(generation) + generation.hookRetriesSeconds * SECOND_MS

/** When failing looks stop being a delay and become a verdict. */
export const unreachableDeadlineMs = (generation: GenerationRecord): number =>
  Math.max(sentMs(generation) + DAY_MS, longestEndMs(generation))

/** When what ended without fal's word stops listening, and is final in KV too. */
export const listeningEndsMs = (generation: GenerationRecord): number => {
  const { verdict, failure, falRequestId, listeningUntilMs } = generation
  if (listeningUntilMs !== undefined) return listeningUntilMs
  const isUnknownToFal = verdict === 'unproven' && falRequestId === null
  if (isUnknownToFal) return sentMs(generation) + UNPROVEN_MS
  if (failure?.code === 'duplicate_request_id') return adoptionDeadlineMs(generation)
  return (generation.finishedAtMs ?? generation.createdAtMs) + DAY_MS
}

export const sentMs = (generation: GenerationRecord): number =>
  generation.sentAtMs ?? generation.createdAtMs

/**
 * Until when one whose answer was lost takes the place of another at fal. fal has begun it by then,
 * or never had it: it must not stop what waits for hours.
 */
export const stopsCountingMs = (
  generation: Pick<GenerationRecord, 'sentAtMs' | 'createdAtMs'>,
): number => (generation.sentAtMs ?? generation.createdAtMs) + 120 * SECOND_MS
