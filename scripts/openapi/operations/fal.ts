/** fal's own protocol, for callers who already speak it. */
import { MODEL } from '../../../src/contract/model.ts'
import * as examples from '../examples.ts'
import { optional } from '../parameters.ts'
import type { Answer, Method, Operation, Operations } from '../types.ts'
import { json, stream } from './answers.ts'
import { FAL_SPENDING } from './problems.ts'

const FAL_ID = ['X-Fal-Request-Id'] as const
const speaksFal = true

const body = { schema: 'FalInput', examples: { 'A prompt': examples.input } } as const

const unknown = json(404, "There is no such request, or it is someone else's.", 'FalNotFound', {
  Unknown: { status: 'NOT_FOUND', detail: 'Request not found' },
})

/** The answers to a POST that spends. */
const replayable = (answers: readonly Answer[]): readonly Answer[] =>
  answers.map((answer) => ({
    ...answer,
    headers: [...(answer.headers ?? []), 'Idempotent-Replayed'],
  }))

const base = `https://gateway.example/queue/fal-ai/pika/requests/${examples.EXAMPLE_ID}`
const accepted = json(
  200,
  'Accepted, once and for all. Follow it by its `request_id`.',
  'FalQueued',
  {
    'In the queue': {
      status: 'IN_QUEUE',
      request_id: examples.EXAMPLE_ID,
      gateway_request_id: examples.EXAMPLE_ID,
      queue_position: 0,
      response_url: base,
      status_url: `${base}/status`,
      cancel_url: `${base}/cancel`,
    },
  },
  FAL_ID,
)

const output = json(
  200,
  'The output of the model.',
  'FalOutput',
  {
    'The video': {
      video: {
        url: examples.completed.video.url,
        content_type: 'video/mp4',
        file_name: 'output.mp4',
        file_size: 4_404_019,
      },
    },
  },
  FAL_ID,
)

const refused = {
  loc: ['body', 'prompt'],
  msg: 'The prompt was flagged by a content checker.',
  type: 'content_policy_violation',
}

const error = (status: number, description: string, summary: string, value: object): Answer =>
  json(status, description, 'FalError', { [summary]: value }, FAL_ID)

/** How a failed generation reads: the status that fal itself would give, and its body. */
const failures: readonly Answer[] = [
  error(422, 'The input is not valid, or the model refused it.', 'Refused by the model', {
    detail: [refused],
  }),
  error(499, 'It was canceled.', 'Canceled', {
    detail: 'Request was cancelled by the client',
    error_type: 'client_cancelled',
  }),
  error(
    500,
    'It failed, and no video will come. Sending it again would pay for another one.',
    'Failed',
    { detail: 'fal did not take the request (503)', error_type: 'internal_error' },
  ),
]

const open = {
  Waiting: { request_id: examples.EXAMPLE_ID, status: 'IN_QUEUE', queue_position: 2 },
  'Being rendered': { request_id: examples.EXAMPLE_ID, status: 'IN_PROGRESS', logs: null },
}

