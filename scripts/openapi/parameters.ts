/** Parameters, and the headers of answers: `parameters.md`, as data. */
import { ID_FORM } from '../../src/contract/id.ts'
import { readSections } from '../docs/read-tables.ts'
import { inlineSchema } from './schemas.ts'
import type { Query, Schema } from './types.ts'

const [shared = [], ofPaths = [], ofAnswers = []] = readSections(
  new URL('parameters.md', import.meta.url),
).map(({ rows }) =>
  rows.map(([key = '', place = '', text = '', cell = '{}', example = '']) => {
    const forms = cell.replaceAll(/\{(\w+)\}/g, (all, name: string) =>
      name in ID_FORM ? Reflect.get(ID_FORM, name).replaceAll('\\', '\\\\') : all,
    )
    const schema: Schema = { type: 'string', ...JSON.parse(forms) }
    const [name, where, required] = place.split(' ').toReversed()
    const described: Schema = {
      description: text.replaceAll('<br>', '\n\n'),
      schema,
      ...(example !== '' && { example: schema['type'] === 'string' ? example : Number(example) }),
    }
    return {
      key,
      header: { ...described, ...(place === 'required' && { required: true }) },
      parameter: { name, in: where, required: required !== undefined, ...described },
    }
  }),
)

/** Those that operations share, by their names in the description. */
export const PARAMETERS: Readonly<Record<string, Schema>> = Object.fromEntries(
  shared.map(({ key, parameter }) => [key, parameter]),
)

export const parameterRef = (key: string): Schema => {
  if (!(key in PARAMETERS)) throw new Error(`there is no parameter ${key}`)
  return { $ref: `#/components/parameters/${key}` }
}

/** The headers of answers. */
export const HEADERS: Readonly<Record<string, Schema>> = Object.fromEntries(
  ofAnswers.map(({ key, header }) => [key, header]),
)

export const headerRefs = (names: readonly string[]): Schema =>
  Object.fromEntries(
    names.map((name) => {
      if (!(name in HEADERS)) throw new Error(`there is no header ${name}`)
      return [name, { $ref: `#/components/headers/${name}` }]
    }),
  )

/** The parameters that a path names. */
export const pathParameters = (path: string): Schema[] =>
  [...path.matchAll(/\{\w+\}/g)].map(([name]) => {
    const row = ofPaths.find(({ key }) => key.includes(name) && path.includes(key))
    if (row === undefined) throw new Error(`nothing says what ${name} in ${path} is`)
    return row.parameter
  })

/** What the refinement of a `limit` allows. */
const COUNT = { type: 'integer', minimum: 1, maximum: 100 }

/** The parameters of a query, derived from the schema that validates it. */
export const queryParameters = (query: Query): Schema[] =>
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
