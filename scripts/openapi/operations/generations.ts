/** Operations on generations and their videos. */
import { eventsQuery } from '../../../src/routes/events.ts'
import { listQuery } from '../../../src/routes/generations.ts'
import * as examples from '../examples.ts'
import { optional, required } from '../parameters.ts'
import type { Answer, Operations } from '../types.ts'
import { json, NOT_MODIFIED, stream } from './answers.ts'
import { SPENDING } from './problems.ts'

/** The answers of a request that creates a generation. */
export const createdAnswers = (what: string): readonly Answer[] => {
  const headers = ['Location', 'X-Fal-Request-Id'] as const
  const isOpen = 'It is open, unless it ended before the answer was written.'
  const isOver = 'It ended while `Prefer: wait` delayed the answer. `status` says how.'
  const ended = {
    'The video': examples.created(examples.completed),
    'Why there is none': examples.created(examples.failed),
  }
  return [
    json(202, `${what} ${isOpen}`, 'CreatedGeneration', { headers }),
    json(200, isOver, 'CreatedGeneration', { headers, examples: ended }),
  ]
}

const AS_IT_IS =
  'The generation as it is now. It has `Retry-After` while open, and `ETag` once final.'
const readAnswers: readonly Answer[] = [
  json(200, AS_IT_IS, 'Generation', { headers: ['Retry-After', 'X-Fal-Request-Id'] }),
  { status: 304, description: NOT_MODIFIED, headers: ['X-Fal-Request-Id'] },
]

const FOLLOWED =
  'A stream, or the list. In the stream, the `data` of each event is a `GenerationEvent` as JSON, its `id` is the id of the event, and its `event` is the type.'
const PAGE_OR_STREAM = 'A page of events, or a stream of them.'
const video = {
  'video/mp4': { schema: { type: 'string', contentMediaType: 'video/mp4' } },
} as const

export const generationOperations: Operations = {
  createGeneration: {
    parameters: ['idempotencyKey', 'prefer'],
    body: 'GenerationRequest',
    answers: createdAnswers('Accepted.'),
    problems: SPENDING,
  },
  estimateGeneration: {
    body: 'GenerationRequest',
    answers: [json(200, 'The estimate.', 'Estimate')],
  },
  listGenerations: { query: listQuery, answers: [json(200, 'A page.', 'GenerationList')] },
  getGeneration: {
    parameters: ['ifNoneMatch'],
    answers: readAnswers,
    problems: ['generation_deleted'],
  },
  findGeneration: { parameters: ['ifNoneMatch'], answers: readAnswers },
  followGeneration: {
    parameters: ['lastEventId'],
    answers: [
      {
        status: 200,
        description: FOLLOWED,
        content: stream('GenerationEvent', { 'From queued to completed': examples.eventStream }),
      },
      json(200, FOLLOWED, 'EventList'),
      { status: 204, description: 'You have seen the final event. Nothing follows.' },
    ],
    problems: ['generation_deleted', 'too_many_streams'],
  },
  followAccount: {
    query: eventsQuery,
    parameters: ['lastEventId'],
    answers: [
      json(200, PAGE_OR_STREAM, 'AccountEventList'),
      {
        status: 200,
        description: PAGE_OR_STREAM,
        content: stream('AccountEvent', { 'One deleted': examples.accountStream }),
      },
    ],
    problems: ['events_expired', 'too_many_streams'],
  },
  deleteGeneration: {
    answers: [json(200, 'It is deleted.', 'DeletedGeneration')],
    problems: ['not_deletable', 'generation_deleted'],
  },
  cancelGeneration: {
    answers: [
      json(202, 'fal has been asked to cancel, or will be.', 'Generation', {
        examples: { 'Cancel requested': examples.cancelRequested },
      }),
      json(200, 'It is canceled: it was not sent yet, or was canceled before.', 'Generation', {
        examples: { Canceled: examples.canceled },
      }),
    ],
    problems: ['generation_deleted', 'already_final', 'payload_too_large'],
  },
  retryGeneration: {
    parameters: ['idempotencyKey', 'prefer'],
    bodyIsOptional: true,
    body: 'RetryRequest',
    answers: createdAnswers('The new generation.'),
    problems: [...SPENDING, 'still_open', 'not_retryable', 'outcome_unknown'],
  },
  resolveGeneration: {
    body: 'ResolveRequest',
    answers: [
      json(200, 'The generation as it is now.', 'Generation', {
        examples: { 'fal has it': examples.inProgress },
      }),
    ],
    problems: ['generation_deleted', 'not_resolvable'],
  },
  shareGeneration: {
    body: 'ShareRequest',
    answers: [json(200, 'The link.', 'Share')],
    problems: ['no_video', 'generation_deleted'],
  },
  getVideo: {
    parameters: [
      required(optional('query', 'sig', 'The signature.', { pattern: '^[\\w-]{22}$' })),
      optional('query', 'expires', 'When a shared link expires, in seconds since 1970.', {
        pattern: '^\\d{10}$',
      }),
      optional('query', 'download', 'With any value: the browser saves the video as a file.', {
        pattern: '^.*$',
      }),
      optional('header', 'Range', 'One range of bytes.'),
      optional(
        'header',
        'If-Range',
        'The `ETag` of the part that you have. If the file is a different one, you get all of it.',
      ),
      'ifNoneMatch',
    ],
    answers: [
      { status: 200, description: 'The video.', content: video },
      { status: 206, description: 'The requested part.', content: video },
      { status: 304, description: NOT_MODIFIED },
    ],
    problems: [
      'not_found',
      'generation_deleted',
      'video_gone',
      'precondition_failed',
      'range_not_satisfiable',
      'internal_error',
      'video_unavailable',
      'not_configured',
      'unavailable',
    ],
  },
}
