/** The headers of answers. */
import type { Schema } from './types.ts'

const header = (
  description: string,
  example: string | number,
  more: { required?: true; schema?: Schema } = {},
) => ({ description, schema: { type: 'string' }, example, ...more })

/** Every answer carries `X-Request-Id`, and the others if it names them. */
export const HEADERS = {
  'X-Request-Id': header(
    'Identifies this request in the logs: the one you sent if it is well-formed, else a new one.',
    '8f14e45f-ceea-467f-a83f-b2d0a1d5b1c0',
    { required: true },
  ),
  'X-Fal-Request-Id': header(
    "fal's id of the request, once fal has accepted it.",
    '764cabcf-b745-4b3e-ae38-1200304cf45b',
  ),
  Location: header(
    'The path of what was created.',
    '/v1/generations/gen_01m836txt7gb5hjrvqqthaem5x',
    { required: true, schema: { type: 'string', format: 'uri-reference' } },
  ),
  'Idempotent-Replayed': header(
    'Present if nothing new was created: this `Idempotency-Key` was known, or this repeats a request whose connection broke.',
    'true',
    { schema: { type: 'string', const: 'true' } },
  ),
  'Preference-Applied': header(
    'The longest time for which the answer was delayed, if `Prefer: wait` asked for it.',
    'wait=60',
    { schema: { type: 'string', pattern: '^wait=\\d+$' } },
  ),
  'Retry-After': header('Try again after this many seconds.', 5, {
    schema: { type: 'integer', minimum: 0 },
  }),
  ETag: header(
    'Strong. A generation has one only once it is final. Send it as `If-None-Match`.',
    '"gen_01m836txt7gb5hjrvqqthaem5x-completed-charged"',
  ),
  'WWW-Authenticate': header('How to authenticate.', 'Bearer'),
  'X-Fal-Request-Timeout-Type': header(
    "`user` tells fal's client not to repeat the request, which was accepted.",
    'user',
    { schema: { type: 'string', const: 'user' } },
  ),
}

export type HeaderName = keyof typeof HEADERS

export const headerRefs = (names: readonly HeaderName[]): Schema =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
