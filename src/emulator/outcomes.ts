/** How a job can end: fal's failures, in the shapes and with the statuses that fal documents. */

/** One line of a model error's `detail`. */
export interface ErrorDetail {
  loc: (string | number)[]
  msg: string
  type: string
  url?: string
  ctx?: Record<string, unknown>
  input?: unknown
}

export interface Failure {
  /** Status of the result. */
  status: number
  body: { detail: ErrorDetail[] } | { detail: string; error_type: string }
  /** The error that status reports; undefined if status reports none. */
  error: string | undefined
  errorType: string
  retryable: boolean
  timeoutType?: 'user'
}

/** fal's platform errors and their statuses. */
const PLATFORM_ERRORS: Record<string, { status: number; message: string }> = {
  request_timeout: { status: 504, message: 'Request timed out' },
  startup_timeout: { status: 504, message: 'Runner did not start in time' },
  runner_scheduling_failure: { status: 503, message: 'No runner could be scheduled' },
  runner_connection_timeout: { status: 503, message: 'Connecting to the runner timed out' },
  runner_disconnected: { status: 503, message: 'Runner disconnected' },
  runner_connection_refused: { status: 503, message: 'Runner refused the connection' },
  runner_connection_error: { status: 503, message: 'Runner could not be reached' },
  runner_incomplete_response: { status: 502, message: 'Runner answered incompletely' },
  runner_server_error: { status: 500, message: 'Runner failed' },
  client_disconnected: { status: 499, message: 'Client disconnected' },
  client_cancelled: { status: 499, message: 'Request was cancelled' },
  bad_request: { status: 400, message: 'Bad request' },
  internal_error: { status: 500, message: 'Internal error' },
}

const MODEL_ERRORS: Record<string, { status: number; type: string; message: string }> = {
  content_policy: {
    status: 422,
    type: 'content_policy_violation',
    message: 'The content could not be processed because it was flagged by a content checker.',
  },
  silent_422: {
    status: 422,
    type: 'content_policy_violation',
    message: 'The content could not be processed because it was flagged by a content checker.',
  },
  no_media: {
    status: 422,
    type: 'no_media_generated',
    message: 'No media was generated. Try another prompt.',
  },
  model_500: { status: 500, type: 'internal_server_error', message: 'Internal server error' },
  generation_timeout: { status: 504, type: 'generation_timeout', message: 'Generation timed out' },
  downstream_error: {
    status: 400,
    type: 'downstream_service_error',
    message: 'Downstream service error',
  },
  downstream_unavailable: {
    status: 500,
    type: 'downstream_service_unavailable',
    message: 'Downstream service unavailable',
  },
}

/** Every value of the marker `outcome`. */
export const OUTCOMES: readonly string[] = [
  'ok',
  'no_video',
  'null_fields',
  'unserialisable',
  ...Object.keys(MODEL_ERRORS),
  ...Object.keys(PLATFORM_ERRORS),
]

/** The failure of an outcome; undefined for those that end with a 200. */
export function failureOf(outcome: string, input: unknown): Failure | undefined {
  const model = MODEL_ERRORS[outcome]
  if (model !== undefined) {
    const { status, type, message } = model
    const failure = modelFailure(status, [
      { loc: ['body', 'prompt'], msg: message, type, url: errorUrl(type), input },
    ])
    return outcome === 'silent_422' ? { ...failure, error: undefined } : failure
  }
  return PLATFORM_ERRORS[outcome] === undefined ? undefined : platformFailure(outcome)
}

export function platformFailure(errorType: string): Failure {
  const { status, message } = PLATFORM_ERRORS[errorType] ?? { status: 500, message: errorType }
  return {
    status,
    body: { detail: message, error_type: errorType },
    error: message,
    errorType,
    retryable: status >= 500,
  }
}

export function modelFailure(status: number, detail: ErrorDetail[]): Failure {
  return {
    status,
    body: { detail },
    error: detail.map((line) => line.msg).join('; '),
    errorType: detail[0]?.type ?? 'internal_server_error',
    retryable: status >= 500,
  }
}

function errorUrl(type: string): string {
  return `https://docs.fal.ai/errors#${type}`
}
