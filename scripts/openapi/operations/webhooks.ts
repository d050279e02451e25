/** `/v1/webhooks`, as callers need to know them. */
import type {
  CreatedWebhook,
  Webhook,
  WebhookDelivery,
  WebhookSecret,
} from '../../../src/contract/webhook.ts'
import { deliveriesQuery } from '../../../src/routes/webhooks.ts'
import { EXAMPLE_ID } from '../parameters.ts'
import { queryParameters } from '../query.ts'
import type { Answer, Operation, Parameter } from '../types.ts'
import { accountId } from './account.ts'
import { ACCESS, BODY } from './problems.ts'

const TAG = 'Webhooks'

const request = {
  url: 'https://example.com/hooks/pika',
  events: ['generation.completed', 'generation.failed'],
} as const
const webhook: Webhook = {
  id: 'wh_01m836txt7gb5hjrvqqthaem5x',
  object: 'webhook',
  url: request.url,
  events: [...request.events],
  description: '',
  enabled: true,
  disabled_reason: null,
  failing_since: null,
  created_at: '2026-11-23T10:00:00.000Z',
  updated_at: '2026-11-23T10:00:00.000Z',
}
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='
const created: CreatedWebhook = { ...webhook, secret, previous_secret_until: null }
const accountSecret: WebhookSecret = {
  object: 'webhook_secret',
  secret,
  previous_secret_until: '2026-11-24T10:00:00.000Z',
}
const delivery: WebhookDelivery = {
  id: 'msg_01m836txt7gb5hjrvqqthaem5x',
  object: 'webhook_delivery',
  type: 'generation.completed',
  url: request.url,
  generation_id: EXAMPLE_ID,
  state: 'delivered',
  attempts: [{ at: '2026-11-23T10:00:31.000Z', took_ms: 84, status: 200, error: null, body: 'ok' }],
  next_attempt_at: null,
  created_at: '2026-11-23T10:00:31.000Z',
}

const webhookId = (forms = 'wh_[0-9a-hjkmnp-tv-z]{26}'): Parameter => ({
  name: 'id',
  in: 'path',
  required: true,
  description: 'The id of a webhook.',
  schema: { type: 'string', pattern: `^${forms}$` },
  example: webhook.id,
})
/** What is sent to a `webhook_url` has no webhook of its own. */
const withOwn: Parameter = {
  ...webhookId('(wh_[0-9a-hjkmnp-tv-z]{26}|account)'),
  description: 'The id of a webhook; or `account`, for what went to a `webhook_url`.',
}
const deliveryId: Parameter = {
  name: 'delivery_id',
  in: 'path',
  required: true,
  description: 'The id of a delivery.',
  schema: { type: 'string', pattern: '^msg_[0-9a-hjkmnp-tv-z]{26}$' },
  example: delivery.id,
}

const json = (schema: keyof typeof VALUES, status: number, description: string): Answer => ({
  status,
  description,
  content: {
    'application/json': {
      schema,
      examples: { example: { summary: description, value: VALUES[schema] } },
    },
  },
})
const VALUES = {
  Webhook: webhook,
  CreatedWebhook: created,
  WebhookList: { object: 'list', data: [webhook] },
  DeletedWebhook: { id: webhook.id, object: 'webhook', deleted: true },
  WebhookDelivery: delivery,
  WebhookDeliveryList: { object: 'list', data: [delivery], has_more: false, next_cursor: null },
  WebhookSecret: accountSecret,
}

