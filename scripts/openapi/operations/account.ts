/** What an account is, may spend and has spent, and who holds its keys. */
import { usageQuery } from '../../../src/routes/accounts.ts'
import * as examples from '../examples.ts'
import { queryParameters } from '../query.ts'
import type { Answer, Operation, Parameter } from '../types.ts'
import { ACCESS, BODY } from './problems.ts'

export const accountId: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'The id of an account.',
  schema: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' },
  example: 'acme',
}

const accountAnswer: Answer = {
  status: 200,
  description: 'The account as it is now.',
  content: {
    'application/json': {
      schema: 'Account',
      examples: { account: { summary: 'With a daily budget', value: examples.account } },
    },
  },
}

const keyAnswer = (description: string, value: unknown): Answer => ({
  status: 200,
  description,
  content: {
    'application/json': { schema: 'Key', examples: { key: { summary: description, value } } },
  },
})

export const accountOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/models',
    id: 'listModels',
    tag: 'Account',
    summary: 'List models',
    description: 'The values that may be asked for, what they are by default, and the prices.',
    access: 'any_key',
    parameters: ['pikaAccount'],
    answers: [
      {
        status: 200,
        description: 'The one model, with its prices.',
        content: {
          'application/json': {
            schema: 'ModelList',
            examples: { models: { summary: 'Pika 2.2', value: examples.models } },
          },
        },
      },
    ],
    problems: ACCESS,
  },
  {
    method: 'get',
    path: '/v1/usage',
    id: 'getUsage',
    tag: 'Account',
    summary: 'Get the usage',
    description: 'What was spent, by day, key, schedule and status. By default, this month so far.',
    access: 'generations:read',
    parameters: [
      ...queryParameters(usageQuery, {
        from: {
          description: "The first day, by the account's time zone.",
          schema: { type: 'string', format: 'date' },
        },
        to: { description: 'The last day, included.', schema: { type: 'string', format: 'date' } },
        include: { description: '`by_user`: tells your own end users apart as well.' },
      }),
      'pikaAccount',
    ],
    answers: [
      {
        status: 200,
        description: 'The usage.',
        content: {
          'application/json': {
            schema: 'Usage',
            examples: { usage: { summary: 'A month so far', value: examples.usage } },
          },
        },
      },
    ],
    problems: [...ACCESS, 'invalid_input'],
  },
  {
    method: 'get',
    path: '/v1/me',
    id: 'getOwnKey',
    tag: 'Account',
    summary: 'Get the key you use',
    description: 'Whose key this is, and what it may do.',
    access: 'any_key',
    parameters: ['pikaAccount'],
    answers: [keyAnswer('The key of this request', examples.key)],
    problems: [...ACCESS, 'not_found'],
  },
  {
    method: 'get',
    path: '/v1/accounts/{id}',
    id: 'getAccount',
    tag: 'Account',
    summary: 'Get an account',
    description: 'Its budgets, limits and time zone. `ADMIN_KEY` reads any, another key its own.',
    access: 'admin',
    parameters: [accountId, 'pikaAccount'],
    answers: [accountAnswer],
    problems: [...ACCESS, 'not_found'],
  },
  {
    method: 'put',
    path: '/v1/accounts/{id}',
    id: 'updateAccount',
    tag: 'Account',
    summary: 'Change an account',
    description: 'What is left out stays as it is; null takes a limit away.',
    access: 'admin',
    parameters: [accountId, 'pikaAccount'],
    body: {
      schema: 'AccountUpdate',
      examples: { budget: { summary: 'Set a budget', value: examples.accountUpdate } },
    },
    answers: [accountAnswer],
    problems: [...ACCESS, ...BODY, 'not_found'],
  },
  {
    method: 'post',
    path: '/v1/accounts/{id}/after-restore',
    id: 'afterRestore',
    tag: 'Account',
    summary: 'Mark what a restored backup holds unsent',
    description:
      "To be called within an hour after an account was restored from a backup, with `ACCEPT=off` since before that. What is unsent in the backup may have been sent since: it becomes unconfirmed, is looked for in fal's history, and is never sent again. Times of schedules that are over are skipped, since they may have run. Calling it again marks nothing more. For `ADMIN_KEY` alone.",
    access: 'admin',
    parameters: [accountId, 'pikaAccount'],
    answers: [
      {
        status: 200,
        description: 'What was marked.',
        content: {
          'application/json': {
            schema: 'AfterRestore',
            examples: {
              restored: {
                summary: 'Two were unsent in the backup',
                value: {
                  object: 'after_restore',
                  account_id: 'acme',
                  marked: 2,
                  unconfirmed: 3,
                },
              },
            },
          },
        },
      },
    ],
    problems: [...ACCESS, 'not_found', 'still_accepting'],
  },
  {
    method: 'post',
    path: '/v1/keys',
    id: 'createKey',
    tag: 'Keys',
    summary: 'Make a key',
    description:
      'The account begins to exist with its first key, and has at most 1,000: the oldest that has ended makes room. A key with the scope `admin` makes keys for its own account alone, with no scope that it does not have itself.',
    access: 'admin',
    parameters: ['pikaAccount'],
    body: {
      schema: 'KeyRequest',
      examples: {
        website: { summary: 'A key that may spend $5 a day', value: examples.keyRequest },
      },
    },
    answers: [
      {
        status: 201,
        description: 'The key, shown this once.',
        content: {
          'application/json': {
            schema: 'CreatedKey',
            examples: { key: { summary: 'With the key itself', value: examples.createdKey } },
          },
        },
      },
    ],
    problems: [...ACCESS, ...BODY, 'limit_reached'],
  },
  {
    method: 'get',
    path: '/v1/keys',
    id: 'listKeys',
    tag: 'Keys',
    summary: 'List keys',
    description: 'The keys of the account, those that have ended included.',
    access: 'admin',
    parameters: ['pikaAccount'],
    answers: [
      {
        status: 200,
        description: 'The keys.',
        content: {
          'application/json': {
            schema: 'KeyList',
            examples: {
              keys: { summary: 'One key', value: { object: 'list', data: [examples.key] } },
            },
          },
        },
      },
    ],
    problems: ACCESS,
  },
  {
    method: 'delete',
    path: '/v1/keys/{id}',
    id: 'revokeKey',
    tag: 'Keys',
    summary: 'Revoke a key',
    description:
      'Ends it for spending at once. For a minute more it may read what has settled, and nothing else.',
    access: 'admin',
    parameters: [
      {
        name: 'id',
        in: 'path',
        required: true,
        description: 'The id of a key, which is not the key.',
        schema: { type: 'string' },
        example: 'key_01m836txt7gb5hjrvqqthaem5x',
      },
      'pikaAccount',
    ],
    answers: [
      keyAnswer('The key as it ended', {
        ...examples.key,
        state: 'revoked',
        revoked_at: '2026-11-23T10:00:00.000Z',
      }),
    ],
    problems: [...ACCESS, 'not_found'],
  },
]
