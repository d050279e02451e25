/** Answers, as operations write them down. */
import type { ComponentName } from '../components.ts'
import type { HeaderName } from '../headers.ts'
import { schemaRef } from '../schemas.ts'
import type { Answer, Content, Examples } from '../types.ts'

/** JSON, by what it shows. */
export const json = (
  status: number,
  description: string,
  schema: ComponentName,
  examples: Examples,
  headers: readonly HeaderName[] = [],
): Answer => ({
  status,
  description,
  headers,
  content: { 'application/json': { schema, examples } },
})

/** Server-sent events whose `data` is JSON of one schema. */
export const stream = (
  event: ComponentName,
  examples: Examples,
): Readonly<Record<string, Content>> => ({
  'text/event-stream': {
    schema: {
      type: 'string',
      description: 'Server-sent events.',
      contentMediaType: 'text/event-stream',
      'x-event-schema': schemaRef(event),
    },
    examples,
  },
})

export const pageOf = (data: readonly unknown[]) => ({
  object: 'list',
  data,
  has_more: false,
  next_cursor: null,
})

export const NOT_MODIFIED = 'What you have is current.'
