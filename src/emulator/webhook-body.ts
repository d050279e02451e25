/** A job's video, and the webhook that reports it. */
import { endingOf } from './jobs.ts'
import type { Job } from './jobs.ts'

const FILE_NAME = 'output.mp4'

/** The output of a successful job, with the file's size if it is known. */
export function outputOf(job: Job, fileBytes: number | undefined): Record<string, unknown> {
  const url = `${job.origin}/files/${job.requestId}/${FILE_NAME}`
  if (job.outcome === 'no_video') return { video: {} }
  if (job.outcome === 'null_fields') {
    return { video: { url, content_type: null, file_name: null, file_size: null } }
  }
  const described = { url, content_type: 'video/mp4', file_name: FILE_NAME }
  return { video: { ...described, ...(fileBytes !== undefined && { file_size: fileBytes }) } }
}

/**
 * What fal POSTs when a job has ended.
 *
 * @param requestId the request that the hook names, which may be wrong in a misbehaving hook
 */
export function webhookBody(job: Job, requestId: string, fileBytes: number | undefined): string {
  const { failure } = endingOf(job)
  const ids = { request_id: requestId, gateway_request_id: job.gatewayRequestId }
  if (failure !== undefined) {
    const error = `Invalid status code: ${failure.status}`
    return JSON.stringify({ ...ids, status: 'ERROR', error, payload: failure.body })
  }
  if (job.outcome === 'unserialisable') {
    const payload_error = 'Response payload is not JSON serializable.'
    return JSON.stringify({ ...ids, status: 'OK', payload: null, payload_error })
  }
  return JSON.stringify({ ...ids, status: 'OK', payload: outputOf(job, fileBytes) })
}
