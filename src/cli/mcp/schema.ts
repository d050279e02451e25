/** Schemas of the contract, as the protocol's library takes them. */
import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import * as z from 'zod/mini'

/** zod/mini checks; what it describes as JSON Schema has to be asked for. */
export const told = <Schema extends z.ZodMiniType>(
  schema: Schema,
): StandardSchemaWithJSON<z.input<Schema>, z.output<Schema>> => {
  const describe = (io: 'input' | 'output') => () =>
    // What is transformed on its way in is told as it comes in.
    z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'any' })
  const jsonSchema = { input: describe('input'), output: describe('output') }
  return { '~standard': { ...schema['~standard'], jsonSchema } }
}
