/** fal's own protocol, for callers who already speak it. */
import { MODEL } from '../../../src/contract/model.ts'
import type { ProblemCode } from '../../../src/contract/problem.ts'
import * as examples from '../examples.ts'
import { EXAMPLE_ID } from '../parameters.ts'
import type { Answer, Content, Examples, Operation, Parameter } from '../types.ts'
import { ACCESS, FAL_SPENDING } from './problems.ts'

const TAG = "fal's protocol"
const REQUESTS = '/queue/fal-ai/pika/requests/{id}'

const json = (schema: Content['schema'], cases: Examples): NonNullable<Answer['content']> => ({
  'application/json': { schema, examples: cases },
})

const body: Content = {
  schema: 'FalInput',
  examples: { shortest: { summary: 'A prompt', value: examples.input } },
}

const unknown: Answer = {
  status: 404,
  description: "There is no such request, or it is someone else's.",
  content: json('FalNotFound', {
    unknown: {
      summary: 'Unknown',
      value: { status: 'NOT_FOUND', detail: 'Request not found' },
    },
  }),
}

/** The answers to a POST that spends. */
const replayable = (answers: readonly Answer[]): readonly Answer[] =>
  answers.map((answer) => ({
    ...answer,
    headers: [...(answer.headers ?? []), 'Idempotent-Replayed'],
  }))

const base = `https://gateway.example/queue/fal-ai/pika/requests/${EXAMPLE_ID}`
const taken: Answer = {
  status: 200,
  description: 'Taken, once and for all. Follow it by its `request_id`.',
  headers: ['X-Fal-Request-Id'],
  content: json('FalQueued', {
    queued: {
      summary: 'In the queue',
      value: {
        status: 'IN_QUEUE',
        request_id: EXAMPLE_ID,
        gateway_request_id: EXAMPLE_ID,
        queue_position: 0,
        response_url: base,
        status_url: `${base}/status`,
        cancel_url: `${base}/cancel`,
      },
    },
  }),
}

const output: Answer = {
  status: 200,
  description: 'The output of the model.',
  headers: ['X-Fal-Request-Id'],
  content: json('FalOutput', {
    output: {
      summary: 'The video',
      value: {
        video: {
          url: examples.completed.video.url,
          content_type: 'video/mp4',
          file_name: 'output.mp4',
          file_size: 4_404_019,
        },
      },
    },
  }),
}

/** How a failed generation reads: the status that fal itself would give, and its body. */
const failures: readonly Answer[] = [
  {
    status: 422,
    description: 'The input is not valid, or the model refused it.',
    headers: ['X-Fal-Request-Id'],
    content: json('FalError', {
      refused: {
        summary: 'Refused by the model',
        value: {
          detail: [
            {
              loc: ['body', 'prompt'],
              msg: 'The prompt was flagged by a content checker.',
              type: 'content_policy_violation',
            },
          ],
        },
      },
    }),
  },
  {
    status: 499,
    description: 'It was canceled.',
    headers: ['X-Fal-Request-Id'],
    content: json('FalError', {
      canceled: {
        summary: 'Canceled',
        value: {
          detail: 'Request was cancelled by the client',
          error_type: 'client_cancelled',
        },
      },
    }),
  },
  {
    status: 500,
    description: 'It failed, and no video will come. Sending again would pay for another one.',
    headers: ['X-Fal-Request-Id'],
    content: json('FalError', {
      failed: {
        summary: 'Failed',
        value: { detail: 'fal did not take the request (503)', error_type: 'internal_error' },
      },
    }),
  },
]

const statusExamples: Examples = {
  queued: {
    summary: 'Waiting',
    value: { request_id: EXAMPLE_ID, status: 'IN_QUEUE', queue_position: 2 },
  },
  running: {
    summary: 'Being rendered',
    value: { request_id: EXAMPLE_ID, status: 'IN_PROGRESS', logs: null },
  },
}

