/** Outgoing webhooks: endpoints, what they are told, and what became of each delivery. */
import * as z from 'zod/mini'

export const WEBHOOK_EVENTS = [
  'generation.completed',
  'generation.failed',
  'generation.canceled',
  'generation.late_result',
  'schedule.paused',
  'schedule.run_failed',
  'budget.threshold_reached',
] as const
/** What an endpoint can be told of. */
export type WebhookEventType = (typeof WEBHOOK_EVENTS)[number]

/** Sent on demand, whatever an endpoint is subscribed to. */
export const TEST_EVENT = 'webhook.test'

/** An address to tell. Which hosts are allowed is for the gateway to say. */
export const webhookUrl = z
  .string({ error: 'must be a string' })
  .check(z.maxLength(2000, { error: 'may have at most 2000 characters' }))

const fields = {
  url: webhookUrl,
  /** Default: all of them. */
  events: z.optional(
    z
      .array(z.enum(WEBHOOK_EVENTS, { error: `must be one of ${WEBHOOK_EVENTS.join(', ')}` }), {
        error: 'must be a list of events',
      })
      .check(z.minLength(1, { error: 'must name at least one event' })),
  ),
  description: z.optional(
    z
      .string({ error: 'must be a string' })
      .check(z.maxLength(200, { error: 'may have at most 200 characters' })),
  ),
}
const object = { error: 'must be a JSON object' }

/** `POST /v1/webhooks`. */
export const webhookRequest = z.strictObject(fields, object)

/** `PATCH /v1/webhooks/:id`: what is left out stays as it is. */
export const webhookUpdate = z.strictObject(
  {
    ...fields,
    url: z.optional(webhookUrl),
    /** True enables one that was disabled, by whatever it was. */
    enabled: z.optional(z.boolean({ error: 'must be true or false' })),
  },
  object,
)

export const DISABLED_REASONS = ['requested', 'gone', 'failing', 'key_revoked'] as const
/** Why an endpoint is told nothing. */
export type DisabledReason = (typeof DISABLED_REASONS)[number]

export const webhook = z.object({
  id: z.string(),
  object: z.literal('webhook'),
  url: z.string(),
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  description: z.string(),
  enabled: z.boolean(),
  /** `gone`: it answered 410; `failing`: it took nothing for three days. Null while it is enabled. */
  disabled_reason: z.nullable(z.enum(DISABLED_REASONS)),
  /** Since when it takes nothing; null while it does. */
  failing_since: z.nullable(z.string()),
  created_at: z.string(),
  updated_at: z.string(),
})

/** What a secret is shown with, the once. */
const shownSecret = {
  /** Verifies what is sent, by any library of Standard Webhooks. Shown this once. */
  secret: z.string(),
  /** Until then, what is sent is signed with the secret before this one as well. */
  previous_secret_until: z.nullable(z.string()),
}
export const createdWebhook = z.object({ ...webhook.shape, ...shownSecret })
export const webhookSecret = z.object({ object: z.literal('webhook_secret'), ...shownSecret })

export const DELIVERY_STATES = ['pending', 'delivered', 'failed', 'canceled'] as const

export const webhookDelivery = z.object({
  /** The same on every attempt: the header `webhook-id`. */
  id: z.string(),
  object: z.literal('webhook_delivery'),
  type: z.enum([...WEBHOOK_EVENTS, TEST_EVENT]),
  url: z.string(),
  generation_id: z.nullable(z.string()),
  /** `canceled`: its endpoint was disabled before it could be delivered. */
  state: z.enum(DELIVERY_STATES),
  /** The newest of them, oldest first. */
  attempts: z.array(
    z.object({
      at: z.string(),
      took_ms: z.int(),
      /** Null where no answer came. */
      status: z.nullable(z.int()),
      /** Why none came. */
      error: z.nullable(z.enum(['timed_out', 'unreachable', 'url_refused'])),
      /** How the answer begins. */
      body: z.string(),
    }),
  ),
  /** Null once it is not tried again. */
  next_attempt_at: z.nullable(z.string()),
  created_at: z.string(),
})

/** What an endpoint is made from. */
export type WebhookRequest = z.output<typeof webhookRequest>
/** What of an endpoint is to change. */
export type WebhookUpdate = z.output<typeof webhookUpdate>
/** An address that is told what happens in an account. */
export type Webhook = z.infer<typeof webhook>
/** An endpoint as it is made, or its secret rotated. */
export type CreatedWebhook = z.infer<typeof createdWebhook>
/** The secret that signs what goes to a `webhook_url`. */
export type WebhookSecret = z.infer<typeof webhookSecret>
/** One message to one address, and what became of it. */
export type WebhookDelivery = z.infer<typeof webhookDelivery>
