/** The truth about every job: what fal knows and its customer has to find out. */
import { billOf } from './billing.ts'
import type { EmulatorContext } from './context.ts'
import { isListed } from './history.ts'
import { endingOf, viewJob, wasCancelled } from './jobs.ts'
import type { Job } from './jobs.ts'

/** An accepted job, as only fal knows it. */
export interface JobTruth {
  request_id: string
  /** As it was received. */
  input: Record<string, unknown>
  /** `x-fal-*` headers of the submit call, and a few others; never the key. */
  headers: Record<string, string>
  webhook_url: string | null
  accepted_at: string
  accepted_at_ms: number
  ends_at_ms: number
  outcome: string
  /** What status answers now; FORGOTTEN once it answers 404. */
  status: 'IN_QUEUE' | 'IN_PROGRESS' | 'COMPLETED' | 'FORGOTTEN'
  /** Null until the job has ended. */
  final: 'completed' | 'failed' | 'cancelled' | null
  /** Whether fal charged for it. */
  billed: boolean
  /** What fal charged for it, in US dollars; null if it charged nothing. */
  billed_usd: number | null
  /** Whether the history lists it now. */
  listed: boolean
  /** Sent by someone else with the same fal account. */
  stranger: boolean
  cancel_asked: boolean
}

const STATUSES = {
  queued: 'IN_QUEUE',
  running: 'IN_PROGRESS',
  completed: 'COMPLETED',
  forgotten: 'FORGOTTEN',
} as const

export function truthOf(emulator: EmulatorContext): JobTruth[] {
  const nowMs = emulator.clock.nowMs()
  return [...emulator.jobs.values()].map((job) => {
    const final = finalState(job, nowMs)
    const bill = billOf(job, nowMs)
    return {
      request_id: job.requestId,
      input: job.input,
      headers: job.headers,
      webhook_url: job.webhookUrl ?? null,
      accepted_at: new Date(job.acceptedAtMs).toISOString(),
      accepted_at_ms: job.acceptedAtMs,
      ends_at_ms: endingOf(job).endsAtMs,
      outcome: job.outcome,
      status: STATUSES[viewJob(job, nowMs).state],
      final,
      billed: bill !== undefined,
      billed_usd: bill?.cost_total ?? null,
      listed: isListed(emulator, job, nowMs),
      stranger: job.isStranger,
      cancel_asked: job.cancelAskedAtMs !== undefined,
    }
  })
}

function finalState(job: Job, nowMs: number): JobTruth['final'] {
  const { endsAtMs, failure } = endingOf(job)
  if (nowMs < endsAtMs) return null
  if (wasCancelled(job)) return 'cancelled'
  return failure === undefined ? 'completed' : 'failed'
}
