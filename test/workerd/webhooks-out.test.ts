import { beforeEach, expect, it } from 'vitest'
import { Webhook as Verifier } from 'standardwebhooks'
import type { CreatedWebhook, WebhookDelivery } from '../../src/contract/webhook.ts'
import { call, create, deliverAll, eventually, freshWorld, post, read } from './harness.ts'
import type { Received } from './receiver.ts'

freshWorld()

const RECEIVER = 'https://receiver.test/'
beforeEach(async () => void (await fetch(RECEIVER, { method: 'DELETE' })))

const received = async (): Promise<Received[]> => (await fetch(RECEIVER)).json()

const endpoint = async (body: Record<string, unknown>): Promise<CreatedWebhook> => {
  const response = await post('/v1/webhooks', { url: 'https://a.receiver.test/ok', ...body })
  expect(response.status).toBe(201)
  return response.json()
}

const deliveries = async (id: string): Promise<WebhookDelivery[]> => {
  const response = await call(`/v1/webhooks/${id}/deliveries`)
  return (await response.json<{ data: WebhookDelivery[] }>()).data
}

it('tells an endpoint of an end, in a message that Standard Webhooks verifies', async () => {
  const { id, secret } = await endpoint({ events: ['generation.completed'] })
  const made = await create()
  await deliverAll()
  const [message] = await eventually(async () => {
    const all = await received()
    return all.length === 1 && all
  })
  const body = new Verifier(secret).verify(message?.body ?? '', message?.headers ?? {})
  expect(body).toEqual({
    type: 'generation.completed',
    timestamp: expect.any(String),
    data: await read(made.id),
  })
  const log = await eventually(async () => {
    const all = await deliveries(id)
    return all[0]?.state === 'delivered' && all
  })
  expect(log).toEqual([
    {
      id: message?.headers['webhook-id'],
      object: 'webhook_delivery',
      type: 'generation.completed',
      url: 'https://a.receiver.test/ok',
      generation_id: made.id,
      state: 'delivered',
      attempts: [
        {
          at: expect.any(String),
          took_ms: expect.any(Number),
          status: 200,
          error: null,
          body: 'thanks',
        },
      ],
      next_attempt_at: null,
      created_at: expect.any(String),
    },
  ])
})
