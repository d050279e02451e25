/** The only place that turns fal's answers, their shapes and status codes, into observations. */
import * as z from 'zod/mini'
import { FAL_REQUEST_ID } from '../contract/id.ts'
import type { Signal } from '../domain/breaker.ts'
import type { Failure, FalVideo } from '../domain/generation/generation.ts'
import type { Fact, LogLine } from '../domain/generation/observation.ts'
import { readRetryAfterMs } from '../domain/webhook/delivery.ts'
import { parseJson } from './body.ts'
import {
  failureOf,
  gatewayError,
  readFailure,
  readRefusal,
  REFUSALS,
  unavailable,
} from './fal-errors.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export type SubmitAnswer =
  | Fact<'accepted' | 'refused' | 'unproven'>
  /**
   * Neither accepted nor refused for certain. `lookUp` names a request id to look up; `settles` if
   * a miss proves that nothing was queued.
   */
  | {
      readonly type: 'unknown'
      readonly lookUp?: { readonly requestId: string; readonly settles: boolean }
      readonly failure: Failure
    }

export type StatusAnswer =
  | Fact<'in_queue' | 'running' | 'not_found'>
  /** Ended, well or badly: the result decides. `saysFailed` if the status named an error. */
  | { readonly type: 'complete'; readonly saysFailed: boolean; readonly logs: readonly LogLine[] }
  | { readonly type: 'no_answer' }

export type ResultAnswer =
  | Fact<'output' | 'failure' | 'doubtful_failure' | 'canceled' | 'not_found'>
  | { readonly type: 'pending' }
  | { readonly type: 'no_answer' }

export type CancelAnswer = 'accepted' | 'already_completed' | 'not_found' | 'no_answer'

/** These statuses are about the caller or its rate, never about the job. */
const ABOUT_THE_ASKER: ReadonlySet<number> = new Set([401, 402, 403, 405, 407, 408, 425, 429])

/** With these, fal takes nothing from us, whatever the request. */
const UNAVAILABLE: ReadonlySet<number> = new Set([401, 402, 403, 429, 503])

/** A plain amount that stays exact in micro-dollars. */
const UNITS = /^\d{1,6}(\.\d{1,6})?$/

/** fal's names are stored, listed and sent on, and a webhook may carry one of a megabyte. */
const MAX_NAME_CHARS = 255
const MAX_LINE_CHARS = 1000

const requestId = z.string().check(z.regex(FAL_REQUEST_ID))

/** A queue position of the wrong type is no reason to reject the answer. */
const queuePosition = z.catch(z.nullable(z.int()), null)

const textUpTo = (maxChars: number) =>
  z.string().check(z.overwrite((text) => text.slice(0, maxChars)))
const name = textUpTo(MAX_NAME_CHARS)

const submitted = z.looseObject({ request_id: requestId, queue_position: queuePosition })
const logLine = z.object({
  message: textUpTo(MAX_LINE_CHARS),
  level: z._default(z.nullable(name), null),
  timestamp: z._default(z.nullable(name), null),
})
const statusBody = z.looseObject({
  status: z.enum(['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED']),
  queue_position: queuePosition,
  logs: z.catch(z.array(logLine), []),
})
/** The answer of some for a result that is not ready yet. */
const pendingBody = z.looseObject({ status: z.enum(['IN_QUEUE', 'IN_PROGRESS']) })
const tooLate = z.looseObject({ status: z.literal('ALREADY_COMPLETED') })
const output = z.looseObject({
  video: z.looseObject({
    url: z.url({ protocol: /^https?$/ }).check(z.maxLength(4096)),
    content_type: z.catch(z.nullable(name), null),
    file_name: z.catch(z.nullable(name), null),
    file_size: z.catch(z.nullable(z.number()), null),
  }),
})

export const readSubmit = (answer: Answer | undefined): SubmitAnswer => {
  if (answer === undefined) return { type: 'unknown', failure: unavailable('no answer') }
  const body = parseJson(answer.text)
  if (isSuccess(answer)) {
    const accepted = submitted.safeParse(body)
    if (accepted.success) {
      const position = accepted.data.queue_position
      return {
        type: 'accepted',
        requestId: accepted.data.request_id,
        by: 'answer',
        ...(position === null ? {} : { queuePosition: position }),
      }
    }
  }
  if (REFUSALS.has(answer.status)) {
    return { type: 'refused', failure: readRefusal(answer.status, body) }
  }
  const failure = unavailable(`status ${answer.status}`, body)
  const id = answer.headers.get('x-fal-request-id')
  const settles = answer.status === 503
  const named = requestId.safeParse(id)
  if (named.success) {
    return { type: 'unknown', lookUp: { requestId: named.data, settles }, failure }
  }
  return { type: settles && id === null ? 'unproven' : 'unknown', failure }
}

