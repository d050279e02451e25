/**
 * The parameters that several operations share, and those of paths. Headers that are better omitted
 * have no example, since the reference would send it.
 */
import { ID_FORM } from '../../src/contract/id.ts'
import { EXAMPLE_FAL_ID, EXAMPLE_ID } from './examples.ts'
import { inlineSchema } from './schemas.ts'
import type { Parameter, Query } from './types.ts'

export const optional = (
  place: 'header' | 'query',
  name: string,
  description: string,
  rest: { pattern?: string; enum?: string[] } = {},
): Parameter => ({
  name,
  in: place,
  required: false,
  description,
  schema: { type: 'string', ...rest },
})

export const required = (parameter: Parameter): Parameter => ({ ...parameter, required: true })

export const PARAMETERS = {
  logs: optional('query', 'logs', '`1` adds the lines that the model wrote while rendering.', {
    enum: ['0', '1', 'true', 'false'],
  }),
  pikaAccount: optional(
    'header',
    'Pika-Account',
    'The account to act for. Only for `ADMIN_KEY`; the default is `default`.',
    { pattern: `^${ID_FORM.account}$` },
  ),
  idempotencyKey: optional(
    'header',
    'Idempotency-Key',
    "Makes it safe to repeat the request, and is the only reliable way. Until 24 hours after the generation has ended, the same request with the same key is answered with that generation in its present state. For a schedule, this lasts 24 hours from its creation. A different request with the same key is refused. A request that was refused by validation, access or budget does not use up its key.\n\nWithout a key, the gateway remembers a request that spends for 60 seconds if its connection breaks before the answer was sent: the next identical one (API key, route and body) is answered with its generation, once. A break after that is invisible, and a repeated request is paid for again. fal's clients retry on their own, and without a key unless you set one: `fal.queue.submit(model, { input, headers: { 'Idempotency-Key': 'scene-7' } })` in JavaScript (`fal.subscribe` too), `fal_client.submit(model, arguments, headers={\"Idempotency-Key\": \"scene-7\"})` in Python (`subscribe` and `run` too).",
    { pattern: '^[\\x21-\\x7e]{1,255}$' },
  ),
  prefer: {
    ...optional(
      'header',
      'Prefer',
      '`wait`, or `wait=<seconds>` (at most 60): delays the answer until the generation has ended. Without it, the answer comes once fal has answered the submit, or after 10 seconds.',
    ),
    example: 'wait=60',
  },
  ifNoneMatch: optional(
    'header',
    'If-None-Match',
    'An `ETag` that you have: if nothing has changed, the answer is 304.',
  ),
  lastEventId: optional(
    'header',
    'Last-Event-ID',
    'The number of the last event you have. The answer begins after it.',
    { pattern: '^\\d{1,15}$' },
  ),
} as const satisfies Record<string, Parameter>

export type ParameterName = keyof typeof PARAMETERS

const likeId = (prefix: string): string => EXAMPLE_ID.replace('gen', prefix)

/** By the part of the path before them; the first match counts. */
const PATH_PARAMETERS: readonly [at: string, description: string, form: string, example: string][] =
  [
    ['/v1/generations/{id}', 'The id of a generation.', ID_FORM.generation, EXAMPLE_ID],
    ['/{generation}', 'The id of a generation.', ID_FORM.generation, EXAMPLE_ID],
    [
      '/queue/fal-ai/pika/requests/{id}',
      'The `request_id` from the submit. It is the id of a generation.',
      ID_FORM.generation,
      EXAMPLE_ID,
    ],
    ['/requests/{fal_request_id}', "fal's id of the request.", '[\\w-]{1,128}', EXAMPLE_FAL_ID],
    ['/schedules/{id}', 'The id of a schedule.', ID_FORM.schedule, likeId('sch')],
    [
      '/webhooks/{id}/deliveries',
      'The id of a webhook, or `account` for messages to a `webhook_url`.',
      `(${ID_FORM.webhook}|account)`,
      likeId('wh'),
    ],
    ['/webhooks/{id}', 'The id of a webhook.', ID_FORM.webhook, likeId('wh')],
    ['/{delivery_id}', 'The id of a delivery.', ID_FORM.message, likeId('msg')],
    ['/keys/{id}', 'The id of a key, which is not the key itself.', '[\\w-]+', likeId('key')],
    ['/accounts/{id}', 'The id of an account.', ID_FORM.account, 'acme'],
    ['/{account}', 'The id of an account.', ID_FORM.account, 'default'],
    ['/{mac}', 'The MAC.', '[\\w-]+', 'AAECAwQFBgcICQoLDA0ODw'],
    [
      '/{file}',
      'The id of a generation, and `.mp4`.',
      `${ID_FORM.generation}\\.mp4`,
      `${EXAMPLE_ID}.mp4`,
    ],
  ]

/** The parameters that a path names. */
export const pathParameters = (path: string): Parameter[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const known = PATH_PARAMETERS.find(([at]) => at.includes(`{${name}}`) && path.includes(at))
    if (known === undefined) throw new Error(`nothing says what ${name} in ${path} is`)
    const [, description, form, example] = known
    const schema = { type: 'string', pattern: `^${form}$` }
    return { name, in: 'path', required: true, description, schema, example }
  })

/** What the refinement of a `limit` allows. */
const COUNT = { type: 'integer', minimum: 1, maximum: 100 }

/** The parameters of a query, derived from the schema that validates it. */
export const queryParameters = (query: Query): Parameter[] =>
  Object.entries(query.def.innerType.shape).map(([name, field]) => {
    const { description, ...schema } = inlineSchema(name, field)
    if (typeof description !== 'string') throw new Error(`${name} of a query has no doc comment`)
    return {
      name,
      in: 'query',
      required: false,
      description,
      schema: { ...schema, ...(name === 'limit' ? COUNT : {}) },
    }
  })
