/** `/v1/generations` and `/v1/requests`, as callers need to know them. */
import { listQuery } from '../../../src/routes/generations.ts'
import * as examples from '../examples.ts'
import { queryParameters } from '../query.ts'
import type { Answer, Examples, Operation } from '../types.ts'
import { ACCESS, BODY, SPENDING } from './problems.ts'

const TAG = 'Generations'

const bodies: Examples = {
  shortest: { summary: 'A prompt, and the defaults for the rest', value: examples.input },
  full: { summary: 'Every field', value: examples.fullInput },
}

const created = [
  'Location',
  'X-Fal-Request-Id',
  'Idempotent-Replayed',
  'Preference-Applied',
] as const

/** What a request that creates a generation answers. */
export const createdAnswers = (what: string): readonly Answer[] => [
  {
    status: 202,
    description: `${what} It is open, unless it ended before the answer was written.`,
    headers: created,
    content: {
      'application/json': {
        schema: 'CreatedGeneration',
        examples: {
          queued: { summary: 'Taken by fal', value: examples.created(examples.queued) },
          unconfirmed: {
            summary: "Sent, and fal's answer was lost",
            value: examples.created(examples.submitting),
          },
        },
      },
    },
  },
  {
    status: 200,
    description: '`Prefer: wait` saw it end: `status` says how.',
    headers: created,
    content: {
      'application/json': {
        schema: 'CreatedGeneration',
        examples: {
          completed: { summary: 'The video', value: examples.created(examples.completed) },
          failed: { summary: 'Why there is none', value: examples.created(examples.failed) },
        },
      },
    },
  },
]

const one: Examples = {
  inProgress: { summary: 'Being rendered', value: examples.inProgress },
  completed: { summary: 'Completed', value: examples.completed },
  failed: { summary: 'Failed', value: examples.failed },
  canceled: { summary: 'Canceled', value: examples.canceled },
}

const readAnswers: readonly Answer[] = [
  {
    status: 200,
    description: 'The generation as it is now. `Retry-After` while open, `ETag` once final.',
    headers: ['ETag', 'Retry-After', 'X-Fal-Request-Id'],
    content: { 'application/json': { schema: 'Generation', examples: one } },
  },
  {
    status: 304,
    description: 'It is what you hold already.',
    headers: ['ETag', 'X-Fal-Request-Id'],
  },
]

