/** The headers that answers carry. */
import type { Schema } from './types.ts'

interface Header {
  readonly description: string
  readonly required?: true
  readonly schema: Schema
  readonly example: string | number
}

const text: Schema = { type: 'string' }
const seconds: Schema = { type: 'integer', minimum: 0 }

/** Every answer of the gateway carries `X-Request-Id`; the others where an answer names them. */
export const HEADERS = {
  'X-Request-Id': {
    description:
      'Names this request in the logs. The one you sent, if it is sound, else one made here.',
    required: true,
    schema: text,
    example: '8f14e45f-ceea-467f-a83f-b2d0a1d5b1c0',
  },
  'X-Fal-Request-Id': {
    description: "fal's own id of the request, once fal has taken it.",
    schema: text,
    example: '764cabcf-b745-4b3e-ae38-1200304cf45b',
  },
  Location: {
    description: 'Where the generation, or what else was made, can be read.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
    example: '/v1/generations/gen_01m836txt7gb5hjrvqqthaem5x',
  },
  'Idempotent-Replayed': {
    description:
      'Present if nothing new was made: this `Idempotency-Key` was known, or the same request had lost its connection.',
    schema: { type: 'string', const: 'true' },
    example: 'true',
  },
  'Preference-Applied': {
    description: 'How long the answer was held back at most, if `Prefer: wait` asked for it.',
    schema: { type: 'string', pattern: '^wait=\\d+$' },
    example: 'wait=60',
  },
  'Retry-After': {
    description: 'Seconds after which asking again makes sense.',
    schema: seconds,
    example: 5,
  },
  ETag: {
    description: 'Strong; of a generation, only once it is final. Send it as `If-None-Match`.',
    schema: text,
    example: '"gen_01m836txt7gb5hjrvqqthaem5x-completed-charged"',
  },
  'WWW-Authenticate': {
    description: 'How to authenticate.',
    schema: text,
    example: 'Bearer',
  },
  'X-Fal-Request-Timeout-Type': {
    description: "`user` tells fal's client not to send the request again: it was taken.",
    schema: { type: 'string', const: 'user' },
    example: 'user',
  },
} as const satisfies Record<string, Header>

export type HeaderName = keyof typeof HEADERS
