/** Operations on accounts, keys, schedules and webhooks. */
import { usageQuery } from '../../../src/routes/accounts.ts'
import { runsQuery, schedulesQuery } from '../../../src/routes/schedules.ts'
import { deliveriesQuery } from '../../../src/routes/webhooks.ts'
import { revokedKey } from '../account-examples.ts'
import type { Operations } from '../types.ts'
import { json } from './answers.ts'
import { createdAnswers } from './generations.ts'
import { SPENDING } from './problems.ts'

const account = json(200, 'The account as it is now.', 'Account')

export const accountOperations: Operations = {
  listModels: { answers: [json(200, 'The model, with its prices.', 'ModelList')] },
  getUsage: { query: usageQuery, answers: [json(200, 'The usage.', 'Usage')] },
  getOwnKey: {
    answers: [json(200, 'The key of this request.', 'Key')],
    problems: ['not_found'],
  },
  getAccount: { answers: [account] },
  updateAccount: { body: 'AccountUpdate', answers: [account] },
  afterRestore: {
    answers: [json(200, 'What was marked.', 'AfterRestore')],
    problems: ['still_accepting'],
  },
  createKey: {
    body: 'KeyRequest',
    answers: [json(201, 'The key, shown only once.', 'CreatedKey')],
    problems: ['limit_reached'],
  },
  listKeys: { answers: [json(200, 'The keys.', 'KeyList')] },
  getKey: { answers: [json(200, 'The key.', 'Key')] },
  revokeKey: {
    answers: [json(200, 'The key, now revoked.', 'Key', { examples: { Revoked: revokedKey } })],
  },
}

export const scheduleOperations: Operations = {
  createSchedule: {
    parameters: ['idempotencyKey'],
    body: 'ScheduleRequest',
    answers: [
      json(201, 'Created, with its next five times and its monthly cost.', 'Schedule', {
        headers: ['Location'],
      }),
    ],
    problems: ['idempotency_key_reused', 'limit_reached'],
  },
  previewSchedule: {
    body: 'SchedulePreviewRequest',
    answers: [json(200, 'The preview.', 'SchedulePreview')],
  },
  listSchedules: { query: schedulesQuery, answers: [json(200, 'A page.', 'ScheduleList')] },
  getSchedule: { answers: [json(200, 'The schedule.', 'Schedule')] },
  updateSchedule: {
    bodyIsOptional: true,
    body: 'ScheduleUpdate',
    answers: [json(200, 'The schedule as it is from now on.', 'Schedule')],
  },
  deleteSchedule: { answers: [json(200, 'It is deleted.', 'DeletedSchedule')] },
  runSchedule: {
    parameters: ['idempotencyKey', 'prefer'],
    answers: createdAnswers('Accepted.'),
    problems: [...SPENDING, 'payload_too_large'],
  },
  listScheduleRuns: { query: runsQuery, answers: [json(200, 'A page.', 'ScheduleRunList')] },
}

export const webhookOperations: Operations = {
  createWebhook: {
    body: 'WebhookRequest',
    answers: [
      json(201, 'Created, with its secret, shown only once.', 'CreatedWebhook', {
        headers: ['Location'],
      }),
    ],
    problems: ['limit_reached'],
  },
  listWebhooks: { answers: [json(200, 'The webhooks.', 'WebhookList')] },
  getWebhook: { answers: [json(200, 'The webhook.', 'Webhook')] },
  updateWebhook: {
    bodyIsOptional: true,
    body: 'WebhookUpdate',
    answers: [json(200, 'The webhook as it is from now on.', 'Webhook')],
  },
  deleteWebhook: { answers: [json(200, 'It is deleted.', 'DeletedWebhook')] },
  rotateWebhookSecret: {
    answers: [json(200, 'The webhook, with its new secret, shown only once.', 'CreatedWebhook')],
  },
  testWebhook: {
    answers: [json(200, 'The delivery, after its first attempt.', 'WebhookDelivery')],
    problems: ['webhook_disabled'],
  },
  listWebhookDeliveries: {
    query: deliveriesQuery,
    answers: [json(200, 'A page.', 'WebhookDeliveryList')],
  },
  resendWebhookDelivery: {
    answers: [json(200, 'The delivery, after this attempt.', 'WebhookDelivery')],
    problems: ['webhook_disabled'],
  },
  rotateAccountWebhookSecret: {
    answers: [json(200, 'The secret, shown only once.', 'WebhookSecret')],
  },
}
