/** What an account is, may spend and has spent, and who holds its keys. */
import { usageQuery } from '../../../src/routes/accounts.ts'
import * as examples from '../examples.ts'
import type { Operations } from '../types.ts'
import { json } from './answers.ts'

const account = json(200, 'The account as it is now.', 'Account', {
  'With a daily budget': examples.account,
})

export const accountOperations: Operations = {
  'get /v1/models': {
    id: 'listModels',
    summary: 'List models',
    description: 'The allowed values, their defaults, and the prices.',
    access: 'any_key',
    answers: [
      json(200, 'The one model, with its prices.', 'ModelList', { 'Pika 2.2': examples.models }),
    ],
  },
  'get /v1/usage': {
    id: 'getUsage',
    summary: 'Get the usage',
    description: 'What was spent, by day, key, schedule and status. By default, this month so far.',
    access: 'generations:read',
    query: usageQuery,
    answers: [json(200, 'The usage.', 'Usage', { 'A month so far': examples.usage })],
  },
  'get /v1/me': {
    id: 'getOwnKey',
    summary: 'Get the key you use',
    description: 'Whose key this is, and what it may do.',
    access: 'any_key',
    answers: [
      json(200, 'The key of this request.', 'Key', { 'The key of this request': examples.key }),
    ],
    problems: ['not_found'],
  },
  'get /v1/accounts/{id}': {
    id: 'getAccount',
    summary: 'Get an account',
    description:
      'Its budgets, limits and time zone. `ADMIN_KEY` reads any account, another key only its own.',
    access: 'admin',
    answers: [account],
  },
  'put /v1/accounts/{id}': {
    id: 'updateAccount',
    summary: 'Change an account',
    description: 'What is left out stays as it is; null removes a limit.',
    access: 'admin',
    body: { schema: 'AccountUpdate', examples: { 'Set a budget': examples.accountUpdate } },
    answers: [account],
  },
  'post /v1/accounts/{id}/after-restore': {
    id: 'afterRestore',
    summary: 'Mark what a restored backup holds unsent',
    description:
      "To be called within an hour after an account was restored from a backup, with `ACCEPT=off` since before that. What is unsent in the backup may have been sent since: it becomes unconfirmed, is looked for in fal's history, and is never sent again. Times of schedules that are over are skipped, since they may have run. Calling it again marks nothing more. For `ADMIN_KEY` alone.",
    access: 'admin',
    answers: [
      json(200, 'What was marked.', 'AfterRestore', {
        'Two were unsent in the backup': {
          object: 'after_restore',
          account_id: 'acme',
          marked: 2,
          unconfirmed: 3,
        },
      }),
    ],
    problems: ['not_found', 'still_accepting'],
  },
}

export const keyOperations: Operations = {
  'post /v1/keys': {
    id: 'createKey',
    summary: 'Make a key',
    description:
      'The account begins to exist with its first key, and has at most 1,000: the oldest that has ended makes room. A key with the scope `admin` makes keys for its own account alone, and only with scopes that it has itself.',
    access: 'admin',
    body: {
      schema: 'KeyRequest',
      examples: { 'A key that may spend $5 a day': examples.keyRequest },
    },
    answers: [
      json(201, 'The key, shown this once.', 'CreatedKey', {
        'With the key itself': examples.createdKey,
      }),
    ],
    problems: ['limit_reached'],
  },
  'get /v1/keys': {
    id: 'listKeys',
    summary: 'List keys',
    description: 'The keys of the account, including expired and revoked ones.',
    access: 'admin',
    answers: [
      json(200, 'The keys.', 'KeyList', { 'One key': { object: 'list', data: [examples.key] } }),
    ],
  },
  'delete /v1/keys/{id}': {
    id: 'revokeKey',
    summary: 'Revoke a key',
    description:
      'The key stops spending at once. For another minute it may read settled generations, and nothing else.',
    access: 'admin',
    answers: [
      json(200, 'The key, now revoked.', 'Key', {
        Revoked: { ...examples.key, state: 'revoked', revoked_at: '2026-11-23T10:00:00.000Z' },
      }),
    ],
  },
}
