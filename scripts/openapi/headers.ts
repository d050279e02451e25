/** The headers that answers carry. */
import type { Schema } from './types.ts'

const header = (
  description: string,
  example: string | number,
  more: { required?: true; schema?: Schema } = {},
) => ({ description, schema: { type: 'string' }, example, ...more })

/** Every answer of the gateway carries `X-Request-Id`; the others where an answer names them. */
export const HEADERS = {
  'X-Request-Id': header(
    'Names this request in the logs. The one you sent, if it is sound, else one made here.',
    '8f14e45f-ceea-467f-a83f-b2d0a1d5b1c0',
    { required: true },
  ),
  'X-Fal-Request-Id': header(
    "fal's own id of the request, once fal has taken it.",
    '764cabcf-b745-4b3e-ae38-1200304cf45b',
  ),
  Location: header(
    'Where the generation, or what else was made, can be read.',
    '/v1/generations/gen_01m836txt7gb5hjrvqqthaem5x',
    { required: true, schema: { type: 'string', format: 'uri-reference' } },
  ),
  'Idempotent-Replayed': header(
    'Present if nothing new was made: this `Idempotency-Key` was known, or the same request had lost its connection.',
    'true',
    { schema: { type: 'string', const: 'true' } },
  ),
  'Preference-Applied': header(
    'How long the answer was held back at most, if `Prefer: wait` asked for it.',
    'wait=60',
    { schema: { type: 'string', pattern: '^wait=\\d+$' } },
  ),
  'Retry-After': header('Seconds after which asking again makes sense.', 5, {
    schema: { type: 'integer', minimum: 0 },
  }),
  ETag: header(
    'Strong; of a generation, only once it is final. Send it as `If-None-Match`.',
    '"gen_01m836txt7gb5hjrvqqthaem5x-completed-charged"',
  ),
  'WWW-Authenticate': header('How to authenticate.', 'Bearer'),
  'X-Fal-Request-Timeout-Type': header(
    "`user` tells fal's client not to send the request again: it was taken.",
    'user',
    { schema: { type: 'string', const: 'user' } },
  ),
}

export type HeaderName = keyof typeof HEADERS

export const headerRefs = (names: readonly HeaderName[]): Schema =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