export const webhookOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/webhooks',
    id: 'createWebhook',
    tag: TAG,
    summary: 'Create a webhook',
    description:
      'An address that is told what happens in the account, by [Standard Webhooks](https://www.standardwebhooks.com): a POST of `{type, timestamp, data}`, signed in the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. `data` is the generation as the API answers it, the schedule, its run, or the limit.\n\nAny 2xx within 15 seconds takes a message; a redirect does not. It is tried nine times over about 24 hours, with growing pauses, and no sooner than a `Retry-After` says. It arrives at least once: a receiver tells what it has had by `webhook-id`. 410 disables the webhook at once, three days without a delivery disable it as well. An account has at most 100.',
    access: 'webhooks:write',
    parameters: ['pikaAccount'],
    body: {
      schema: 'WebhookRequest',
      examples: { ends: { summary: 'Told how generations end', value: request } },
    },
    answers: [
      {
        ...json('CreatedWebhook', 201, 'Made, with its secret, shown this once.'),
        headers: ['Location'],
      },
    ],
    problems: [...ACCESS, ...BODY, 'limit_reached'],
  },
  {
    method: 'get',
    path: '/v1/webhooks',
    id: 'listWebhooks',
    tag: TAG,
    summary: 'List webhooks',
    description: 'All of them, the newest first.',
    access: 'webhooks:read',
    parameters: ['pikaAccount'],
    answers: [json('WebhookList', 200, 'The webhooks.')],
    problems: ACCESS,
  },
  {
    method: 'get',
    path: '/v1/webhooks/{id}',
    id: 'getWebhook',
    tag: TAG,
    summary: 'Get a webhook',
    description: 'Whether it is enabled, and if not, why.',
    access: 'webhooks:read',
    parameters: [webhookId(), 'pikaAccount'],
    answers: [json('Webhook', 200, 'The webhook.')],
    problems: [...ACCESS, 'not_found'],
  },
  {
    method: 'patch',
    path: '/v1/webhooks/{id}',
    id: 'updateWebhook',
    tag: TAG,
    summary: 'Change, disable or enable a webhook',
    description:
      'What is left out stays as it is. What a disabled webhook was still to be told is canceled; `resend` sends it after all.',
    access: 'webhooks:write',
    parameters: [webhookId(), 'pikaAccount'],
    bodyIsOptional: true,
    body: {
      schema: 'WebhookUpdate',
      examples: { enable: { summary: 'Enable it again', value: { enabled: true } } },
    },
    answers: [json('Webhook', 200, 'The webhook as it is from now on.')],
    problems: [...ACCESS, ...BODY, 'not_found'],
  },
  {
    method: 'delete',
    path: '/v1/webhooks/{id}',
    id: 'deleteWebhook',
    tag: TAG,
    summary: 'Delete a webhook',
    description: 'Forgets it and its deliveries. What it was still to be told is not sent.',
    access: 'webhooks:write',
    parameters: [webhookId(), 'pikaAccount'],
    answers: [json('DeletedWebhook', 200, 'It is gone.')],
    problems: [...ACCESS, 'not_found'],
  },
  {
    method: 'post',
    path: '/v1/webhooks/{id}/rotate-secret',
    id: 'rotateWebhookSecret',
    tag: TAG,
    summary: 'Rotate the secret of a webhook',
    description: 'For 24 hours messages are signed with both, so that none is rejected meanwhile.',
    access: 'webhooks:write',
    parameters: [webhookId(), 'pikaAccount'],
    answers: [json('CreatedWebhook', 200, 'The webhook, with its new secret, shown this once.')],
    problems: [...ACCESS, 'not_found'],
  },
  {
    method: 'post',
    path: '/v1/webhooks/{id}/test',
    id: 'testWebhook',
    tag: TAG,
    summary: 'Send a test message',
    description: 'Sends `webhook.test` now, and answers what came of it.',
    access: 'webhooks:write',
    parameters: [webhookId(), 'pikaAccount'],
    answers: [json('WebhookDelivery', 200, 'The delivery, after its first attempt.')],
    problems: [...ACCESS, 'not_found', 'webhook_disabled'],
  },
  {
    method: 'get',
    path: '/v1/webhooks/{id}/deliveries',
    id: 'listWebhookDeliveries',
    tag: TAG,
    summary: 'List deliveries',
    description: 'Newest first; of those that are over, the last hundred are kept.',
    access: 'webhooks:read',
    parameters: [
      withOwn,
      ...queryParameters(deliveriesQuery, {
        limit: {
          description: 'How many at most.',
          schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
        },
        cursor: { description: 'Where the page before this one ended.' },
      }),
      'pikaAccount',
    ],
    answers: [json('WebhookDeliveryList', 200, 'A page.')],
    problems: [...ACCESS, 'not_found', 'invalid_input'],
  },
  {
    method: 'post',
    path: '/v1/webhooks/{id}/deliveries/{delivery_id}/resend',
    id: 'resendWebhookDelivery',
    tag: TAG,
    summary: 'Send a message again',
    description:
      'The same message under the same `webhook-id`, now; if it fails, it is tried for about 24 hours more.',
    access: 'webhooks:write',
    parameters: [withOwn, deliveryId, 'pikaAccount'],
    answers: [json('WebhookDelivery', 200, 'The delivery, after this attempt.')],
    problems: [...ACCESS, 'not_found', 'webhook_disabled'],
  },
  {
    method: 'post',
    path: '/v1/accounts/{id}/webhook-secret',
    id: 'rotateAccountWebhookSecret',
    tag: TAG,
    summary: "Make or rotate the account's webhook secret",
    description:
      'Signs what goes to the `webhook_url` of a generation or a schedule. For 24 hours messages are signed with the one before as well.',
    access: 'admin',
    parameters: [accountId, 'pikaAccount'],
    answers: [json('WebhookSecret', 200, 'The secret, shown this once.')],
    problems: [...ACCESS, 'not_found'],
  },
]
