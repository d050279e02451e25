/** `/v1/webhooks`, as callers need to know them. */
import { deliveriesQuery } from '../../../src/routes/webhooks.ts'
import type { ComponentName } from '../components.ts'
import type { HeaderName } from '../headers.ts'
import type { Operations } from '../types.ts'
import * as examples from '../webhook-examples.ts'
import { json, pageOf } from './answers.ts'

const VALUES = {
  Webhook: examples.webhook,
  CreatedWebhook: examples.created,
  WebhookList: { object: 'list', data: [examples.webhook] },
  DeletedWebhook: { id: examples.webhook.id, object: 'webhook', deleted: true },
  WebhookDelivery: examples.delivery,
  WebhookDeliveryList: pageOf([examples.delivery]),
  WebhookSecret: examples.accountSecret,
} satisfies Partial<Record<ComponentName, unknown>>

const answer = (
  schema: keyof typeof VALUES,
  description: string,
  status = 200,
  headers: readonly HeaderName[] = [],
) => json(status, description, schema, { [description]: VALUES[schema] }, headers)

export const webhookOperations: Operations = {
  'post /v1/webhooks': {
    id: 'createWebhook',
    summary: 'Create a webhook',
    description:
      'An address that receives what happens in the account, by [Standard Webhooks](https://www.standardwebhooks.com): a POST of `{type, timestamp, data}`, signed in the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. `data` is the generation as the API answers it, the schedule, its run, or the limit.\n\nAny 2xx within 15 seconds accepts a message; a redirect does not. It is tried nine times over about 24 hours, with growing pauses, and no sooner than a `Retry-After` says. It arrives at least once: the `webhook-id` tells a receiver which messages it already has. 410 disables the webhook at once, and so do three days without a delivery. An account has at most 100.',
    access: 'webhooks:write',
    body: {
      schema: 'WebhookRequest',
      examples: { 'Receive how generations end': examples.request },
    },
    answers: [
      answer('CreatedWebhook', 'Created, with its secret, shown this once.', 201, ['Location']),
    ],
    problems: ['limit_reached'],
  },
  'get /v1/webhooks': {
    id: 'listWebhooks',
    summary: 'List webhooks',
    description: 'All of them, newest first.',
    access: 'webhooks:read',
    answers: [answer('WebhookList', 'The webhooks.')],
  },
  'get /v1/webhooks/{id}': {
    id: 'getWebhook',
    summary: 'Get a webhook',
    description: 'Whether it is enabled, and if not, why.',
    access: 'webhooks:read',
    answers: [answer('Webhook', 'The webhook.')],
  },
  'patch /v1/webhooks/{id}': {
    id: 'updateWebhook',
    summary: 'Change, disable or enable a webhook',
    description:
      'What is left out stays as it is. Disabling a webhook cancels its pending messages; `resend` sends one after all.',
    access: 'webhooks:write',
    bodyIsOptional: true,
    body: { schema: 'WebhookUpdate', examples: { 'Enable it again': { enabled: true } } },
    answers: [answer('Webhook', 'The webhook as it is from now on.')],
  },
  'delete /v1/webhooks/{id}': {
    id: 'deleteWebhook',
    summary: 'Delete a webhook',
    description: 'Deletes it and its deliveries. Pending messages are not sent.',
    access: 'webhooks:write',
    answers: [answer('DeletedWebhook', 'It is deleted.')],
  },
  'post /v1/webhooks/{id}/rotate-secret': {
    id: 'rotateWebhookSecret',
    summary: 'Rotate the secret of a webhook',
    description:
      'For 24 hours messages are signed with both secrets, so that none is rejected meanwhile.',
    access: 'webhooks:write',
    answers: [answer('CreatedWebhook', 'The webhook, with its new secret, shown this once.')],
  },
  'post /v1/webhooks/{id}/test': {
    id: 'testWebhook',
    summary: 'Send a test message',
    description: 'Sends `webhook.test` now, and answers how it went.',
    access: 'webhooks:write',
    answers: [answer('WebhookDelivery', 'The delivery, after its first attempt.')],
    problems: ['webhook_disabled'],
  },
  'get /v1/webhooks/{id}/deliveries': {
    id: 'listWebhookDeliveries',
    summary: 'List deliveries',
    description: 'Newest first. Of those that are finished, the last hundred are kept.',
    access: 'webhooks:read',
    query: deliveriesQuery,
    answers: [answer('WebhookDeliveryList', 'A page.')],
  },
  'post /v1/webhooks/{id}/deliveries/{delivery_id}/resend': {
    id: 'resendWebhookDelivery',
    summary: 'Send a message again',
    description:
      'Sends the same message under the same `webhook-id`, now. If that fails, it is retried for about 24 hours more.',
    access: 'webhooks:write',
    answers: [answer('WebhookDelivery', 'The delivery, after this attempt.')],
    problems: ['webhook_disabled'],
  },
  'post /v1/accounts/{id}/webhook-secret': {
    id: 'rotateAccountWebhookSecret',
    summary: "Make or rotate the account's webhook secret",
    description:
      'This secret signs messages to the `webhook_url` of a generation or a schedule. For 24 hours messages are signed with the previous one as well.',
    access: 'admin',
    answers: [answer('WebhookSecret', 'The secret, shown this once.')],
  },
}
