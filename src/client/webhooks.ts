/** Calls about outgoing webhooks, one typed method for each route. */
import type {
  CreatedWebhook,
  Webhook,
  WebhookDelivery,
  WebhookRequest,
  WebhookUpdate,
} from '../contract/webhook.ts'
import type { CallOptions, Connection, Page, PageOptions } from './connection.ts'

/** All webhooks of an account, which has a hundred at most. */
export interface WebhookList {
  readonly object: 'list'
  readonly data: readonly Webhook[]
}

/**
 * These calls need the scopes `webhooks:read` and `webhooks:write`. Each throws `PikaError`: the
 * gateway's refusal, or `network`.
 */
export interface Webhooks {
  /**
   * Makes an endpoint. Its `secret`, shown only this once, verifies messages with any Standard
   * Webhooks library. Sent once: if its answer is lost, `list` shows whether it was made.
   *
   * @example
   * const { secret } = await pika.webhooks.create({ url: 'https://example.com/hooks/pika' })
   * @see https://www.standardwebhooks.com
   */
  readonly create: (request: WebhookRequest, options?: CallOptions) => Promise<CreatedWebhook>
  /** All endpoints of the account, newest first. */
  readonly list: (options?: CallOptions) => Promise<WebhookList>
  readonly get: (id: string, options?: CallOptions) => Promise<Webhook>
  /** Changes, disables or enables it. Omitted fields stay as they are. */
  readonly update: (id: string, changes: WebhookUpdate, options?: CallOptions) => Promise<Webhook>
  /** Deletes it and its deliveries. Messages that are still waiting are not sent. */
  readonly delete: (id: string, options?: CallOptions) => Promise<void>
  /** Makes a new secret, shown only this once. The old one also verifies for another 24 hours. */
  readonly rotateSecret: (id: string, options?: CallOptions) => Promise<CreatedWebhook>
  /** Sends `webhook.test` now, and returns the result within 20 seconds. */
  readonly test: (id: string, options?: CallOptions) => Promise<WebhookDelivery>
  /** The messages sent to it, newest first; with the id `account`, to any `webhook_url`. */
  readonly deliveries: (id: string, options?: PageOptions) => Promise<Page<WebhookDelivery>>
  /** Sends a message again under its own `webhook-id`, and returns the result. */
  readonly resend: (
    id: string,
    deliveryId: string,
    options?: CallOptions,
  ) => Promise<WebhookDelivery>
}

export const createWebhooks = ({ ask, askOnce, get, page, remove }: Connection): Webhooks => ({
  create: (request, options) => askOnce('POST', ['webhooks'], request, options),
  list: (options) => get(['webhooks'], options),
  get: (id, options) => get(['webhooks', id], options),
  update: (id, changes, options) => ask('PATCH', ['webhooks', id], changes, options),
  delete: (id, options) => remove(['webhooks', id], options),
  rotateSecret: (id, options) => askOnce('POST', ['webhooks', id, 'rotate-secret'], {}, options),
  test: (id, options) => askOnce('POST', ['webhooks', id, 'test'], {}, options),
  deliveries: (id, options) => page(['webhooks', id, 'deliveries'], options),
  resend: (id, deliveryId, options) =>
    ask('POST', ['webhooks', id, 'deliveries', deliveryId, 'resend'], {}, options),
})
