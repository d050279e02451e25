/** What is learned about a generation before its end: its submit, its status and its cancel. */
import { changed, end, ended, presumed, resolved, same, type Step, tooLate } from './change.ts'
import { adoptionDeadlineMs, longestEndMs, sendDeadlineMs, stopsCountingMs } from './deadlines.ts'
import type { GenerationRecord } from './generation.ts'
import type { ObservationType } from './observation.ts'

/** Three doubtful results are believed if a minute passes from first to last. */
const DOUBTS_NEEDED = 3
const DOUBTS_SPAN_MS = 60_000

/** The step, unless it is too late to send the generation: then that is its end. */
export const inTime =
  <Type extends ObservationType>(step: Step<Type>): Step<Type> =>
  (generation, learned, nowMs) =>
    (nowMs >= sendDeadlineMs(generation) ? tooLate : step)(generation, learned, nowMs)

export const sent: Step<'sending'> = (generation, { videoSig }, nowMs) =>
  changed(generation, { sentAtMs: nowMs, videoSig })

export const canceledUnsent: Step<'cancel_requested'> = (generation, _, nowMs) =>
  ended({ ...generation, cancelRequestedAtMs: nowMs }, { type: 'canceled' }, nowMs)

/** Unsent in a backup: it may have been sent at any time from its creation to its send deadline. */
export const maybeSent = (
  generation: GenerationRecord,
  videoSig: string,
  nowMs: number,
): GenerationRecord => ({
  ...generation,
  videoSig,
  sentFromMs: generation.createdAtMs,
  sentAtMs: Math.min(nowMs, sendDeadlineMs(generation)),
})

export const restored: Step<'restored'> = (generation, learned, nowMs) =>
  unanswered(maybeSent(generation, learned.videoSig, nowMs), learned, nowMs)

export const accepted: Step<'accepted'> = (generation, { requestId, by, queuePosition = null }) => {
  const known = { falRequestId: requestId, adoptedBy: by, queuePosition }
  const queued = { ...known, status: 'queued', unconfirmed: false } as const
  return changed(generation, queued, 'generation.queued')
}

/** A request in fal's history that may be its own. The first one found stays. */
export const candidate: Step<'candidate'> = (generation, { requestId }) =>
  generation.falRequestId === null && generation.candidateRequestId === undefined
    ? changed(generation, { candidateRequestId: requestId })
    : same(generation)

export const refused: Step<'refused'> = (generation, { failure }, nowMs) => {
  const failed = { type: 'failure', failure, billed: false } as const
  return ended({ ...generation, refusedAtSubmit: true }, failed, nowMs)
}

/**
 * fal refused it, without proof. The caller learns that at once, and the money stays reserved until
 * nothing can come of it any more.
 */
export const unproven: Step<'unproven'> = (generation, { failure, named }, nowMs) =>
  end(generation, 'failed', nowMs, {
    failure: { ...failure, retryable: false },
    refusedAtSubmit: true,
    verdict: 'unproven',
    listening: true,
    named: named ?? generation.named,
    cost: generation.cost,
  })

/** It waits for a webhook, or for fal's history, where the generated seed is unmistakable. */
export const unanswered: Step<'unanswered' | 'clock' | 'restored'> = (
  generation,
  learned,
  nowMs,
) => {
  const named = (learned.type === 'unanswered' && learned.named) || null
  return generation.webhookOrigin !== null || named || generation.seedSource === 'generated'
    ? changed(generation, { unconfirmed: true, named }, 'generation.unconfirmed')
    : presumed('submission_unconfirmed')(generation, learned, nowMs)
}

export const byAPerson: Step<'resolved'> = (generation, learned, nowMs) => {
  if (nowMs < stopsCountingMs(generation)) return same(generation)
  const lost = presumed('submission_unconfirmed')(generation, learned, nowMs)
  const said = resolved(lost.generation, learned).generation
  return { ...lost, generation: { ...said, listeningUntilMs: adoptionDeadlineMs(generation) } }
}

/** A look shows its queue position. A look that says pending clears the doubts. */
export const stillQueued: Step<'in_queue'> = (before, { position }) => {
  const generation = sure(before)
  if (generation.status !== 'queued' || position === null) return same(generation)
  if (position === generation.queuePosition) return same(generation)
  return {
    generation: { ...generation, queuePosition: position },
    events: [{ type: 'generation.queue_position', queuePosition: position }],
  }
}

/** A look shows that it is or was running; new log lines become events. */
export const running: Step<'running'> = (before, learned, nowMs) => {
  const { logs, over } = learned
  const generation = over === true ? before : sure(before)
  if (over !== true && nowMs > longestEndMs(generation)) {
    return presumed('timed_out')(generation, learned, nowMs)
  }
  const fresh = logs.slice(generation.logCount)
  const starts = generation.status === 'queued'
  if (!starts && fresh.length === 0) return same(generation)
  return {
    generation: {
      ...generation,
      status: 'in_progress',
      queuePosition: null,
      startedAtMs: generation.startedAtMs ?? nowMs,
      logCount: generation.logCount + fresh.length,
    },
    events: [
      ...(starts ? [{ type: 'generation.in_progress' } as const] : []),
      ...fresh.map((line) => ({ type: 'generation.log', line }) as const),
    ],
  }
}

/** Only consecutive doubts count. */
const sure = (generation: GenerationRecord): GenerationRecord =>
  generation.doubt === null ? generation : { ...generation, doubt: null }

export const doubted: Step<'doubtful_failure'> = (generation, { failure }, nowMs) => {
  const { count, sinceMs } = generation.doubt ?? { count: 0, sinceMs: nowMs }
  return count + 1 >= DOUBTS_NEEDED && nowMs - sinceMs >= DOUBTS_SPAN_MS
    ? ended(generation, { type: 'failure', failure, billed: false }, nowMs)
    : changed(generation, { doubt: { count: count + 1, sinceMs } })
}

export const cancelRequested: Step<'cancel_requested'> = (generation, _, nowMs) =>
  generation.cancelRequestedAtMs === null
    ? changed(generation, { cancelRequestedAtMs: nowMs }, 'generation.cancel_requested')
    : same(generation)

export const cancelAccepted: Step<'cancel_accepted'> = (generation, _, nowMs) =>
  generation.cancelAcceptedAtMs === null
    ? changed(generation, { cancelAcceptedAtMs: nowMs })
    : same(generation)

/** fal forgets a job that it has canceled. */
export const notFound: Step<'not_found'> = (generation, _, nowMs) =>
  generation.cancelAcceptedAtMs === null
    ? same(generation)
    : ended(generation, { type: 'canceled' }, nowMs)
