/** The fields of refusals, and of what is not the API's own business. */
import { type Fields, usd } from './field.ts'

export const SERVICE_FIELDS = {
  Health: {
    status:
      'Everything that it needs is configured. `degraded` where something beyond the gateway is wrong, which `reasons` names.',
    reasons: 'What is wrong beyond the gateway.',
    'reasons[].code':
      '`provider_unavailable`: fal takes nothing at present, and something waits for it. `fal_account_changed`: the answers of fal may be those of another fal account than open generations were sent with, so that a 404 says nothing of them. `history_refused`: the key of fal may not read the request history, in which lost answers are looked for. `billing_refused`: fal does not let `FAL_BILLING_KEY` read what it charged.',
    'reasons[].since': 'Since when.',
    webhooks:
      'Whether fal can reach the gateway. While off, only the request history of fal can find a request whose answer is lost; with a seed of the caller it fails at once as `submission_unconfirmed`.',
  },
  CallbackOutcome: {
    outcome: '`ignored` where it named another request than the known one, or nothing that exists.',
  },
  Problem: {
    type: 'What the code means: a path of the gateway, to open in a browser.',
    title: 'The code in words, the same every time.',
    status: 'The status of the answer.',
    detail: 'What happened this time.',
    instance: 'The path that was asked for.',
    code: 'What to branch on.',
    request_id: 'The `X-Request-Id` of the answer.',
    retryable: 'Whether the same request can succeed later with nothing changed by you.',
    errors: 'Every field that is wrong, not only the first.',
    'errors[].path': 'Which; empty is the body as a whole.',
    'errors[].message': 'Why.',
    generation_id: 'The generation that this is about.',
    listening_until:
      "Until when that generation may still turn up, where fal's no is no proof that it did not take it.",
    cost: 'The limit that is in the way.',
    'cost.needed_usd': usd('what this needs'),
    'cost.left_usd': usd('what is left'),
    'cost.limit_usd': usd('how much it allows'),
    'cost.limit': 'Which one.',
    'cost.resets_at': 'When it starts afresh.',
  },
} as const satisfies Record<string, Fields>
