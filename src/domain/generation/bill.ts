/** What fal really charged for a generation's jobs, and how that changes their cost. */
import { isFinal } from '../../contract/status.ts'
import { MINUTE_MS } from './deadlines.ts'
import { changed, same, type Step } from './change.ts'
import { type Cost, type GenerationRecord, videoOf } from './generation.ts'
import { lateResults } from './other-jobs.ts'

/** fal lists a charge some time after the end. Until the last check, absence proves nothing. */
const CHECKS_AFTER_MS = [10, 60, 24 * 60].map((minutes) => minutes * MINUTE_MS)

export const nextBillCheckMs = (sinceMs: number, checks: number): number | undefined => {
  const afterMs = CHECKS_AFTER_MS[checks]
  return afterMs === undefined ? undefined : sinceMs + afterMs
}

/**
 * Requests of an ended generation for which fal has reported no charge yet. How another job ended
 * is learned first: once that job has a cost, nobody looks for its video.
 */
export const unbilledRequests = (generation: GenerationRecord): string[] => {
  const { status, cost, falRequestId } = generation
  if (!isFinal(status)) return []
  const own = falRequestId === null ? [] : [{ requestId: falRequestId, cost }]
  return [...own, ...lateResults(generation)]
    .filter((job) => job.cost.basis !== 'fal_billing')
    .map(({ requestId }) => requestId)
}

export const billed: Step<'billed'> = (generation, { requestId, microusd }) => {
  if (!unbilledRequests(generation).includes(requestId)) return same(generation)
  const { falRequestId, others, failure, verdict, revision } = generation
  const next = { revision: revision + 1 }
  if (requestId === falRequestId) {
    // An output without a video was still an output.
    const isMade = failure?.code === 'invalid_output' || videoOf(generation) !== null
    const hasNoOutput = verdict === 'fal' && !isMade
    const cost = costOf(generation.cost, microusd, hasNoOutput)
    return cost === generation.cost ? same(generation) : changed(generation, { cost, ...next })
  }
  const job = others.find((other) => other.requestId === requestId)
  if (job === undefined) return same(generation)
  const cost = costOf(job.cost, microusd, job.video === null)
  if (cost === job.cost) return same(generation)
  const after = others.map((other) => (other === job ? { ...job, cost } : other))
  return changed(generation, { others: after, ...next })
}

/** No charge proves something only if fal has said that the job made nothing. */
const costOf = (cost: Cost, microusd: number | null, hasNoOutput: boolean): Cost => {
  if (microusd === null && !(hasNoOutput && cost.state === 'charged')) return cost
  const chargedMicrousd = microusd ?? 0
  const state = chargedMicrousd === 0 ? 'released' : 'charged'
  return { ...cost, state, chargedMicrousd, basis: 'fal_billing' }
}