/** What a submit or a probe says about fal itself. The 404 of a probe is a clear answer. */
export const readSignal = (answer: Answer | undefined): Signal => {
  if (answer === undefined) return { type: 'unclear' }
  const { status, headers } = answer
  if (UNAVAILABLE.has(status)) {
    const retryAfterMs = readRetryAfterMs(headers.get('retry-after'), Date.now())
    return { type: 'unavailable', retryAfterMs }
  }
  return { type: status >= 500 || (status >= 300 && status < 400) ? 'unclear' : 'clear' }
}

export const readStatus = (answer: Answer | undefined): StatusAnswer => {
  if (answer === undefined) return { type: 'no_answer' }
  if (answer.status === 404) return { type: 'not_found' }
  const parsed = statusBody.safeParse(parseJson(answer.text))
  if (!parsed.success || !isSuccess(answer)) return { type: 'no_answer' }
  const { status, queue_position: position, logs, ...body } = parsed.data
  switch (status) {
    case 'IN_QUEUE':
      return { type: 'in_queue', position }
    case 'IN_PROGRESS':
      return { type: 'running', logs }
    case 'COMPLETED':
      const saysFailed = (body['error'] ?? body['error_type'] ?? null) !== null
      return { type: 'complete', saysFailed, logs }
  }
}

/**
 * Classifies a request's result. `saysFailed`: fal's status or webhook already said that the job
 * failed, so a 5xx here is about the job, not about fal itself.
 */
export const readResult = (answer: Answer | undefined, saysFailed: boolean): ResultAnswer => {
  if (answer === undefined || ABOUT_THE_ASKER.has(answer.status)) return { type: 'no_answer' }
  const body = parseJson(answer.text)
  if (isSuccess(answer)) {
    // An incomplete body proves nothing, least of all that there is no video.
    if (typeof body !== 'object' || body === null) return { type: 'no_answer' }
    if (answer.status !== 200 || pendingBody.safeParse(body).success) return { type: 'pending' }
    return readOutput(body, answer.headers)
  }
  if (answer.status < 400) return { type: 'no_answer' }
  if (answer.status === 404) return { type: 'not_found' }
  const failure = readFailure(body, answer.headers)
  if (failure === 'canceled' || answer.status === 499) return { type: 'canceled' }
  if (failure === undefined) return readUnnamedFailure(answer.status, body, saysFailed)
  const isServers = answer.status >= 500
  const { code, message } = failure.failure
  const blamed =
    isServers && code === 'invalid_input' ? failureOf('model_error', message) : failure.failure
  return isServers && !saysFailed
    ? { type: 'doubtful_failure', failure: blamed }
    : { type: 'failure', failure: blamed, billed: answer.status === 422 }
}

/** A result that is neither an output nor one of fal's two error shapes. */
const readUnnamedFailure = (status: number, body: unknown, saysFailed: boolean): ResultAnswer => {
  const { success: isSaid, data } = gatewayError.safeParse(body)
  const message = data?.detail ?? 'the job failed, and fal did not say why'
  const failure = failureOf('model_error', message)
  // A GET of a result has no input that could be invalid, so a 422 is the model's own.
  if (status === 422) return { type: 'failure', failure, billed: true }
  if (saysFailed) return { type: 'doubtful_failure', failure }
  return status === 400 && isSaid ? { type: 'pending' } : { type: 'no_answer' }
}

export const readHookPayload = (
  status: 'OK' | 'ERROR',
  payload: unknown,
): Fact<'output' | 'failure' | 'canceled'> | undefined => {
  if (status === 'OK') {
    const parsed = output.safeParse(payload)
    return parsed.success ? { type: 'output', video: readVideo(parsed.data) } : undefined
  }
  const failure = readFailure(payload, new Headers())
  if (failure === 'canceled') return { type: 'canceled' }
  // A webhook has no status. If the kind of error does not show whether it is billed, the result
  // does.
  if (!failure?.isNamed) return undefined
  return { type: 'failure', failure: failure.failure, billed: failure.isModelsOwn }
}

export const readCancel = (answer: Answer | undefined): CancelAnswer => {
  if (answer === undefined) return 'no_answer'
  if (isSuccess(answer)) return 'accepted'
  if (answer.status === 404) return 'not_found'
  const isTooLate = answer.status === 400 && tooLate.safeParse(parseJson(answer.text)).success
  return isTooLate ? 'already_completed' : 'no_answer'
}

const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300

const readVideo = ({ video }: z.infer<typeof output>): FalVideo => ({
  sourceUrl: video.url,
  contentType: video.content_type,
  fileName: video.file_name,
  fileSizeBytes: video.file_size,
})

const readOutput = (body: unknown, headers: Headers): ResultAnswer => {
  const parsed = output.safeParse(body)
  if (!parsed.success) {
    const message = 'fal finished the job without a video in its output'
    const failure = failureOf('invalid_output', message)
    return { type: 'failure', failure, billed: true }
  }
  const units = headers.get('x-fal-billable-units')
  return {
    type: 'output',
    video: readVideo(parsed.data),
    ...(units !== null && UNITS.test(units) ? { billableUnits: Number(units) } : {}),
  }
}
