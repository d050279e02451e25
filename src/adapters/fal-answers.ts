/** What fal's answers mean: their shapes and status codes become our observations, here alone. */
import * as z from 'zod/mini'
import type { FailureCode } from '../contract/status.ts'
import type { Failure, FalVideo } from '../domain/generation.ts'
import type { LogLine, Observation } from '../domain/observation.ts'

/** One whole answer of fal, as it came. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** What the one POST came to. */
export type SubmitAnswer =
  | Extract<Observation, { type: 'accepted' | 'refused' }>
  /**
   * Neither accepted nor refused for certain. `lookUp` names a request id to ask
   * about; `settles` where not finding it proves that nothing was queued.
   */
  | {
      readonly type: 'unknown'
      readonly lookUp?: { readonly requestId: string; readonly settles: boolean }
      readonly failure: Failure
    }

/** What a look at the status came to. */
export type StatusAnswer =
  | Extract<Observation, { type: 'in_queue' | 'running' | 'not_found' }>
  /** Done, well or badly: the result decides. `saysFailed` where the status already named an error. */
  | { readonly type: 'complete'; readonly saysFailed: boolean; readonly logs: readonly LogLine[] }
  | { readonly type: 'no_answer' }

/** What asking for the result came to. */
export type ResultAnswer =
  | Extract<
      Observation,
      { type: 'output' | 'failure' | 'doubtful_failure' | 'canceled' | 'not_found' }
    >
  | { readonly type: 'pending' }
  | { readonly type: 'no_answer' }

export type CancelAnswer = 'accepted' | 'already_completed' | 'not_found' | 'no_answer'

/** Statuses by which fal says no for certain. Any other proves nothing about a paid POST. */
const REFUSALS: ReadonlySet<number> = new Set([
  400, 401, 402, 403, 404, 405, 406, 410, 411, 413, 414, 415, 422, 429, 431,
])

/** What these say is about who asks for a result, or how often, and never about the job. */
const ABOUT_THE_ASKER: ReadonlySet<number> = new Set([401, 402, 403, 405, 407, 408, 425, 429])

/** Ids become a part of a path that the key is sent to, so they are held to a plain alphabet. */
const requestId = z.string().check(z.regex(/^[\w-]{1,128}$/))

/** A position is good to know; that it has another type is no reason to lose the answer. */
const queuePosition = z.catch(z.nullish(z.int()), null)

const submitted = z.looseObject({ request_id: requestId, queue_position: queuePosition })
const logLine = z.looseObject({
  message: z.string(),
  level: z.nullish(z.string()),
  timestamp: z.nullish(z.string()),
})
const statusBody = z.looseObject({
  status: z.enum(['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED']),
  queue_position: queuePosition,
  logs: z.catch(z.nullish(z.array(logLine)), null),
  error: z.optional(z.unknown()),
  error_type: z.optional(z.unknown()),
})
const output = z.looseObject({
  video: z.looseObject({
    url: z.url({ protocol: /^https?$/ }),
    content_type: z.catch(z.nullish(z.string()), null),
    file_name: z.catch(z.nullish(z.string()), null),
    file_size: z.catch(z.nullish(z.number()), null),
  }),
})
const modelError = z.looseObject({
  detail: z
    .array(
      z.looseObject({
        loc: z.catch(z.array(z.union([z.string(), z.number()])), []),
        msg: z.catch(z.string(), ''),
        type: z.string(),
      }),
    )
    .check(z.minLength(1)),
})
const platformError = z.looseObject({ detail: z.string(), error_type: z.string() })
const gatewayError = z.looseObject({ detail: z.string() })

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Classifies the answer to the one POST. `undefined` is an answer that never came. */
export const readSubmit = (answer: Answer | undefined): SubmitAnswer => {
  if (answer === undefined) return { type: 'unknown', failure: unavailable('no answer') }
  const body = parseJson(answer.text)
  if (answer.status >= 200 && answer.status < 300) {
    const accepted = submitted.safeParse(body)
    if (accepted.success) {
      const position = accepted.data.queue_position
      return {
        type: 'accepted',
        requestId: accepted.data.request_id,
        ...(position === null || position === undefined ? {} : { queuePosition: position }),
      }
    }
  }
  if (REFUSALS.has(answer.status)) {
    return { type: 'refused', failure: readRefusal(answer.status, body) }
  }
  const failure = unavailable(`status ${answer.status}`)
  const id = answer.headers.get('x-fal-request-id')
  const named = requestId.safeParse(id)
  if (named.success) {
    return {
      type: 'unknown',
      lookUp: { requestId: named.data, settles: answer.status === 503 },
      failure,
    }
  }
  return answer.status === 503 && id === null
    ? { type: 'refused', failure }
    : { type: 'unknown', failure }
}

