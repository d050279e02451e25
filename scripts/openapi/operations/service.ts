/** What answers besides the API: health, pages and files, and fal's webhooks. */
import { optional, required } from '../parameters.ts'
import type { Operation, Operations } from '../types.ts'
import { json, NOT_MODIFIED } from './answers.ts'

const page = (
  mediaType: string,
  description: string,
  problems: Operation['problems'] = [],
): Operation => {
  const schema = { type: mediaType === 'application/json' ? 'object' : 'string' }
  return {
    answers: [
      { status: 200, description, content: { [mediaType]: { schema } } },
      { status: 304, description: NOT_MODIFIED },
    ],
    problems,
  }
}

export const serviceOperations: Operations = {
  getHealth: {
    answers: [json(200, 'It is up.', 'Health')],
    problems: ['internal_error', 'not_configured'],
  },
  receiveFalWebhook: {
    parameters: ['Request-Id', 'User-Id', 'Timestamp', 'Signature'].map((name) =>
      required(
        optional('header', `X-Fal-Webhook-${name}`, "One of the four headers of fal's signature."),
      ),
    ),
    body: 'FalWebhook',
    answers: [json(200, 'Received. fal need not send it again.', 'CallbackOutcome')],
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
  getPlayground: page('text/html', 'The playground', ['not_found']),
  getDescription: page('application/json', 'This description'),
  getErrors: page('text/html', 'All errors'),
  getReference: page('text/html', 'The reference'),
  getSummaryForModels: page('text/plain', 'A summary for language models'),
}
