/** `/v1/generations` and `/v1/requests`, as callers need to know them. */
import { listQuery } from '../../../src/routes/generations.ts'
import * as examples from '../examples.ts'
import type { Answer, Operations } from '../types.ts'
import { json, NOT_MODIFIED, stream } from './answers.ts'
import { SPENDING } from './problems.ts'

const body = {
  schema: 'GenerationRequest',
  examples: {
    'A prompt, and the defaults for the rest': examples.input,
    'Every field': examples.fullInput,
  },
} as const

const created = [
  'Location',
  'X-Fal-Request-Id',
  'Idempotent-Replayed',
  'Preference-Applied',
] as const

/** What a request that creates a generation answers. */
export const createdAnswers = (what: string): readonly Answer[] => [
  json(
    202,
    `${what} It is open, unless it ended before the answer was written.`,
    'CreatedGeneration',
    {
      'fal accepted it': examples.created(examples.queued),
      "Sent, but fal's answer was lost": examples.created(examples.submitting),
    },
    created,
  ),
  json(
    200,
    'It ended while `Prefer: wait` held the answer back. `status` says how.',
    'CreatedGeneration',
    {
      'The video': examples.created(examples.completed),
      'Why there is none': examples.created(examples.failed),
    },
    created,
  ),
]

const readAnswers: readonly Answer[] = [
  json(
    200,
    'The generation as it is now. It has `Retry-After` while open, and `ETag` once final.',
    'Generation',
    {
      'Being rendered': examples.inProgress,
      Completed: examples.completed,
      Failed: examples.failed,
      Canceled: examples.canceled,
    },
    ['ETag', 'Retry-After', 'X-Fal-Request-Id'],
  ),
  { status: 304, description: NOT_MODIFIED, headers: ['ETag', 'X-Fal-Request-Id'] },
]

