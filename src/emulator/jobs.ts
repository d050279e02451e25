/** A job's life as a pure function of time: a later `nowMs` shows it further on. */
import type { CancelBehaviour, Markers } from './markers.ts'
import { inputErrors } from './model-input.ts'
import { failureOf, modelFailure, platformFailure } from './outcomes.ts'
import type { Failure } from './outcomes.ts'

/** fal keeps a result for an hour. */
export const RESULT_KEPT_MS = 60 * 60 * 1000
const LOG_STEPS = 10
/** Queue position of a job whose markers give none. */
const DEFAULT_QUEUE_POSITION = 3

export interface Job {
  requestId: string
  gatewayRequestId: string
  /** As it was received. */
  input: Record<string, unknown>
  prompt: string
  markers: Markers
  /** Headers of the submit call that change what fal does. */
  headers: Record<string, string>
  webhookUrl: string | undefined
  origin: string
  acceptedAtMs: number
  /** When it was really accepted: moving a job ahead in time does not change this. */
  sentAtMs: number
  /** Sent by someone else with the same fal account. */
  isStranger: boolean
  queueMs: number
  renderMs: number
  startTimeoutMs: number | undefined
  outcome: string
  cancel: CancelBehaviour
  cancelAskedAtMs?: number
}

export interface LogLine {
  message: string
  level: 'INFO'
  source: 'USER'
  timestamp: string
}

export type JobView =
  | { state: 'queued'; position: number }
  | { state: 'running'; logs: LogLine[] }
  | { state: 'completed'; logs: LogLine[]; inferenceSeconds: number | null; failure?: Failure }
  | { state: 'forgotten' }

interface Ending {
  endsAtMs: number
  startsAtMs: number
  ran: boolean
  failure: Failure | undefined
}

/** How and when the job ends, as far as is known now. */
export function endingOf(job: Job): Ending {
  const startsAtMs = job.acceptedAtMs + job.queueMs
  let ending: Ending = {
    startsAtMs,
    endsAtMs: startsAtMs + job.renderMs,
    ran: true,
    failure: modelFailureOf(job),
  }
  if (job.startTimeoutMs !== undefined && job.queueMs > job.startTimeoutMs) {
    const failure: Failure = { ...platformFailure('request_timeout'), timeoutType: 'user' }
    const endsAtMs = job.acceptedAtMs + job.startTimeoutMs
    ending = {
      startsAtMs: endsAtMs,
      endsAtMs,
      ran: false,
      failure: { ...failure, retryable: false },
    }
  }
  const cancelledAtMs = job.cancelAskedAtMs
  if (cancelledAtMs === undefined || job.cancel === 'ignored' || cancelledAtMs >= ending.endsAtMs) {
    return ending
  }
  return {
    startsAtMs: Math.min(ending.startsAtMs, cancelledAtMs),
    endsAtMs: cancelledAtMs,
    ran: cancelledAtMs > ending.startsAtMs,
    failure: { ...platformFailure('client_cancelled'), retryable: false },
  }
}

/** Whether a cancel came before the job's end, and fal obeyed it. */
export function wasCancelled(job: Job): boolean {
  return (
    job.cancelAskedAtMs !== undefined && endingOf(job).failure?.errorType === 'client_cancelled'
  )
}

/** What status, stream and result show at a time. */
export function viewJob(job: Job, nowMs: number): JobView {
  const { startsAtMs, endsAtMs, ran, failure } = endingOf(job)
  const isGone = job.cancel === 'gone' && wasCancelled(job)
  if (nowMs >= endsAtMs + RESULT_KEPT_MS || (isGone && nowMs >= endsAtMs)) {
    return { state: 'forgotten' }
  }
  // With an out-of-order webhook, the queue is the last to report the end.
  if (nowMs >= endsAtMs + (job.markers.statusLagMs ?? 0)) {
    return {
      state: 'completed',
      logs: ran ? logsUntil(job, startsAtMs, endsAtMs) : [],
      inferenceSeconds: ran ? (endsAtMs - startsAtMs) / 1000 : null,
      ...(failure !== undefined && { failure }),
    }
  }
  if (nowMs >= startsAtMs) return { state: 'running', logs: logsUntil(job, startsAtMs, nowMs) }
  return { state: 'queued', position: positionAt(job, nowMs) }
}

/** When the view next changes; undefined if it never will. */
export function nextChangeMs(job: Job, nowMs: number): number | undefined {
  const { startsAtMs, endsAtMs } = endingOf(job)
  const times = [startsAtMs, endsAtMs + (job.markers.statusLagMs ?? 0), endsAtMs + RESULT_KEPT_MS]
  const positions = startPosition(job)
  // A deep queue moves too often for one event per step.
  const steps = Math.min(positions, 50)
  for (let step = 1; step <= steps; step += 1) {
    times.push(job.acceptedAtMs + Math.ceil((job.queueMs * step) / (steps + 1)))
  }
  for (let step = 0; step <= LOG_STEPS; step += 1) times.push(logTimeMs(job, startsAtMs, step))
  const later = times.filter((ms) => ms > nowMs)
  return later.length === 0 ? undefined : Math.min(...later)
}

function startPosition(job: Job): number {
  return job.markers.queuePosition ?? (job.queueMs > 0 ? DEFAULT_QUEUE_POSITION : 0)
}

/** Counts down evenly, and spends the last stretch at 0. */
export function positionAt(job: Job, nowMs: number): number {
  const positions = startPosition(job)
  const waited = job.queueMs === 0 ? 0 : (nowMs - job.acceptedAtMs) / job.queueMs
  return Math.max(positions - Math.floor(waited * (positions + 1)), 0)
}

function logTimeMs(job: Job, startsAtMs: number, step: number): number {
  return startsAtMs + Math.ceil((job.renderMs * step) / LOG_STEPS)
}

function logsUntil(job: Job, startsAtMs: number, untilMs: number): LogLine[] {
  const logs: LogLine[] = []
  for (let step = 0; step <= LOG_STEPS; step += 1) {
    const atMs = logTimeMs(job, startsAtMs, step)
    if (atMs > untilMs) break
    const message = `Rendering: ${(step * 100) / LOG_STEPS}%`
    const timestamp = new Date(atMs).toISOString()
    logs.push({ message, level: 'INFO', source: 'USER', timestamp })
  }
  return logs
}

function modelFailureOf(job: Job): Failure | undefined {
  const errors = inputErrors(job.input)
  if (errors.length > 0) return modelFailure(422, errors)
  return failureOf(job.outcome, job.prompt)
}
