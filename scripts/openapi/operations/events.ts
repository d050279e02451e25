/** What happens to all of an account's generations. */
import { eventsQuery } from '../../../src/routes/events.ts'
import * as examples from '../examples.ts'
import { queryParameters } from '../query.ts'
import type { Operation } from '../types.ts'
import { ACCESS } from './problems.ts'

export const eventOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/events',
    id: 'followAccount',
    tag: 'Generations',
    summary: 'Follow an account',
    description: `Every change of state of every generation of the account, under one sequence of its own. Without \`Accept: text/event-stream\` the answer is a page, oldest first: ask again with its \`next_cursor\` as \`after\`, and nothing is lost or comes twice. Events are kept for 7 days; a cursor that is older is refused with \`events_expired\`. Numbers of deleted generations are missing.

With \`Accept: text/event-stream\` it is a stream, from now on or after \`Last-Event-ID\`. An account has at most 10 of them, and each ends after 15 minutes or with its key: come back with the last number. An open stream keeps the account's object awake, which is billed by duration: one that is open all day costs about 11,000 GB-s, most of what the Free plan has for a day. A page every few seconds costs far less.`,
    access: 'generations:read',
    parameters: [
      ...queryParameters(eventsQuery, {
        after: {
          description: 'The `next_cursor` of the page before, or `now`. Default: the oldest.',
        },
        limit: {
          description: 'How many at most. Default: 100.',
          schema: { type: 'integer', minimum: 1, maximum: 100 },
        },
        types: { description: 'Only these types, with commas between them.' },
      }),
      'lastEventId',
      'pikaAccount',
    ],
    answers: [
      {
        status: 200,
        description: 'A page of events, or a stream of them.',
        content: {
          'application/json': {
            schema: 'AccountEventList',
            examples: { page: { summary: 'A page', value: examples.accountEvents } },
          },
          'text/event-stream': {
            schema: {
              type: 'string',
              description: 'Server-sent events.',
              contentMediaType: 'text/event-stream',
              'x-event-schema': { $ref: '#/components/schemas/AccountEvent' },
            },
            examples: { stream: { summary: 'One deleted', value: examples.accountStream } },
          },
        },
      },
    ],
    problems: [...ACCESS, 'invalid_input', 'events_expired', 'too_many_streams'],
  },
]