export const generationOperations: Operations = {
  'post /v1/generations': {
    id: 'createGeneration',
    summary: 'Create a generation',
    description: `Sends one request to fal, once, and never again. If fal's answer is lost, the generation stays open as \`unconfirmed\` until fal's webhook arrives, its history shows the request, or the deadline passes. While fal accepts nothing at all, the generation waits unsent, and \`pending_reason\` says so.

The body is the documented input of the model. If the budget does not cover it, or fal refuses it at once, the answer is a problem and never a generation. With an \`Idempotency-Key\` the call can be repeated without a second video.`,
    access: 'generations:write',
    parameters: ['idempotencyKey', 'prefer'],
    body,
    answers: createdAnswers('Accepted.'),
    problems: SPENDING,
  },
  'post /v1/generations/estimate': {
    id: 'estimateGeneration',
    summary: 'Estimate the cost',
    description:
      'Says what a generation would cost, how its input would be sent, and which limits it would exceed. Nothing is sent or stored.',
    access: 'generations:read',
    body,
    answers: [json(200, 'The estimate.', 'Estimate', { 'Within the budget': examples.estimate })],
  },
  'get /v1/generations': {
    id: 'listGenerations',
    summary: 'List generations',
    description:
      'Newest first. `expected_seconds` is null in lists. For the next page, send `next_cursor` as `cursor`.',
    access: 'generations:read',
    query: listQuery,
    answers: [json(200, 'A page.', 'GenerationList', { 'A page with a next one': examples.list })],
  },
  'get /v1/generations/{id}': {
    id: 'getGeneration',
    summary: 'Get a generation',
    description:
      'Reading an open one makes the gateway ask fal, at most once a second. To be told instead of asking, follow its events.',
    access: 'generations:read',
    clientSecret: true,
    parameters: ['ifNoneMatch'],
    answers: readAnswers,
    problems: ['generation_deleted'],
  },
  'get /v1/generations/{id}/events': {
    id: 'followGeneration',
    summary: 'Follow a generation',
    description: `What happened to it, then what happens, as server-sent events. Every event is numbered. \`Last-Event-ID\` resumes after the last one that you have: none is lost and none comes twice. A comment comes at least every 15 seconds. The stream ends after the final event, and when your key expires or is revoked.

With \`Accept: application/json\` the answer is the list of the events so far. Browsers' \`EventSource\` cannot send a key: read the stream through \`fetch\`.`,
    access: 'generations:read',
    clientSecret: true,
    parameters: ['lastEventId'],
    answers: [
      {
        status: 200,
        description:
          'A stream, or the list. In the stream, the `data` of each event is a `GenerationEvent` as JSON, its `id` is the id of the event, and its `event` is the type.',
        content: {
          ...stream('GenerationEvent', { 'From queued to completed': examples.eventStream }),
          'application/json': {
            schema: 'EventList',
            examples: { 'The events so far': { object: 'list', data: examples.events } },
          },
        },
      },
      { status: 204, description: 'You have seen the final event. Nothing follows.' },
    ],
    problems: ['generation_deleted', 'too_many_streams'],
  },
  'delete /v1/generations/{id}': {
    id: 'deleteGeneration',
    summary: 'Delete a generation',
    description:
      'Deletes the prompt, the video and the events of a generation that has ended, for good. Its cost stays in the ledger and in usage, and its idempotency key never spends again. From then on everything about it is a 410; plain reads at other locations may find it for another minute. The file at fal belongs to fal, which deletes it in time.',
    access: 'generations:write',
    answers: [
      json(200, 'It is deleted.', 'DeletedGeneration', {
        Deleted: { id: examples.completed.id, object: 'generation', deleted: true },
      }),
    ],
    problems: ['not_deletable', 'generation_deleted'],
  },
  'post /v1/generations/{id}/cancel': {
    id: 'cancelGeneration',
    summary: 'Cancel a generation',
    description:
      "Asks fal to cancel. The status stays as it is until fal's verdict: `canceled` if it never finished, `completed` (and paid) if it finished nevertheless.",
    access: 'generations:write',
    answers: [
      json(202, 'fal has been asked, or will be.', 'Generation', {
        'Cancel requested': examples.cancelRequested,
      }),
      json(200, 'It is canceled: it was not sent yet, or was canceled before.', 'Generation', {
        Canceled: examples.canceled,
      }),
    ],
    problems: ['generation_deleted', 'already_final', 'payload_too_large'],
  },
  'post /v1/generations/{id}/retry': {
    id: 'retryGeneration',
    summary: 'Retry a generation',
    description:
      'Creates a new generation from a failed or canceled one, linked by `retry_of`. It is paid for like any other.',
    access: 'generations:write',
    parameters: ['idempotencyKey', 'prefer'],
    bodyIsOptional: true,
    body: {
      schema: 'RetryRequest',
      examples: {
        'Only if the first one was certainly not paid for': {},
        'Even if the first one may have been paid for': { accept_double_charge: true },
      },
    },
    answers: createdAnswers('The new generation.'),
    problems: [...SPENDING, 'still_open', 'not_retryable', 'outcome_unknown'],
  },
  'post /v1/generations/{id}/resolve': {
    id: 'resolveGeneration',
    summary: 'Resolve a generation',
    description:
      "Records what a person found out and fal does not say. For a generation that is unconfirmed two minutes after it was sent, or failed with its cost `unknown`. `charged` settles its cost. `fal_request_id` says which request at fal it is, and the gateway asks fal about it. If fal still answers later, fal's word on the cost prevails, and its video is in `error.late_video`. The same call again changes nothing; a different one is refused. For `ADMIN_KEY` alone.",
    access: 'admin',
    body: {
      schema: 'ResolveRequest',
      examples: {
        "fal's bill does not show it": { charged: false },
        "It was found on fal's dashboard": { fal_request_id: examples.EXAMPLE_FAL_ID },
      },
    },
    answers: [
      json(200, 'The generation as it is now.', 'Generation', {
        'fal has it': examples.inProgress,
      }),
    ],
    problems: ['generation_deleted', 'not_resolvable'],
  },
  'get /v1/requests/{fal_request_id}': {
    id: 'findGeneration',
    summary: "Find a generation by fal's id",
    description: "The generation that fal's request id belongs to.",
    access: 'generations:read',
    parameters: ['ifNoneMatch'],
    answers: readAnswers,
  },
}
