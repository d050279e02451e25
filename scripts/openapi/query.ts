/** The parameters of a query string, read off the schema that validates it. */
import type * as z from 'zod/mini'
import { inlineSchema } from './schemas.ts'
import type { Parameter, Schema } from './types.ts'

interface Known {
  readonly description: string
  /** What the schema's own checks cannot say as JSON Schema. */
  readonly schema?: Schema
}

/** One parameter a field, each of which `known` must describe. */
export const queryParameters = <S extends Readonly<Record<string, z.core.$ZodType>>>(
  schema: z.ZodMiniOptional<z.ZodMiniObject<S>>,
  known: { readonly [F in keyof S & string]: Known },
): Parameter[] => {
  const { shape } = schema.def.innerType
  return (Object.keys(known) as (keyof S & string)[]).map((name) => {
    const field = shape[name]
    if (field === undefined) throw new Error(`${name} is not in the query`)
    return {
      name,
      in: 'query',
      required: false,
      description: known[name].description,
      schema: known[name].schema ?? inlineSchema(field),
    }
  })
}
