/**
 * The parameters that several operations share. Headers that are better left out have no
 * example: the reference would send it along.
 */
import type { Parameter, Schema } from './types.ts'

const generationId: Schema = { type: 'string', pattern: '^gen_[0-9a-hjkmnp-tv-z]{26}$' }

/** What a generation's id looks like in examples. */
export const EXAMPLE_ID = 'gen_01m836txt7gb5hjrvqqthaem5x'

export const PARAMETERS = {
  generationId: {
    name: 'id',
    in: 'path',
    required: true,
    description: 'The id of a generation.',
    schema: generationId,
    example: EXAMPLE_ID,
  },
  falRequest: {
    name: 'id',
    in: 'path',
    required: true,
    description: 'The `request_id` that submitting answered, which is the id of a generation.',
    schema: generationId,
    example: EXAMPLE_ID,
  },
  logs: {
    name: 'logs',
    in: 'query',
    required: false,
    description: '`1` asks for the lines that the model wrote while it rendered.',
    schema: { type: 'string', enum: ['0', '1', 'true', 'false'] },
  },
  pikaAccount: {
    name: 'Pika-Account',
    in: 'header',
    required: false,
    description: 'The account to act for. For `ADMIN_KEY` alone; without it that is `default`.',
    schema: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' },
  },
  idempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      "Makes sending this again safe, and is the one sure way: until 24 hours after the generation has ended, the same request under the same key answers with that generation, as it is by then. For a schedule, that is 24 hours after it was made. Another request under the same key is refused. A request that was refused by validation, access or budget does not claim its key.\n\nWithout a key, a request that spends and whose connection breaks before the answer has left is remembered for 60 seconds: the next identical one (API key, route and body) is answered with its generation, once. A break after the answer has left cannot be seen, and the request sent again is paid for again. fal's clients send again by themselves and no key, unless you name one: `fal.queue.submit(model, { input, headers: { 'Idempotency-Key': 'scene-7' } })` in JavaScript (`fal.subscribe` too), `fal_client.submit(model, arguments, headers={\"Idempotency-Key\": \"scene-7\"})` in Python (`subscribe` and `run` too).",
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  },
  prefer: {
    name: 'Prefer',
    in: 'header',
    required: false,
    description:
      '`wait`, or `wait=<seconds>` (at most 60): holds the answer back until the generation has ended. Without it the answer comes once fal has taken the request, or after 10 seconds.',
    schema: { type: 'string' },
    example: 'wait=60',
  },
  ifNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: 'An `ETag` that you hold: if nothing has changed, the answer is 304.',
    schema: { type: 'string' },
  },
  lastEventId: {
    name: 'Last-Event-ID',
    in: 'header',
    required: false,
    description: 'The number of the last event that you have: what follows begins after it.',
    schema: { type: 'string', pattern: '^\\d{1,15}$' },
  },
} as const satisfies Record<string, Parameter>

export type ParameterName = keyof typeof PARAMETERS