const direct: Operations = {
  [`post /queue/${MODEL}`]: {
    id: 'falSubmit',
    summary: 'Submit to the queue',
    description:
      "Like `POST https://queue.fal.run/…`, with one difference: fal's client repeats a POST after 429, 502, 503 and 504, so an accepted request is never answered with one of them. What fal refuses is a 200 here, and shows in the status and the result. `fal_webhook` is not supported, since fal's keys could not verify what the gateway sends: use `webhook_url` of `POST /v1/generations`.",
    access: 'generations:write',
    parameters: ['idempotencyKey'],
    body,
    answers: replayable([accepted]),
    problems: FAL_SPENDING,
    speaksFal,
  },
  'get /queue/fal-ai/pika/requests/{id}/status': {
    id: 'falStatus',
    summary: 'Get the status',
    description: 'fal has no failed state: a failure is `COMPLETED`, with an `error`.',
    access: 'generations:read',
    parameters: ['logs'],
    answers: [
      json(
        200,
        'It has ended.',
        'FalCompleted',
        {
          Done: {
            request_id: examples.EXAMPLE_ID,
            status: 'COMPLETED',
            logs: null,
            metrics: { inference_time: 47.753 },
          },
        },
        FAL_ID,
      ),
      json(202, 'It has not ended.', 'FalStatus', open, FAL_ID),
      unknown,
    ],
    speaksFal,
  },
  'get /queue/fal-ai/pika/requests/{id}/status/stream': {
    id: 'falStatusStream',
    summary: 'Follow the status',
    description: 'The status whenever it changes, as server-sent events without numbers.',
    access: 'generations:read',
    parameters: ['logs'],
    answers: [
      {
        status: 200,
        description: 'A stream in which the `data` of each event is a `FalStatus` as JSON.',
        headers: FAL_ID,
        content: stream('FalStatus', {
          'Waiting, then being rendered': Object.values(open)
            .map((value) => `data: ${JSON.stringify(value)}\n\n`)
            .join(''),
        }),
      },
      unknown,
    ],
    problems: ['too_many_streams'],
    speaksFal,
  },
  'get /queue/fal-ai/pika/requests/{id}': {
    id: 'falResult',
    summary: 'Get the result',
    description: "The output of the model; or how it failed, by fal's own status and body.",
    access: 'generations:read',
    answers: [
      output,
      error(400, 'It has not ended.', 'Too early', { detail: 'Request is still in progress' }),
      unknown,
      ...failures,
    ],
    speaksFal,
  },
  'put /queue/fal-ai/pika/requests/{id}/cancel': {
    id: 'falCancel',
    summary: 'Cancel',
    description: 'Asks fal to cancel. The status tells whether it did.',
    access: 'generations:write',
    answers: [
      json(202, 'fal is asked.', 'FalCancelRequested', {
        'Cancel requested': { status: 'CANCELLATION_REQUESTED' },
      }),
      json(400, 'It had already ended.', 'FalAlreadyCompleted', {
        'Too late': { status: 'ALREADY_COMPLETED' },
      }),
      unknown,
    ],
    problems: ['payload_too_large'],
    speaksFal,
  },
  [`post /${MODEL}`]: {
    id: 'falRun',
    summary: 'Run and wait',
    description:
      'Like `POST https://fal.run/…`: waits for the output, for at most 10 minutes. The request is accepted once; a lost connection does not cancel it.',
    access: 'generations:write',
    parameters: ['idempotencyKey'],
    body,
    answers: replayable([
      output,
      ...failures,
      json(
        504,
        'It has not ended after 10 minutes, and goes on: ask for its status.',
        'FalError',
        {
          'Still open': {
            detail: 'It is not done yet; ask for its status',
            request_id: examples.EXAMPLE_ID,
          },
        },
        ['X-Fal-Request-Id', 'X-Fal-Request-Timeout-Type'],
      ),
    ]),
    problems: FAL_SPENDING,
    speaksFal,
  },
}

const targetUrl = {
  ...optional(
    'header',
    'X-Fal-Target-Url',
    'A URL of the model on `https://fal.run` or `https://queue.fal.run`.',
  ),
  required: true,
  schema: { type: 'string', format: 'uri' },
  example: `https://queue.fal.run/${MODEL}`,
}

/** One method of the proxy: it answers whatever the paths behind it do. */
const proxied = (method: Method, id: string, summary: string): Operation => {
  const behind = Object.entries(direct).flatMap(([at, operation]) =>
    at.startsWith(`${method} `) ? [operation] : [],
  )
  return {
    id,
    summary,
    description:
      "For fal's own JavaScript client: set its `proxyUrl` to this path. A header names the URL that it calls, and the answer is that of the same path here.",
    access: method === 'get' ? 'generations:read' : 'generations:write',
    parameters: [targetUrl, ...(method === 'post' ? (['idempotencyKey'] as const) : [])],
    ...(method === 'post' ? { body } : {}),
    answers: behind.flatMap((operation) => operation.answers),
    problems: [...behind.flatMap(({ problems = [] }) => problems), 'not_found'],
    speaksFal,
  }
}

export const falOperations: Operations = {
  ...direct,
  'get /fal/proxy': proxied('get', 'falProxyRead', "Read, by fal's client"),
  'post /fal/proxy': proxied('post', 'falProxySubmit', "Submit, by fal's client"),
  'put /fal/proxy': proxied('put', 'falProxyCancel', "Cancel, by fal's client"),
}
