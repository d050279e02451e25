/** Status, stream, result and cancel of an accepted job. */
import type { EmulatorContext } from './context.ts'
import { failureAnswer, notFound } from './answers.ts'
import { sleep } from './connection.ts'
import { endingOf, nextChangeMs, viewJob } from './jobs.ts'
import type { Job, JobView, LogLine } from './jobs.ts'
import { urlsOf } from './submit.ts'
import { outputOf } from './webhook-body.ts'

export function status(
  emulator: EmulatorContext,
  job: Job | undefined,
  withLogs: boolean,
): Response {
  const view = look(emulator, job)
  if (job === undefined || view.state === 'forgotten') return notFound()
  const logs = withLogs && view.state !== 'queued' ? view.logs : null
  return Response.json(statusBody(job, view, logs), {
    status: view.state === 'completed' ? 200 : 202,
    headers: { 'x-fal-request-id': job.requestId },
  })
}

/** @param end called once the stream has ended, whoever ended it */
export function statusStream(
  emulator: EmulatorContext,
  job: Job | undefined,
  withLogs: boolean,
  gone: AbortSignal,
  end: () => void,
): Response {
  if (job === undefined || look(emulator, job).state === 'forgotten') {
    end()
    return notFound()
  }
  const left = new AbortController()
  const events = statusEvents(emulator, job, withLogs, AbortSignal.any([gone, left.signal]))
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await events.next()
      if (!done) return controller.enqueue(encoder.encode(value))
      end()
      controller.close()
    },
    cancel() {
      left.abort()
      end()
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-fal-request-id': job.requestId,
    },
  })
}

/** Each status that differs from the last one, with the new log lines. */
async function* statusEvents(
  emulator: EmulatorContext,
  job: Job,
  withLogs: boolean,
  left: AbortSignal,
): AsyncGenerator<string, void> {
  let seenLogs = 0
  let last = ''
  let quietSinceMs = Date.now()
  while (!left.aborted) {
    // Before the look, so that no change is lost between the look and the wait.
    const change = emulator.nextChange()
    const view = viewJob(job, emulator.clock.nowMs())
    if (view.state === 'forgotten') return
    const logs: LogLine[] = view.state === 'queued' ? [] : view.logs.slice(seenLogs)
    const text = JSON.stringify(statusBody(job, view, withLogs ? logs : null))
    if (text !== last) {
      yield `data: ${text}\n\n`
      seenLogs += logs.length
      quietSinceMs = Date.now()
      // The next status is compared with this one without its log lines.
      last = JSON.stringify(statusBody(job, view, withLogs ? [] : null))
    }
    if (view.state === 'completed') return
    const heartbeatMs = quietSinceMs + emulator.settings.heartbeatMs - Date.now()
    if (heartbeatMs <= 0) {
      yield ': heartbeat\n\n'
      quietSinceMs = Date.now()
      continue
    }
    const nextMs = nextChangeMs(job, emulator.clock.nowMs()) ?? Number.POSITIVE_INFINITY
    const waitMs = Math.max(nextMs - emulator.clock.nowMs(), 1)
    const woken = new AbortController()
    const nap = sleep(Math.min(waitMs, heartbeatMs), AbortSignal.any([left, woken.signal]))
    await Promise.race([nap.catch(() => undefined), change])
    woken.abort()
  }
}

export async function result(emulator: EmulatorContext, job: Job | undefined): Promise<Response> {
  const view = look(emulator, job)
  if (job === undefined || view.state === 'forgotten') return notFound()
  const headers = resultHeaders(job)
  if (view.state !== 'completed') {
    return Response.json({ detail: 'Request is still in progress' }, { status: 400, headers })
  }
  if (view.failure !== undefined) return failureAnswer(view.failure, headers)
  return Response.json(outputOf(job, await emulator.fileBytes(job)), { headers })
}

export async function cancel(emulator: EmulatorContext, job: Job | undefined): Promise<Response> {
  const view = look(emulator, job)
  if (job === undefined || view.state === 'forgotten') return notFound()
  const headers = { 'x-fal-request-id': job.requestId }
  if (emulator.clock.nowMs() >= endingOf(job).endsAtMs) {
    return Response.json({ status: 'ALREADY_COMPLETED' }, { status: 400, headers })
  }
  job.cancelAskedAtMs ??= emulator.clock.nowMs()
  await emulator.update(job)
  emulator.changed()
  return Response.json({ status: 'CANCELLATION_REQUESTED' }, { status: 202, headers })
}

function look(emulator: EmulatorContext, job: Job | undefined): JobView {
  return job === undefined ? { state: 'forgotten' } : viewJob(job, emulator.clock.nowMs())
}

function resultHeaders(job: Job): Record<string, string> {
  const { billableUnits } = job.markers
  return {
    'x-fal-request-id': job.requestId,
    ...(billableUnits !== undefined && { 'x-fal-billable-units': `${billableUnits}` }),
  }
}

function statusBody(
  job: Job,
  view: Exclude<JobView, { state: 'forgotten' }>,
  logs: LogLine[] | null,
): Record<string, unknown> {
  const ids = { request_id: job.requestId, ...urlsOf(job.requestId, job.origin) }
  if (view.state === 'queued') {
    return { status: 'IN_QUEUE', queue_position: view.position, ...ids }
  }
  if (view.state === 'running') return { status: 'IN_PROGRESS', logs, ...ids }
  const metrics = { inference_time: view.inferenceSeconds }
  const { failure } = view
  const error =
    failure?.error === undefined ? {} : { error: failure.error, error_type: failure.errorType }
  return { status: 'COMPLETED', logs, metrics, ...error, ...ids }
}
