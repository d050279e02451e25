/** What answers beside the API: health, pages and files, and what fal calls. */
import * as examples from '../examples.ts'
import { optional } from '../parameters.ts'
import type { Operation, Operations } from '../types.ts'
import { json, NOT_MODIFIED } from './answers.ts'

const page = (id: string, summary: string, description: string, mediaType: string): Operation => ({
  id,
  summary,
  description,
  access: 'open',
  answers: [
    {
      status: 200,
      description: summary,
      content: {
        [mediaType]: { schema: { type: mediaType === 'application/json' ? 'object' : 'string' } },
      },
    },
    { status: 304, description: NOT_MODIFIED },
  ],
})

export const serviceOperations: Operations = {
  'get /healthz': {
    id: 'getHealth',
    summary: 'Check the health',
    description:
      'Whether the gateway is configured, whether fal can reach it, and what is wrong outside of it. `degraded` is a 200 as well: requests are accepted, and wait.',
    access: 'open',
    answers: [
      json(200, 'It is up.', 'Health', {
        Up: { status: 'ok', webhooks: 'on', reasons: [] },
        'fal accepts nothing': {
          status: 'degraded',
          webhooks: 'on',
          reasons: [{ code: 'provider_unavailable', since: '2026-11-23T09:30:00.000Z' }],
        },
      }),
    ],
    problems: ['internal_error', 'not_configured'],
  },
  'post /callbacks/fal/{account}/{generation}/{mac}': {
    id: 'receiveFalWebhook',
    summary: "Receive fal's webhook",
    description:
      "For fal alone. The address carries a code that only the gateway can make, and the body fal's signature, which is checked against fal's public keys.",
    access: 'open',
    parameters: (['Request-Id', 'User-Id', 'Timestamp', 'Signature'] as const).map((name) => ({
      ...optional('header', `X-Fal-Webhook-${name}`, "One of the four headers of fal's signature."),
      required: true,
    })),
    body: {
      schema: 'FalWebhook',
      examples: {
        'The video is ready': {
          request_id: examples.EXAMPLE_FAL_ID,
          gateway_request_id: examples.EXAMPLE_FAL_ID,
          status: 'OK',
          payload: { video: { url: examples.completed.video.url } },
        },
      },
    },
    answers: [
      json(200, 'Understood. fal need not send it again.', 'CallbackOutcome', {
        Taken: { outcome: 'taken' },
      }),
    ],
    problems: [
      'malformed_json',
      'unauthorized',
      'not_found',
      'payload_too_large',
      'internal_error',
      'not_configured',
      'unavailable',
    ],
  },
  'get /': {
    ...page(
      'getPlayground',
      'The playground',
      'A page that makes and shows videos, for browsers. A request that does not ask for HTML gets 404, and so does everyone if `PLAYGROUND` is `off`.',
      'text/html',
    ),
    problems: ['not_found'],
  },
  'get /openapi.json': page(
    'getDescription',
    'This description',
    'OpenAPI 3.1, as JSON.',
    'application/json',
  ),
  'get /errors': page(
    'getErrors',
    'All errors',
    'Every code, to read: where `type` points.',
    'text/html',
  ),
  'get /docs': page('getReference', 'The reference', 'This description, to read.', 'text/html'),
  'get /llms.txt': page(
    'getSummaryForModels',
    'A summary for language models',
    'What the gateway is and how to call it, in a page of Markdown.',
    'text/plain',
  ),
}