/** Classifies a look at a request's status. */
export const readStatus = (answer: Answer | undefined): StatusAnswer => {
  if (answer === undefined) return { type: 'no_answer' }
  if (answer.status === 404) return { type: 'not_found' }
  const parsed = statusBody.safeParse(parseJson(answer.text))
  if (!parsed.success || answer.status < 200 || answer.status > 299) return { type: 'no_answer' }
  const body = parsed.data
  const logs = (body.logs ?? []).map(readLogLine)
  switch (body.status) {
    case 'IN_QUEUE':
      return { type: 'in_queue', position: body.queue_position ?? null }
    case 'IN_PROGRESS':
      return { type: 'running', logs }
    case 'COMPLETED':
      return {
        type: 'complete',
        saysFailed: isPresent(body.error) || isPresent(body.error_type),
        logs,
      }
  }
}

/**
 * Classifies a request's result. `saysFailed`: fal's status or webhook already
 * said that the job failed, so that a 5xx here is the job's and not fal's own.
 */
export const readResult = (answer: Answer | undefined, saysFailed: boolean): ResultAnswer => {
  if (answer === undefined || ABOUT_THE_ASKER.has(answer.status)) return { type: 'no_answer' }
  const body = parseJson(answer.text)
  if (answer.status >= 200 && answer.status < 300) return readOutput(body, answer.headers)
  if (answer.status < 400) return { type: 'no_answer' }
  if (answer.status === 404) return { type: 'not_found' }
  const failure = readFailure(body, answer.headers)
  if (failure?.type === 'canceled' || answer.status === 499) return { type: 'canceled' }
  if (failure === undefined) return readUnnamedFailure(answer.status, body, saysFailed)
  const failed = { ...failure, billed: answer.status === 422 }
  return answer.status < 500 || saysFailed
    ? failed
    : { type: 'doubtful_failure', failure: failure.failure }
}

/** A result that is no output and has neither of fal's shapes of an error. */
const readUnnamedFailure = (status: number, body: unknown, saysFailed: boolean): ResultAnswer => {
  const said = gatewayError.safeParse(body)
  const message = said.success ? said.data.detail : 'the job failed, and fal did not say why'
  const failure: Failure = { code: 'model_error', message, retryable: true }
  // Asking for a result has no input that could be wrong: a 422 is the model's own.
  if (status === 422) return { type: 'failure', failure, billed: true }
  if (saysFailed) return { type: 'doubtful_failure', failure }
  return status === 400 && said.success ? { type: 'pending' } : { type: 'no_answer' }
}

/** Reads the payload of a webhook. `undefined`: it decides nothing, ask the result. */
export const readHookPayload = (
  status: 'OK' | 'ERROR',
  payload: unknown,
  error: string | undefined,
): Extract<Observation, { type: 'output' | 'failure' | 'canceled' }> | undefined => {
  if (status === 'OK') {
    const parsed = output.safeParse(payload)
    return parsed.success ? { type: 'output', video: readVideo(parsed.data.video) } : undefined
  }
  const failure = readFailure(payload, new Headers())
  if (failure === undefined || failure.type === 'canceled') return failure
  return { ...failure, billed: /\b422\b/.test(error ?? '') }
}

/** Classifies the answer to a cancel. */
export const readCancel = (answer: Answer | undefined): CancelAnswer => {
  if (answer === undefined) return 'no_answer'
  if (answer.status >= 200 && answer.status < 300) return 'accepted'
  if (answer.status === 404) return 'not_found'
  const body = z.looseObject({ status: z.string() }).safeParse(parseJson(answer.text))
  return answer.status === 400 && body.success && body.data.status === 'ALREADY_COMPLETED'
    ? 'already_completed'
    : 'no_answer'
}

const isPresent = (value: unknown): boolean => value !== undefined && value !== null

const readLogLine = (line: z.infer<typeof logLine>): LogLine => ({
  message: line.message,
  level: line.level ?? null,
  timestamp: line.timestamp ?? null,
})

const readVideo = (file: z.infer<typeof output>['video']): FalVideo => ({
  sourceUrl: file.url,
  contentType: file.content_type ?? null,
  fileName: file.file_name ?? null,
  fileSizeBytes: file.file_size ?? null,
})

