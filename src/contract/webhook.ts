/** Outgoing webhooks: endpoints, their events, and their deliveries. */
import * as z from 'zod/mini'
import { body, someOf, text, yesOrNo } from './field.ts'

export const WEBHOOK_EVENTS = [
  'generation.completed',
  'generation.failed',
  'generation.canceled',
  'generation.late_result',
  'schedule.paused',
  'schedule.run_failed',
  'budget.threshold_reached',
] as const
/** The events that an endpoint can receive. */
export type WebhookEventType = (typeof WEBHOOK_EVENTS)[number]

/** Sent on demand, to any endpoint. */
export const TEST_EVENT = 'webhook.test'

/** Which hosts are allowed depends on the gateway, so it is not checked here. */
export const webhookUrl = text(2000)

const fields = {
  /**
   * Where messages go: https on port 443, with a host name. Not an IP address, a host that only a
   * local network knows, or the gateway itself. A gateway on loopback may send to loopback.
   * @example https://example.com/hooks/pika
   */
  url: webhookUrl,
  /** The events that it receives. Default: all of them. */
  events: z.optional(someOf(WEBHOOK_EVENTS, 'event')),
  /** What it is for, in your own words. */
  description: z.optional(text(200)),
}

/** The webhook to make. */
export const webhookRequest = body(fields)

/** What to change. Absent fields stay as they are. */
export const webhookUpdate = body({
  ...fields,
  url: z.optional(webhookUrl),
  /** False disables it; true enables it again, whatever disabled it. */
  enabled: z.optional(yesOrNo),
})

export const DISABLED_REASONS = ['requested', 'gone', 'failing', 'key_revoked'] as const
/** Why an endpoint is disabled. */
export type DisabledReason = (typeof DISABLED_REASONS)[number]

/** A URL that receives what happens in an account. */
export const webhook = z.object({
  /**
   * The id.
   * @pattern ^wh_[0-9a-hjkmnp-tv-z]{26}$
   */
  id: z.string(),
  object: z.literal('webhook'),
  url: z.string(),
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  description: z.string(),
  /** Whether it receives messages. */
  enabled: z.boolean(),
  /**
   * Why it is disabled: someone asked for it (`requested`), it answered 410 (`gone`), it accepted
   * nothing for three days (`failing`), or the key that made it was revoked (`key_revoked`). Null
   * while it is enabled.
   */
  disabled_reason: z.nullable(z.enum(DISABLED_REASONS)),
  /** Since when deliveries fail; null while they succeed. */
  failing_since: z.nullable(z.string()),
  /** When it was made. */
  created_at: z.string(),
  /** When it was last changed. */
  updated_at: z.string(),
})

/** How a secret is shown, only once. */
const shownSecret = {
  /** The key that signs its messages, for any library of Standard Webhooks. Shown only once. */
  secret: z.string(),
  /** Until then the previous secret also signs messages. Null if there is none. */
  previous_secret_until: z.nullable(z.string()),
}
/** A webhook, and the secret that signs its messages. */
export const createdWebhook = z.object({ ...webhook.shape, ...shownSecret })
/** The secret that signs messages to the `webhook_url` of generations and schedules. */
export const webhookSecret = z.object({ object: z.literal('webhook_secret'), ...shownSecret })

export const DELIVERY_STATES = ['pending', 'delivered', 'failed', 'canceled'] as const

/** One message to one URL, and its delivery. */
export const webhookDelivery = z.object({
  /**
   * The header `webhook-id`, the same on every attempt.
   * @pattern ^msg_[0-9a-hjkmnp-tv-z]{26}$
   */
  id: z.string(),
  object: z.literal('webhook_delivery'),
  /** The event that it carries. */
  type: z.enum([...WEBHOOK_EVENTS, TEST_EVENT]),
  /** Where it goes. */
  url: z.string(),
  /** The generation that it is about; null if none. */
  generation_id: z.nullable(z.string()),
  /**
   * `pending` while it is tried, `delivered` after a 2xx, `failed` if none came in about 24 hours,
   * `canceled` if the webhook was disabled before.
   */
  state: z.enum(DELIVERY_STATES),
  /** The last twelve attempts, oldest first. */
  attempts: z.array(
    z.object({
      /**
       * When it was sent.
       * @format date-time
       */
      at: z.string(),
      /** How long it took, in milliseconds. */
      took_ms: z.int(),
      /** The status of the answer; null if there was none. */
      status: z.nullable(z.int()),
      /** Why there was no answer; null if there was one. */
      error: z.nullable(z.enum(['timed_out', 'unreachable', 'url_refused'])),
      /** The beginning of the answer. */
      body: z.string(),
    }),
  ),
  /** When it is tried next; null if it is not. */
  next_attempt_at: z.nullable(z.string()),
  /** When it happened. */
  created_at: z.string(),
})

/** The endpoint to create. */
export type WebhookRequest = z.output<typeof webhookRequest>
/** Changes to an endpoint. */
export type WebhookUpdate = z.output<typeof webhookUpdate>
/** A URL that receives what happens in an account. */
export type Webhook = z.infer<typeof webhook>
/** A new endpoint, or its rotated secret. */
export type CreatedWebhook = z.infer<typeof createdWebhook>
/** The secret that signs messages to a `webhook_url`. */
export type WebhookSecret = z.infer<typeof webhookSecret>
/** One message to one URL, and its delivery. */
export type WebhookDelivery = z.infer<typeof webhookDelivery>
