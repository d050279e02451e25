/** Outgoing webhooks of the gateway, one typed method a route. */
import type {
  CreatedWebhook,
  Webhook,
  WebhookDelivery,
  WebhookRequest,
  WebhookUpdate,
} from '../contract/webhook.ts'
import {
  type Ask,
  askOnce,
  askToDelete,
  type CallOptions,
  type Page,
  type PageOptions,
  query,
} from './ask.ts'
import type { Call } from './connection.ts'

/** The webhooks of an account: all of them, since there are a hundred at most. */
export interface WebhookList {
  readonly object: 'list'
  readonly data: readonly Webhook[]
}

/**
 * It takes the scopes `webhooks:read` and `webhooks:write`. Each throws `PikaError`, with the
 * gateway's refusal or `network`.
 */
export interface Webhooks {
  /**
   * Makes an endpoint. Its `secret`, shown this once, verifies messages with any library of
   * Standard Webhooks. Sent once: a lost answer may have made one, which `list` shows.
   *
   * @example
   * const { secret } = await pika.webhooks.create({ url: 'https://example.com/hooks/pika' })
   * @see https://www.standardwebhooks.com
   */
  readonly create: (request: WebhookRequest, options?: CallOptions) => Promise<CreatedWebhook>
  /** All endpoints of the account, the newest first. */
  readonly list: (options?: CallOptions) => Promise<WebhookList>
  /** One endpoint: whether it is enabled, and if not, why. */
  readonly get: (id: string, options?: CallOptions) => Promise<Webhook>
  /** Changes, disables or enables it. What is left out stays as it is. */
  readonly update: (id: string, changes: WebhookUpdate, options?: CallOptions) => Promise<Webhook>
  /** Forgets it and its deliveries. What it was still to be told is not sent. */
  readonly delete: (id: string, options?: CallOptions) => Promise<void>
  /** Gives it a new secret, shown this once. For 24 hours the one before verifies as well. */
  readonly rotateSecret: (id: string, options?: CallOptions) => Promise<CreatedWebhook>
  /** Sends `webhook.test` now, and answers what came of it after 20 seconds at most. */
  readonly test: (id: string, options?: CallOptions) => Promise<WebhookDelivery>
  /** What was sent to it, the newest first; with the id `account`, to any `webhook_url`. */
  readonly deliveries: (id: string, options?: PageOptions) => Promise<Page<WebhookDelivery>>
  /** Sends a message again under its own `webhook-id`, and answers what came of it. */
  readonly resend: (
    id: string,
    deliveryId: string,
    options?: CallOptions,
  ) => Promise<WebhookDelivery>
}

export const createWebhooks = (ask: Ask, call: Call): Webhooks => ({
  create: (request, options) => askOnce(call, 'POST', PATH, request, options),
  list: (options) => ask('GET', PATH, undefined, options),
  get: (id, options) => ask('GET', pathOf(id), undefined, options),
  update: (id, changes, options) => ask('PATCH', pathOf(id), changes, options),
  delete: (id, options) => askToDelete(call, pathOf(id), options),
  rotateSecret: (id, options) => askOnce(call, 'POST', `${pathOf(id)}/rotate-secret`, {}, options),
  test: (id, options) => askOnce(call, 'POST', `${pathOf(id)}/test`, {}, options),
  deliveries: (id, { limit, cursor, ...options } = {}) =>
    ask('GET', `${pathOf(id)}/deliveries${query({ limit, cursor })}`, undefined, options),
  resend: (id, deliveryId, options) =>
    ask('POST', `${pathOf(id)}/deliveries/${encodeURIComponent(deliveryId)}/resend`, {}, options),
})

const PATH = '/v1/webhooks'
const pathOf = (id: string): string => `${PATH}/${encodeURIComponent(id)}`
