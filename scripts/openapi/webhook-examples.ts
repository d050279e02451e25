/** Examples of webhooks and deliveries, rendered by the gateway's own code. */
import { webhook, webhookDelivery, type WebhookRequest } from '../../src/contract/webhook.ts'
import { EXAMPLE_ID, listOf, pageOf } from './examples.ts'
import { whole } from './whole.ts'

const request = {
  url: 'https://example.com/hooks/pika',
  events: ['generation.completed', 'generation.failed'],
} satisfies WebhookRequest
const id = EXAMPLE_ID.replace('gen', 'wh')
const one = whole(webhook, {
  ...request,
  id,
  description: '',
  enabled: true,
  created_at: '2026-11-23T10:00:00.000Z',
  updated_at: '2026-11-23T10:00:00.000Z',
})
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='
const previous_secret_until = '2026-11-24T10:00:00.000Z'
const delivery = whole(webhookDelivery, {
  id: EXAMPLE_ID.replace('gen', 'msg'),
  type: 'generation.completed',
  url: request.url,
  generation_id: EXAMPLE_ID,
  state: 'delivered',
  attempts: [{ at: '2026-11-23T10:00:31.000Z', took_ms: 84, status: 200, error: null, body: 'ok' }],
  created_at: '2026-11-23T10:00:31.000Z',
})

export const webhookRequests = {
  WebhookRequest: { 'Receive how generations end': request },
  WebhookUpdate: { 'Enable it again': { enabled: true } },
}
/** The summary is the description of the answer. */
export const webhookValues = {
  Webhook: one,
  CreatedWebhook: { ...one, secret, previous_secret_until: null },
  WebhookList: listOf([one]),
  DeletedWebhook: { id, object: 'webhook', deleted: true },
  WebhookDelivery: delivery,
  WebhookDeliveryList: pageOf([delivery]),
  WebhookSecret: { object: 'webhook_secret', secret, previous_secret_until },
}
