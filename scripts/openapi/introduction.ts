/** What a reader should know before the first operation. */
import { problemTable } from './problems.ts'
import type { Schema } from './types.ts'

export const introduction =
  (): string => `pika-edge stands between your application and fal's queue, and makes one promise: **every accepted request becomes exactly one paid video, or one clear reason why not, and you learn which as soon as it is known.** The model is \`fal-ai/pika/v2.2/text-to-video\`.

## A first video

\`\`\`sh
curl "$GATEWAY/v1/generations" \\
  -H "Authorization: Bearer $PIKA_KEY" \\
  -H 'Content-Type: application/json' \\
  -H 'Idempotency-Key: my-first-video' \\
  -H 'Prefer: wait=60' \\
  -d '{"prompt": "Sunlight on a slow river"}'
\`\`\`

The answer is 200 when the video was ready within 60 seconds, and 202 when it was not: then follow \`/v1/generations/{id}/events\`, or read \`/v1/generations/{id}\` again after \`Retry-After\` seconds.

## What to rely on

- **Exactly once.** The request goes to fal once. With an \`Idempotency-Key\` you can send it as often as you like, and get the same generation. Without one, the gateway recognises a repeated request only if its connection broke before the answer was sent.
- **Final is final.** \`completed\`, \`failed\` and \`canceled\` never change.
- **Money is visible.** You get an estimate before, hard budgets during, and \`cost\` on every generation after.
- **Errors are data.** Every refusal is a problem document (RFC 9457) whose \`code\` is one of those below. On fal's own paths it has fal's shape instead.
- **Answers may gain fields.** Ignore those you do not know. Requests are strict: an unknown field is refused by name.

## Problems

${problemTable()}

\`method_not_allowed\` is the answer if the path exists but the method does not, \`not_found\` if the path does not exist.
`

export const SECURITY: Schema = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API key (`pika_…`) made by `POST /v1/keys`, or `ADMIN_KEY`, which has every scope and acts for the account `default`, or the one in `Pika-Account`.',
  },
  falKey: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: "The same keys, sent as fal's clients send theirs: `Authorization: Key pika_…`.",
  },
  clientSecret: {
    type: 'http',
    scheme: 'bearer',
    description:
      'The `client_secret` in the answer to creating a generation: for 24 hours it reads only that generation and its events.',
  },
}
