/** A generation as fal's own queue would show it, for callers who use fal's protocol. */
import { type FailureCode, isFinal } from '../../contract/status.ts'
import { toIso } from '../../contract/units.ts'
import type { StoredEvent } from './event.ts'
import { type GenerationRecord, videoOf } from './generation.ts'
import type { LogLine } from './observation.ts'
import { ownVideoUrl } from './permit.ts'

type FalLog = ReturnType<typeof falLog>

/**
 * The body of a status. fal has no failed state: a failed job is COMPLETED, with an error.
 *
 * @param logs the lines so far; null if the caller did not request them
 */
export const falStatus = (record: GenerationRecord, logs: readonly FalLog[] | null) => {
  const request_id = record.id
  if (record.status === 'in_progress') return { request_id, status: 'IN_PROGRESS', logs }
  if (!isFinal(record.status)) {
    return { request_id, status: 'IN_QUEUE', queue_position: record.queuePosition ?? 0 }
  }
  const { startedAtMs, finishedAtMs } = record
  const seconds =
    startedAtMs === null || finishedAtMs === null ? null : (finishedAtMs - startedAtMs) / 1000
  const failed = failureOf(record)
  return {
    request_id,
    status: 'COMPLETED',
    logs,
    metrics: { inference_time: seconds },
    ...(failed && { error: failed.error, error_type: failed.error_type }),
  }
}

/** What an event adds to a status stream; undefined if fal's stream has no such event. */
export const falStreamed = (event: StoredEvent, current: GenerationRecord) => {
  const request_id = current.id
  switch (event.type) {
    case 'generation.queue_position':
      return { request_id, status: 'IN_QUEUE', queue_position: event.queuePosition }
    case 'generation.log':
      return { request_id, status: 'IN_PROGRESS', logs: [falLog(event.line, event.atMs)] }
    case 'generation.cancel_requested':
    case 'generation.late_result':
      return undefined
    default: {
      const { input, metadata } = current
      return falStatus({ ...event.snapshot, input, metadata }, [])
    }
  }
}

export const falLog = (line: LogLine, atMs: number) => ({
  message: line.message,
  level: line.level ?? 'INFO',
  source: 'USER',
  timestamp: line.timestamp ?? toIso(atMs),
})

/**
 * The result as fal would answer it. It is never a 429, 502, 503 or 504: fal's client answers those
 * by sending again, and the job was already paid for.
 */
export const falResult = (record: GenerationRecord, origin: string) => {
  const video = videoOf(record)
  if (video !== null) {
    const { sourceUrl, contentType: content_type, fileName: file_name } = video
    const url = ownVideoUrl(origin, record) ?? sourceUrl
    const file = { url, content_type, file_name, file_size: video.fileSizeBytes }
    return { status: 200, body: { video: file } }
  }
  const failed = failureOf(record)
  if (failed === null) return { status: 400, body: { detail: 'Request is still in progress' } }
  const { status, error, error_type, fields } = failed
  if (fields === null) return { status, body: { detail: error, error_type } }
  const detail = fields.map(({ path, message }) => ({
    loc: ['body', ...path.split('.')],
    msg: message,
    type: error_type,
  }))
  return { status, body: { detail } }
}

/** fal's statuses and names for the failures that its models report. */
const OF_THE_MODEL: Partial<Record<FailureCode, readonly [status: number, type: string]>> = {
  input_refused: [422, 'value_error'],
  invalid_input: [422, 'value_error'],
  content_policy_violation: [422, 'content_policy_violation'],
  no_media_generated: [422, 'no_media_generated'],
  generation_timeout: [500, 'generation_timeout'],
  downstream_error: [500, 'downstream_service_error'],
  model_error: [500, 'internal_server_error'],
}

/** How it failed, in fal's words; null if it did not. Only a model's failure has `fields`. */
const failureOf = ({ status, failure }: GenerationRecord) => {
  if (status === 'canceled') {
    const error = 'Request was cancelled by the client'
    return { status: 499, error, error_type: 'client_cancelled', fields: null }
  }
  // A late video is a video all the same, and was paid for.
  if (failure === null || failure.lateVideo !== undefined) return null
  const { code, message: error } = failure
  const named = OF_THE_MODEL[code]
  if (named === undefined) return { status: 500, error, error_type: 'internal_error', fields: null }
  const fields = failure.fields ?? [{ path: 'prompt', message: error }]
  return { status: named[0], error, error_type: named[1], fields }
}