const direct: readonly Operation[] = [
  {
    method: 'post',
    path: `/queue/${MODEL}`,
    id: 'falSubmit',
    tag: TAG,
    summary: 'Submit to the queue',
    description:
      "As `POST https://queue.fal.run/…`, with one difference: fal's client sends a POST again after 429, 502, 503 and 504, so nothing that was taken is ever answered so. What fal refuses is 200 here, and shows on the status and the result. `fal_webhook` is not served, since fal's keys could not verify what we send: use `webhook_url` of `POST /v1/generations`.",
    access: 'generations:write',
    parameters: ['idempotencyKey', 'pikaAccount'],
    body,
    answers: replayable([taken]),
    problems: FAL_SPENDING,
    speaksFal: true,
  },
  {
    method: 'get',
    path: `${REQUESTS}/status`,
    id: 'falStatus',
    tag: TAG,
    summary: 'Get the status',
    description: 'fal has no failed state: what failed is `COMPLETED`, with an `error`.',
    access: 'generations:read',
    parameters: ['falRequest', 'logs', 'pikaAccount'],
    answers: [
      {
        status: 200,
        description: 'It has ended.',
        headers: ['X-Fal-Request-Id'],
        content: json('FalCompleted', {
          completed: {
            summary: 'Done',
            value: {
              request_id: EXAMPLE_ID,
              status: 'COMPLETED',
              logs: null,
              metrics: { inference_time: 47.753 },
            },
          },
        }),
      },
      {
        status: 202,
        description: 'It has not ended.',
        headers: ['X-Fal-Request-Id'],
        content: json('FalStatus', statusExamples),
      },
      unknown,
    ],
    problems: ACCESS,
    speaksFal: true,
  },
  {
    method: 'get',
    path: `${REQUESTS}/status/stream`,
    id: 'falStatusStream',
    tag: TAG,
    summary: 'Follow the status',
    description: 'The status whenever it changes, as server-sent events without numbers.',
    access: 'generations:read',
    parameters: ['falRequest', 'logs', 'pikaAccount'],
    answers: [
      {
        status: 200,
        description: 'A stream in which the `data` of each event is a `FalStatus` as JSON.',
        headers: ['X-Fal-Request-Id'],
        content: {
          'text/event-stream': {
            schema: {
              type: 'string',
              description: 'Server-sent events.',
              contentMediaType: 'text/event-stream',
              'x-event-schema': { $ref: '#/components/schemas/FalStatus' },
            },
            examples: {
              stream: {
                summary: 'Waiting, then being rendered',
                value: Object.values(statusExamples)
                  .map(({ value }) => `data: ${JSON.stringify(value)}\n\n`)
                  .join(''),
              },
            },
          },
        },
      },
      unknown,
    ],
    problems: [...ACCESS, 'too_many_streams'],
    speaksFal: true,
  },
  {
    method: 'get',
    path: REQUESTS,
    id: 'falResult',
    tag: TAG,
    summary: 'Get the result',
    description: 'The output of the model; or how it failed, by a status and body as fal has them.',
    access: 'generations:read',
    parameters: ['falRequest', 'pikaAccount'],
    answers: [
      output,
      {
        status: 400,
        description: 'It has not ended.',
        headers: ['X-Fal-Request-Id'],
        content: json('FalError', {
          pending: { summary: 'Too early', value: { detail: 'Request is still in progress' } },
        }),
      },
      unknown,
      ...failures,
    ],
    problems: ACCESS,
    speaksFal: true,
  },
  {
    method: 'put',
    path: `${REQUESTS}/cancel`,
    id: 'falCancel',
    tag: TAG,
    summary: 'Cancel',
    description: 'Asks fal to cancel. Whether it did, the status tells.',
    access: 'generations:write',
    parameters: ['falRequest', 'pikaAccount'],
    answers: [
      {
        status: 202,
        description: 'Asked for.',
        content: json('FalCancelRequested', {
          asked: { summary: 'Asked for', value: { status: 'CANCELLATION_REQUESTED' } },
        }),
      },
      {
        status: 400,
        description: 'It had ended before.',
        content: json('FalAlreadyCompleted', {
          late: { summary: 'Too late', value: { status: 'ALREADY_COMPLETED' } },
        }),
      },
      unknown,
    ],
    problems: [...ACCESS, 'payload_too_large'],
    speaksFal: true,
  },
  {
    method: 'post',
    path: `/${MODEL}`,
    id: 'falRun',
    tag: TAG,
    summary: 'Run and wait',
    description:
      'As `POST https://fal.run/…`: waits for the output, 10 minutes at most. It is taken once; a lost connection does not cancel it.',
    access: 'generations:write',
    parameters: ['idempotencyKey', 'pikaAccount'],
    body,
    answers: replayable([
      output,
      ...failures,
      {
        status: 504,
        description: 'It is not done after 10 minutes. It goes on: ask for its status.',
        headers: ['X-Fal-Request-Id', 'X-Fal-Request-Timeout-Type'],
        content: json('FalError', {
          late: {
            summary: 'Still open',
            value: { detail: 'It is not done yet; ask for its status', request_id: EXAMPLE_ID },
          },
        }),
      },
    ]),
    problems: FAL_SPENDING,
    speaksFal: true,
  },
]

const targetUrl: Parameter = {
  name: 'X-Fal-Target-Url',
  in: 'header',
  required: true,
  description: 'A URL of the model on `https://fal.run` or `https://queue.fal.run`.',
  schema: { type: 'string', format: 'uri' },
  example: `https://queue.fal.run/${MODEL}`,
}

/** What another URL is answered with. */
const NOT_SERVED: ProblemCode = 'not_found'

/** One method of the proxy: it answers whatever the paths behind it do. */
const proxied = (method: 'get' | 'post' | 'put', id: string, summary: string): Operation => {
  const behind = direct.filter((operation) => operation.method === method)
  return {
    method,
    path: '/fal/proxy',
    id,
    tag: TAG,
    summary,
    description:
      "For fal's own JavaScript client: set its `proxyUrl` to this path. The URL that it means is in a header, and the answer is that of its path here.",
    access: method === 'get' ? 'generations:read' : 'generations:write',
    parameters: [
      targetUrl,
      ...(method === 'post' ? (['idempotencyKey'] as const) : []),
      'pikaAccount',
    ],
    ...(method === 'post' ? { body } : {}),
    answers: behind.flatMap((operation) => operation.answers),
    problems: [...new Set([...behind.flatMap((operation) => operation.problems), NOT_SERVED])],
    speaksFal: true,
  }
}

export const falOperations: readonly Operation[] = [
  ...direct,
  proxied('get', 'falProxyRead', "Read, by fal's client"),
  proxied('post', 'falProxySubmit', "Submit, by fal's client"),
  proxied('put', 'falProxyCancel', "Cancel, by fal's client"),
]
