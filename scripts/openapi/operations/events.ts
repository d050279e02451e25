/** What happens to all of an account's generations. */
import { eventsQuery } from '../../../src/routes/events.ts'
import * as examples from '../examples.ts'
import type { Operations } from '../types.ts'
import { stream } from './answers.ts'

export const eventOperations: Operations = {
  'get /v1/events': {
    id: 'followAccount',
    summary: 'Follow an account',
    description: `Every change of state of every generation of the account, in one sequence of its own. Without \`Accept: text/event-stream\` the answer is a page, oldest first. Ask again with its \`next_cursor\` as \`after\`: nothing is lost and nothing comes twice. Events are kept for 7 days; an older cursor is refused with \`events_expired\`. The numbers of deleted generations are missing.

With \`Accept: text/event-stream\` it is a stream, from now on or after \`Last-Event-ID\`. An account has at most 10 of them, and each ends after 15 minutes or with its key: come back with the last number. An open stream keeps the account's object awake, which is billed by duration: one that is open all day costs about 11,000 GB-s, most of what the Free plan has for a day. A page every few seconds costs far less.`,
    access: 'generations:read',
    query: eventsQuery,
    parameters: ['lastEventId'],
    answers: [
      {
        status: 200,
        description: 'A page of events, or a stream of them.',
        content: {
          'application/json': {
            schema: 'AccountEventList',
            examples: { 'A page': examples.accountEvents },
          },
          ...stream('AccountEvent', { 'One deleted': examples.accountStream }),
        },
      },
    ],
    problems: ['events_expired', 'too_many_streams'],
  },
}
