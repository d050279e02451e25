/** How long fal may take, and when its silence becomes a verdict. */
import type { GenerationRecord } from './generation.ts'

export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** How long to wait for fal's answer to a submit. After that, the answer counts as lost. */
export const SUBMIT_TIMEOUT_MS = 60 * SECOND_MS
/** A submit without news for this long was in flight in a process that died. */
const SUBMIT_LEASE_MS = SUBMIT_TIMEOUT_MS + 30 * SECOND_MS

/** After an unproven refusal, a webhook may still show for this long that fal took the job. */
const UNPROVEN_MS = 2 * HOUR_MS

export const leaseEndsMs = (generation: GenerationRecord): number =>
  sentMs(generation) + SUBMIT_LEASE_MS

export const sendDeadlineMs = ({ createdAtMs, sendBeforeMs }: GenerationRecord): number =>
  Math.min(createdAtMs + DAY_MS, sendBeforeMs ?? Infinity)

/** When fal can no longer start it or still be running it. */
export const longestEndMs = (generation: GenerationRecord): number =>
  sentMs(generation) + (generation.startTimeoutSeconds + generation.longestRunSeconds) * SECOND_MS

/** When a webhook can no longer come for a submit whose answer was lost. */
export const adoptionDeadlineMs = (generation: GenerationRecord): number =>
  longestEndMs(generation) + generation.hookRetriesSeconds * SECOND_MS

/** When failing looks are no longer a delay but a verdict. */
export const unreachableDeadlineMs = (generation: GenerationRecord): number =>
  Math.max(sentMs(generation) + DAY_MS, longestEndMs(generation))

/** When a generation that ended without fal's word stops listening, and becomes final in KV too. */
export const listeningEndsMs = (generation: GenerationRecord): number => {
  const { verdict, failure, falRequestId, listeningUntilMs } = generation
  if (listeningUntilMs !== undefined) return listeningUntilMs
  const isUnknownToFal = verdict === 'unproven' && falRequestId === null
  if (isUnknownToFal) return sentMs(generation) + UNPROVEN_MS
  if (failure?.code === 'duplicate_request_id') return adoptionDeadlineMs(generation)
  return (generation.finishedAtMs ?? generation.createdAtMs) + DAY_MS
}

type Sent = Pick<GenerationRecord, 'sentAtMs' | 'createdAtMs'>

export const sentMs = ({ sentAtMs, createdAtMs }: Sent): number => sentAtMs ?? createdAtMs

/**
 * Until when a generation whose answer was lost takes one of the places at fal. By then fal has
 * begun it or never had it, and the ones waiting behind it must not wait for hours.
 */
export const stopsCountingMs = (generation: Sent): number => sentMs(generation) + 120 * SECOND_MS