const readOutput = (body: unknown, headers: Headers): ResultAnswer => {
  const parsed = output.safeParse(body)
  if (!parsed.success) {
    const failure = {
      code: 'invalid_output',
      message: 'fal finished the job without a video in its output',
      retryable: true,
    } as const
    return { type: 'failure', failure, billed: true }
  }
  const units = headers.get('x-fal-billable-units')
  const billableUnits = units === null || units.trim() === '' ? Number.NaN : Number(units)
  return {
    type: 'output',
    video: readVideo(parsed.data.video),
    ...(Number.isFinite(billableUnits) && billableUnits >= 0 ? { billableUnits } : {}),
  }
}

const unavailable = (why: string): Failure => ({
  code: 'fal_unavailable',
  message: `fal did not take the request (${why})`,
  retryable: true,
})

const readRefusal = (status: number, body: unknown): Failure => {
  const detail = gatewayError.safeParse(body)
  const text = detail.success ? detail.data.detail : ''
  if (status === 400 || status === 422) {
    const failure = readFailure(body, new Headers())
    return {
      code: 'input_refused',
      message: failure?.type === 'failure' ? failure.failure.message : 'fal refused the input',
      retryable: false,
      ...(failure?.type === 'failure' && failure.failure.fields
        ? { fields: failure.failure.fields }
        : {}),
    }
  }
  if (status === 402 || (status === 403 && /locked|balance/i.test(text))) {
    return {
      code: 'fal_account_locked',
      message: 'the fal account is locked or out of balance',
      retryable: true,
    }
  }
  if (status === 429) {
    return { code: 'fal_queue_full', message: "fal's queue takes no more for now", retryable: true }
  }
  if (status === 401 || status === 403) {
    return { code: 'fal_refused', message: "fal refused the gateway's key", retryable: false }
  }
  return { code: 'fal_refused', message: `fal refused the request (${status})`, retryable: false }
}

/** fal's names for a model's failure, and ours. What is not listed is `model_error`. */
const MODEL_ERRORS: ReadonlyMap<string, FailureCode> = new Map([
  ['content_policy_violation', 'content_policy_violation'],
  ['no_media_generated', 'no_media_generated'],
  ['generation_timeout', 'generation_timeout'],
  ['downstream_service_error', 'downstream_error'],
  ['downstream_service_unavailable', 'downstream_error'],
  ['internal_server_error', 'model_error'],
])
const WORTH_ANOTHER_TRY: ReadonlySet<FailureCode> = new Set([
  'no_media_generated',
  'generation_timeout',
  'start_timeout',
  'downstream_error',
  'model_error',
  'platform_error',
])

/** A failure in one of fal's two shapes; `undefined` where the body has neither. */
const readFailure = (
  body: unknown,
  headers: Headers,
): { type: 'failure'; failure: Failure; billed: boolean } | { type: 'canceled' } | undefined => {
  const model = modelError.safeParse(body)
  const first = model.success ? model.data.detail[0] : undefined
  if (model.success && first !== undefined) {
    const fields = model.data.detail.filter((item) => item.loc[0] === 'body' && item.loc.length > 1)
    const named = MODEL_ERRORS.get(first.type)
    const code = named ?? (fields.length > 0 ? 'invalid_input' : 'model_error')
    return {
      type: 'failure',
      billed: false,
      failure: {
        code,
        message: first.msg === '' ? first.type : first.msg,
        retryable: WORTH_ANOTHER_TRY.has(code),
        ...(code === 'invalid_input'
          ? {
              fields: fields.map((item) => ({
                path: item.loc.slice(1).join('.'),
                message: item.msg,
              })),
            }
          : {}),
      },
    }
  }
  const platform = platformError.safeParse(body)
  if (!platform.success) return undefined
  const type = platform.data.error_type
  if (type === 'client_cancelled' || type === 'client_disconnected') return { type: 'canceled' }
  const startedTooLate =
    type === 'request_timeout' || headers.get('x-fal-request-timeout-type') === 'user'
  const code = startedTooLate
    ? 'start_timeout'
    : type === 'bad_request'
      ? 'invalid_input'
      : 'platform_error'
  return {
    type: 'failure',
    billed: false,
    failure: {
      code,
      message: startedTooLate
        ? 'the job did not start in time'
        : `fal's platform failed the job (${/^[a-z_]{1,64}$/.test(type) ? type : 'unknown'})`,
      retryable: WORTH_ANOTHER_TRY.has(code),
    },
  }
}