export const generationOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/generations',
    id: 'createGeneration',
    tag: TAG,
    summary: 'Create a generation',
    description: `Sends one request to fal, once, and never again: if fal's answer is lost, the generation stays open as \`unconfirmed\` until fal's webhook or its deadline tells. While fal takes nothing at all, it waits unsent and says so in \`pending_reason\`.

The body is the documented input of the model, as it is. What the budget does not cover, or fal refuses at once, is answered as a problem and never as a generation. With an \`Idempotency-Key\` the call can be repeated without a second video.`,
    access: 'generations:write',
    parameters: ['idempotencyKey', 'prefer', 'pikaAccount'],
    body: { schema: 'GenerationRequest', examples: bodies },
    answers: createdAnswers('Taken.'),
    problems: SPENDING,
  },
  {
    method: 'post',
    path: '/v1/generations/estimate',
    id: 'estimateGeneration',
    tag: TAG,
    summary: 'Estimate the cost',
    description:
      'Says what a generation would cost, how its input would be sent, and which limits would be in the way. Nothing is sent or kept.',
    access: 'generations:read',
    parameters: ['pikaAccount'],
    body: { schema: 'GenerationRequest', examples: bodies },
    answers: [
      {
        status: 200,
        description: 'The estimate.',
        content: {
          'application/json': {
            schema: 'Estimate',
            examples: { estimate: { summary: 'Within the budget', value: examples.estimate } },
          },
        },
      },
    ],
    problems: [...ACCESS, ...BODY],
  },
  {
    method: 'get',
    path: '/v1/generations',
    id: 'listGenerations',
    tag: TAG,
    summary: 'List generations',
    description:
      'Newest first. `expected_seconds` is null in lists. For the next page, send `next_cursor` as `cursor`.',
    access: 'generations:read',
    parameters: [
      ...queryParameters(listQuery, {
        limit: {
          description: 'How many at most.',
          schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
        },
        cursor: { description: 'Where the page before this one ended.' },
        status: { description: 'Only those that have this status.' },
        schedule_id: { description: 'Only those that this schedule asked for.' },
        origin: {
          description:
            "Only what a `schedule` asked for, what came on `fal`'s own paths, or neither (`api`). A page may then have fewer than `limit`, or none, and still a `next_cursor`.",
        },
        user: { description: 'Only those of this end user.' },
        created_after: { description: 'Only those created after this moment.' },
        created_before: { description: 'Only those created before this moment.' },
      }),
      'pikaAccount',
    ],
    answers: [
      {
        status: 200,
        description: 'A page.',
        content: {
          'application/json': {
            schema: 'GenerationList',
            examples: { page: { summary: 'A page that is not the last', value: examples.list } },
          },
        },
      },
    ],
    problems: [...ACCESS, 'invalid_input'],
  },
  {
    method: 'get',
    path: '/v1/generations/{id}',
    id: 'getGeneration',
    tag: TAG,
    summary: 'Get a generation',
    description:
      'Reading an open one makes the gateway look at fal, once a second at most. To be told instead of asking, follow its events.',
    access: 'generations:read',
    clientSecret: true,
    parameters: ['generationId', 'ifNoneMatch', 'pikaAccount'],
    answers: readAnswers,
    problems: [...ACCESS, 'not_found', 'generation_deleted'],
  },
  {
    method: 'get',
    path: '/v1/generations/{id}/events',
    id: 'followGeneration',
    tag: TAG,
    summary: 'Follow a generation',
    description: `What happened to it, then what happens, as server-sent events. Every event is numbered; \`Last-Event-ID\` resumes after the last one that you have, with none lost and none twice. A comment comes at least every 15 seconds. The stream ends after the final event, and where your key expires or is revoked.

With \`Accept: application/json\` the answer is the list of the events so far. Browsers' \`EventSource\` cannot send a key: read the stream through \`fetch\`.`,
    access: 'generations:read',
    clientSecret: true,
    parameters: ['generationId', 'lastEventId', 'pikaAccount'],
    answers: [
      {
        status: 200,
        description:
          'A stream in which the `data` of each event is a `GenerationEvent` as JSON, its `id` is that of the event and its `event` the type; or the list.',
        content: {
          'text/event-stream': {
            schema: {
              type: 'string',
              description: 'Server-sent events.',
              contentMediaType: 'text/event-stream',
              'x-event-schema': { $ref: '#/components/schemas/GenerationEvent' },
            },
            examples: {
              stream: { summary: 'From queued to completed', value: examples.eventStream },
            },
          },
          'application/json': {
            schema: 'EventList',
            examples: {
              list: {
                summary: 'The events so far',
                value: { object: 'list', data: examples.events },
              },
            },
          },
        },
      },
      { status: 204, description: 'You have seen the final event; nothing follows.' },
    ],
    problems: [...ACCESS, 'not_found', 'generation_deleted', 'too_many_streams'],
  },
  {
    method: 'delete',
    path: '/v1/generations/{id}',
    id: 'deleteGeneration',
    tag: TAG,
    summary: 'Delete a generation',
    description:
      "Forgets the prompt, the video and the events of what has ended, for good. What it cost stays in the ledger and in usage, and its idempotency key never spends again. Everything about it is a 410 from then on; plain reads of other locations may find it for a minute more. The file at fal is fal's own, and goes away by itself.",
    access: 'generations:write',
    parameters: ['generationId', 'pikaAccount'],
    answers: [
      {
        status: 200,
        description: 'It is deleted.',
        content: {
          'application/json': {
            schema: 'DeletedGeneration',
            examples: {
              deleted: {
                summary: 'Deleted',
                value: { id: examples.completed.id, object: 'generation', deleted: true },
              },
            },
          },
        },
      },
    ],
    problems: [...ACCESS, 'not_found', 'not_deletable', 'generation_deleted'],
  },
  {
    method: 'post',
    path: '/v1/generations/{id}/cancel',
    id: 'cancelGeneration',
    tag: TAG,
    summary: 'Cancel a generation',
    description:
      "Asks fal to cancel. The status stays until fal's verdict: `canceled` if it never finished, `completed` (and paid) if it finished all the same.",
    access: 'generations:write',
    parameters: ['generationId', 'pikaAccount'],
    answers: [
      {
        status: 202,
        description: 'fal has been asked, or will be.',
        content: {
          'application/json': {
            schema: 'Generation',
            examples: { asked: { summary: 'Asked for', value: examples.cancelRequested } },
          },
        },
      },
      {
        status: 200,
        description: 'It is canceled: it had not been sent yet, or was canceled before.',
        content: {
          'application/json': {
            schema: 'Generation',
            examples: { canceled: { summary: 'Canceled', value: examples.canceled } },
          },
        },
      },
    ],
    problems: [...ACCESS, 'not_found', 'generation_deleted', 'already_final', 'payload_too_large'],
  },
  {
    method: 'post',
    path: '/v1/generations/{id}/retry',
    id: 'retryGeneration',
    tag: TAG,
    summary: 'Retry a generation',
    description:
      'Creates a new generation from a failed or canceled one, linked by `retry_of`. It is paid like any other.',
    access: 'generations:write',
    parameters: ['generationId', 'idempotencyKey', 'prefer', 'pikaAccount'],
    bodyIsOptional: true,
    body: {
      schema: 'RetryRequest',
      examples: {
        plain: { summary: 'It is known that the first one was not paid twice over', value: {} },
        accepting: {
          summary: 'Even if it may have been paid',
          value: { accept_double_charge: true },
        },
      },
    },
    answers: createdAnswers('The new generation.'),
    problems: [...SPENDING, 'not_found', 'still_open', 'not_retryable', 'outcome_unknown'],
  },
  {
    method: 'post',
    path: '/v1/generations/{id}/resolve',
    id: 'resolveGeneration',
    tag: TAG,
    summary: 'Resolve a generation',
    description:
      "A person's word on what fal does not tell: for what is unconfirmed two minutes after it was sent, or failed with its cost `unknown`. `charged` settles what it cost; `fal_request_id` says which request at fal it is, and fal is asked about it. If fal still speaks later, its word on the cost prevails, and its video stands in `error.late_video`. The same word again changes nothing; another is refused. For `ADMIN_KEY` alone.",
    access: 'admin',
    parameters: ['generationId', 'pikaAccount'],
    body: {
      schema: 'ResolveRequest',
      examples: {
        cost: { summary: "fal's bill does not show it", value: { charged: false } },
        request: {
          summary: "It was found on fal's dashboard",
          value: { fal_request_id: '764cabcf-b745-4b3e-ae38-1200304cf45b' },
        },
      },
    },
    answers: [
      {
        status: 200,
        description: 'The generation as it is now.',
        content: {
          'application/json': {
            schema: 'Generation',
            examples: { adopted: { summary: 'fal has it', value: examples.inProgress } },
          },
        },
      },
    ],
    problems: [...ACCESS, ...BODY, 'not_found', 'generation_deleted', 'not_resolvable'],
  },
  {
    method: 'get',
    path: '/v1/requests/{fal_request_id}',
    id: 'findGeneration',
    tag: TAG,
    summary: "Find a generation by fal's id",
    description: "The generation that fal's request id belongs to.",
    access: 'generations:read',
    parameters: [
      {
        name: 'fal_request_id',
        in: 'path',
        required: true,
        description: "fal's id of the request.",
        schema: { type: 'string', pattern: '^[\\w-]{1,128}$' },
        example: '764cabcf-b745-4b3e-ae38-1200304cf45b',
      },
      'ifNoneMatch',
      'pikaAccount',
    ],
    answers: readAnswers,
    problems: [...ACCESS, 'not_found'],
  },
]
