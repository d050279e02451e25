/** The fields of outgoing webhooks and their deliveries. */
import { type Fields, LIST, PAGE } from './field.ts'

const ASKED: Fields = {
  url: {
    description:
      'Where messages go: https on port 443, by name. Not an IP address, a host that only one network knows, or the gateway itself. A gateway on loopback may tell addresses on loopback.',
    examples: ['https://example.com/hooks/pika'],
  },
  events: 'What it is told of. By default: everything.',
  description: 'What it is for, in your own words.',
}

const KEPT: Fields = {
  ...ASKED,
  id: { description: 'Its id.', pattern: '^wh_[0-9a-hjkmnp-tv-z]{26}$' },
  object: 'Always `webhook`.',
  enabled: 'Whether it is told anything.',
  disabled_reason:
    'Why it is told nothing: somebody asked for it (`requested`), it answered 410 (`gone`), it took nothing for three days (`failing`), or the key that made it was revoked (`key_revoked`). Null while it is enabled.',
  failing_since: 'Since when it takes nothing; null while it does.',
  created_at: 'When it was made.',
  updated_at: 'When it was last changed.',
}

const SECRET: Fields = {
  secret:
    'What its messages are signed with: give it to any library of Standard Webhooks. Shown this once.',
  previous_secret_until:
    'Until then messages are signed with the secret before this one as well. Null where there is none.',
}

export const WEBHOOK_URL: Fields = {
  webhook_url:
    "Told how it ends, beside the account's webhooks, and signed with the account's own webhook secret. The same addresses are allowed.",
}

const DELIVERY: Fields = {
  id: {
    description: 'The header `webhook-id`, which is the same on every attempt.',
    pattern: '^msg_[0-9a-hjkmnp-tv-z]{26}$',
  },
  object: 'Always `webhook_delivery`.',
  type: 'What it tells.',
  url: 'Where it goes.',
  generation_id: 'The generation that it is about; null where it is about none.',
  state:
    '`pending` while it is tried, `delivered` once a 2xx has come, `failed` where none came in about 24 hours, `canceled` where the webhook was disabled before.',
  attempts: 'The last twelve of them, oldest first.',
  'attempts[].at': { description: 'When.', format: 'date-time' },
  'attempts[].took_ms': 'How long, in milliseconds.',
  'attempts[].status': 'What was answered; null where nothing was.',
  'attempts[].error': 'Why nothing was answered; null where something was.',
  'attempts[].body': 'How the answer begins.',
  next_attempt_at: 'When it is tried next; null once it is not.',
  created_at: 'When it happened.',
}

export const WEBHOOK_FIELDS = {
  WebhookRequest: ASKED,
  WebhookUpdate: {
    ...ASKED,
    enabled: 'False disables it; true enables it again, whatever disabled it.',
  },
  Webhook: KEPT,
  CreatedWebhook: { ...KEPT, ...SECRET },
  WebhookList: LIST,
  DeletedWebhook: { id: 'What its id was.', object: 'Always `webhook`.', deleted: 'Always true.' },
  WebhookDelivery: DELIVERY,
  WebhookDeliveryList: PAGE,
  WebhookSecret: { object: 'Always `webhook_secret`.', ...SECRET },
} as const satisfies Record<string, Fields>
