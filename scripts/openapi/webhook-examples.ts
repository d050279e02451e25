/** Webhooks and deliveries as they really come. */
import type {
  CreatedWebhook,
  Webhook,
  WebhookDelivery,
  WebhookSecret,
} from '../../src/contract/webhook.ts'
import { EXAMPLE_ID } from './examples.ts'

export const request = {
  url: 'https://example.com/hooks/pika',
  events: ['generation.completed', 'generation.failed'],
} as const
export const webhook: Webhook = {
  id: EXAMPLE_ID.replace('gen', 'wh'),
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
export const created: CreatedWebhook = { ...webhook, secret, previous_secret_until: null }
export const accountSecret: WebhookSecret = {
  object: 'webhook_secret',
  secret,
  previous_secret_until: '2026-11-24T10:00:00.000Z',
}
export const delivery: WebhookDelivery = {
  id: EXAMPLE_ID.replace('gen', 'msg'),
  object: 'webhook_delivery',
  type: 'generation.completed',
  url: request.url,
  generation_id: EXAMPLE_ID,
  state: 'delivered',
  attempts: [{ at: '2026-11-23T10:00:31.000Z', took_ms: 84, status: 200, error: null, body: 'ok' }],
  next_attempt_at: null,
  created_at: '2026-11-23T10:00:31.000Z',
}
