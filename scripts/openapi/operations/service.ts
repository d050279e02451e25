/** What answers beside the API: health, the description itself, and what fal calls. */
import * as examples from '../examples.ts'
import { EXAMPLE_ID } from '../parameters.ts'
import type { Operation } from '../types.ts'

export const serviceOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/healthz',
    id: 'getHealth',
    tag: 'Service',
    summary: 'Check the health',
    description:
      'Whether the gateway is configured, whether fal can reach it, and what is wrong beyond it. `degraded` is 200 all the same: what is asked is taken, and waits.',
    access: 'open',
    answers: [
      {
        status: 200,
        description: 'It is up.',
        content: {
          'application/json': {
            schema: 'Health',
            examples: {
              up: { summary: 'Up', value: { status: 'ok', webhooks: 'on', reasons: [] } },
              degraded: {
                summary: 'fal takes nothing',
                value: {
                  status: 'degraded',
                  webhooks: 'on',
                  reasons: [{ code: 'provider_unavailable', since: '2026-11-23T09:30:00.000Z' }],
                },
              },
            },
          },
        },
      },
    ],
    problems: ['internal_error', 'not_configured'],
  },
  {
    method: 'post',
    path: '/callbacks/fal/{account}/{generation}/{mac}',
    id: 'receiveFalWebhook',
    tag: 'Service',
    summary: "Take fal's webhook",
    description:
      'For fal alone. The address carries a code that only the gateway can make, and the body a signature of fal that is checked against its public keys.',
    access: 'open',
    parameters: [
      {
        name: 'account',
        in: 'path',
        required: true,
        description: 'The id of an account.',
        schema: { type: 'string' },
        example: 'default',
      },
      {
        name: 'generation',
        in: 'path',
        required: true,
        description: 'The id of a generation.',
        schema: { type: 'string' },
        example: EXAMPLE_ID,
      },
      {
        name: 'mac',
        in: 'path',
        required: true,
        description: 'The code.',
        schema: { type: 'string' },
        example: 'AAECAwQFBgcICQoLDA0ODw',
      },
      ...(['Request-Id', 'User-Id', 'Timestamp', 'Signature'] as const).map((name) => ({
        name: `X-Fal-Webhook-${name}`,
        in: 'header' as const,
        required: true,
        description: "One of the four headers that fal's signature covers or is in.",
        schema: { type: 'string' },
      })),
    ],
    body: {
      schema: 'FalWebhook',
      examples: {
        done: {
          summary: 'The video is there',
          value: {
            request_id: '764cabcf-b745-4b3e-ae38-1200304cf45b',
            gateway_request_id: '764cabcf-b745-4b3e-ae38-1200304cf45b',
            status: 'OK',
            payload: { video: { url: examples.completed.video.url } },
          },
        },
      },
    },
    answers: [
      {
        status: 200,
        description: 'Understood. fal need not send it again.',
        content: {
          'application/json': {
            schema: 'CallbackOutcome',
            examples: { taken: { summary: 'Taken', value: { outcome: 'taken' } } },
          },
        },
      },
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
]

const page = (
  path: string,
  id: string,
  summary: string,
  description: string,
  mediaType: string,
): Operation => ({
  method: 'get',
  path,
  id,
  tag: 'Service',
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
    { status: 304, description: 'It is what you hold already.' },
  ],
  problems: [],
})

/** Pages and files. But for the playground they are served as they are, without the Worker. */
export const pageOperations: readonly Operation[] = [
  {
    ...page(
      '/',
      'getPlayground',
      'The playground',
      'A page to make videos with and to look at them, for browsers: what does not ask for HTML is answered 404, as is everyone where `PLAYGROUND` is `off`.',
      'text/html',
    ),
    problems: ['not_found'],
  },
  page(
    '/openapi.json',
    'getDescription',
    'This description',
    'OpenAPI 3.1, as JSON.',
    'application/json',
  ),
  page(
    '/errors',
    'getErrors',
    'All errors',
    'Every code, to read: where `type` points.',
    'text/html',
  ),
  page('/docs', 'getReference', 'The reference', 'This description, to read.', 'text/html'),
  page(
    '/llms.txt',
    'getSummaryForModels',
    'A summary for language models',
    'What the gateway is and how to call it, in a page of Markdown.',
    'text/plain',
  ),
]
