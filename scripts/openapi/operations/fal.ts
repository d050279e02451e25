/** fal's own protocol, for callers who already use it. */
import { MODEL } from '../../../src/contract/model.ts'
import type { ComponentName } from '../components.ts'
import { EXAMPLE_ID } from '../examples.ts'
import { falStatusStream } from '../fal-examples.ts'
import { optional, required } from '../parameters.ts'
import type { Answer, Examples, Operation, Operations, Parameter } from '../types.ts'
import { json, stream } from './answers.ts'
import { FAL_SPENDING } from './problems.ts'

const headers = ['X-Fal-Request-Id'] as const

/** An answer about a request, with fal's own header for its id. */
const ofRequest = (
  status: number,
  description: string,
  schema: ComponentName,
  examples?: Examples,
): Answer => json(status, description, schema, { headers, ...(examples && { examples }) })

const unknown = json(404, "There is no such request, or it is someone else's.", 'FalNotFound')
const output = ofRequest(200, 'The output of the model.', 'FalOutput')

const error = (status: number, description: string, summary: string, value: object): Answer =>
  ofRequest(status, description, 'FalError', { [summary]: value })

/** A failed generation, with the status and body that fal itself would send. */
const failures: readonly Answer[] = [
  error(422, 'The input is not valid, or the model refused it.', 'Refused by the model', {
    detail: [
      {
        loc: ['body', 'prompt'],
        msg: 'The prompt was flagged by a content checker.',
        type: 'content_policy_violation',
      },
    ],
  }),
  error(499, 'It was canceled.', 'Canceled', {
    detail: 'Request was cancelled by the client',
    error_type: 'client_cancelled',
  }),
  error(
    500,
    'It failed, and no video will come. A repeated request would pay for another one.',
    'Failed',
    { detail: 'fal did not take the request (503)', error_type: 'internal_error' },
  ),
]

const submit: Operation = {
  parameters: ['idempotencyKey'],
  body: 'FalInput',
  answers: [ofRequest(200, 'Accepted, once. Follow it by its `request_id`.', 'FalQueued')],
  problems: FAL_SPENDING,
}
const run: Operation = {
  ...submit,
  answers: [
    output,
    ...failures,
    json(504, 'It has not ended after 10 minutes, and goes on: poll its status.', 'FalError', {
      headers: [...headers, 'X-Fal-Request-Timeout-Type'],
      examples: {
        'Still open': {
          detail: 'It is not done yet; ask for its status',
          request_id: EXAMPLE_ID,
        },
      },
    }),
  ],
}
const status: Operation = {
  parameters: ['logs'],
  answers: [
    ofRequest(200, 'It has ended.', 'FalCompleted'),
    ofRequest(202, 'It has not ended.', 'FalStatus'),
    unknown,
  ],
}
const statusStream: Operation = {
  parameters: ['logs'],
  answers: [
    {
      status: 200,
      description: 'A stream in which the `data` of each event is a `FalStatus` as JSON.',
      headers,
      content: stream('FalStatus', { 'Waiting, then being rendered': falStatusStream }),
    },
    unknown,
  ],
  problems: ['too_many_streams'],
}
const result: Operation = {
  answers: [
    output,
    error(400, 'It has not ended.', 'Too early', { detail: 'Request is still in progress' }),
    unknown,
    ...failures,
  ],
}
const cancel: Operation = {
  answers: [
    json(202, 'fal is asked to cancel.', 'FalCancelRequested'),
    json(400, 'It had already ended.', 'FalAlreadyCompleted'),
    unknown,
  ],
  problems: ['payload_too_large'],
}

const targetUrl: Parameter = {
  ...required(
    optional(
      'header',
      'X-Fal-Target-Url',
      'A URL of the model on `https://fal.run` or `https://queue.fal.run`.',
    ),
  ),
  schema: { type: 'string', format: 'uri' },
  example: `https://queue.fal.run/${MODEL}`,
}

/** A method of the proxy; its answers are those of the paths behind it. */
const proxied = (more: Partial<Operation>, ...behind: readonly Operation[]): Operation => ({
  ...more,
  parameters: [targetUrl, ...(more.parameters ?? [])],
  answers: behind.flatMap(({ answers }) => answers),
  problems: [...behind.flatMap(({ problems = [] }) => problems), 'not_found'],
})

export const falOperations: Operations = {
  falSubmit: submit,
  falStatus: status,
  falStatusStream: statusStream,
  falResult: result,
  falCancel: cancel,
  falRun: run,
  falProxyRead: proxied({}, status, statusStream, result),
  falProxySubmit: proxied({ parameters: ['idempotencyKey'], body: 'FalInput' }, submit, run),
  falProxyCancel: proxied({}, cancel),
}
