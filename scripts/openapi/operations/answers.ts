/** Helpers to describe answers. */
import { accountExamples } from '../account-examples.ts'
import type { ComponentName } from '../components.ts'
import { generationExamples } from '../examples.ts'
import { falExamples } from '../fal-examples.ts'
import type { HeaderName } from '../headers.ts'
import { scheduleExamples } from '../schedule-examples.ts'
import { schemaRef } from '../schemas.ts'
import type { Answer, Content, Examples } from '../types.ts'
import { webhookRequests, webhookValues } from '../webhook-examples.ts'

type ByComponent<T> = Readonly<Partial<Record<ComponentName, T>>>

const EXAMPLES: ByComponent<Examples> = {
  ...generationExamples,
  ...accountExamples,
  ...scheduleExamples,
  ...webhookRequests,
  ...falExamples,
}
const VALUES: ByComponent<unknown> = webhookValues

/** A schema's examples: those of its name, or its single value with the given summary. */
export const examplesOf = (schema: ComponentName, words = ''): Examples =>
  EXAMPLES[schema] ?? { [words]: VALUES[schema] }

export const json = (
  status: number,
  description: string,
  schema: ComponentName,
  {
    headers = [],
    examples = examplesOf(schema, description),
  }: { headers?: readonly HeaderName[]; examples?: Examples } = {},
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

export const NOT_MODIFIED = 'Your version is current.'
