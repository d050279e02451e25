/** Which of fal's jobs a generation rests on, and what happens to its other jobs. */
import { type Evidence, EVIDENCE, isFinal } from '../../contract/status.ts'
import { changed, costOfEnd, same, type Step, type Transition, unknown } from './change.ts'
import { DAY_MS, longestEndMs } from './deadlines.ts'
import type { GenerationRecord, OtherJob } from './generation.ts'

/** More than one is rare. The limit keeps anyone who can cause webhooks from filling the record. */
const MAX_OTHERS = 4
/** fal needs a moment before a request that it took can be found. */
const FOUND_WITHIN_MS = 60_000

/** Stronger evidence replaces a known request id; the job of the old id is kept. */
export const replaced: Step<'accepted'> = (generation, { requestId, by, queuePosition }, nowMs) => {
  const { falRequestId, adoptedBy } = generation
  if (falRequestId === null || falRequestId === requestId) return same(generation)
  if (rank(by) <= rank(adoptedBy)) return same(generation)
  const others = generation.others.filter((job) => job.requestId !== requestId)
  const before = { requestId: falRequestId, by: adoptedBy ?? 'look_up' }
  return changed(generation, {
    falRequestId: requestId,
    adoptedBy: by,
    others: others.length < MAX_OTHERS ? [...others, pending(generation, before, nowMs)] : others,
    queuePosition: generation.status === 'queued' ? (queuePosition ?? null) : null,
    // Both were about the other job.
    doubt: null,
    cancelAcceptedAtMs: null,
  })
}

/** Once it has ended, a job with another request id is only kept alongside its own. */
export const keptBeside: Step<'accepted'> = (generation, named, nowMs) => {
  const { falRequestId, others } = generation
  const isKnown = [falRequestId, ...others.map((job) => job.requestId)].includes(named.requestId)
  if (isKnown || others.length >= MAX_OTHERS) return same(generation)
  return changed(generation, { others: [...others, pending(generation, named, nowMs)] })
}

/** What a look at another job shows: its end, that it is not this generation's, or nothing yet. */
export const learnedBeside: Step<'beside'> = (generation, { requestId, found }, nowMs) => {
  const job = pendingJobs(generation).find((other) => other.requestId === requestId)
  if (job === undefined) return same(generation)
  const { cost } = job
  const dropped = changed(generation, {
    others: generation.others.filter((other) => other !== job),
  })
  const over = (end: Partial<OtherJob>): Transition =>
    changed(
      generation,
      { others: generation.others.map((other) => (other === job ? { ...job, ...end } : other)) },
      // Before its own end, no event is needed: that end will report this too.
      ...(isFinal(generation.status) ? (['generation.late_result'] as const) : []),
    )
  switch (found.type) {
    case 'output':
    case 'failure':
    case 'canceled':
      return over({
        ...(found.type === 'output' && { video: found.video }),
        cost: costOfEnd({ cost, billing: generation.billing }, found),
      })
    case 'duplicate':
      return dropped
    case 'not_found':
      if (nowMs < job.sinceMs + FOUND_WITHIN_MS) return same(generation)
      // A job that fal answered or listed was once its own. One that a webhook named may be
      // anyone's.
      return job.by === 'answer' || job.by === 'history' ? over({ cost: unknown(job) }) : dropped
    default:
      return nowMs > Math.max(job.sinceMs + DAY_MS, longestEndMs(generation))
        ? over({ cost: unknown(job) })
        : same(generation)
  }
}

export const pendingJobs = ({ others }: GenerationRecord): readonly OtherJob[] =>
  others.filter((job) => job.cost.state === 'reserved')

/** Other jobs that have ended, or of which nothing more will be known. */
export const lateResults = ({ others }: GenerationRecord): readonly OtherJob[] =>
  others.filter((job) => job.cost.state !== 'reserved')

const pending = (
  { cost }: GenerationRecord,
  { requestId, by }: Pick<OtherJob, 'requestId' | 'by'>,
  nowMs: number,
): OtherJob => ({
  requestId,
  by,
  sinceMs: nowMs,
  video: null,
  cost: { ...cost, chargedMicrousd: null, state: 'reserved', basis: 'price_table' },
})

const rank = (by: Evidence | null): number => (by === null ? -1 : EVIDENCE.indexOf(by))
