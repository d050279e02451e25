/** Turns the contract's zod schemas into the description's JSON Schemas. */
import * as z from 'zod/mini'
import { DURATIONS } from '../../src/contract/model.ts'
import { type ComponentName, REQUESTS, RESPONSES } from './components.ts'
import { TAGS } from './doc-comments.ts'
import type { Schema } from './types.ts'

export const schemaUri = (name: string): string => `#/components/schemas/${name}`
export const schemaRef = (name: ComponentName): Schema => ({ $ref: schemaUri(name) })

/** Every named schema, converted, tidied, and with its fields' texts. */
export const buildSchemas = (): Record<string, Schema> => {
  const converted = { ...convert(REQUESTS, 'input'), ...convert(RESPONSES, 'output') }
  return Object.fromEntries(
    Object.entries(converted).map(([name, schema]) => [
      name,
      { ...finish(name, schema), ...discriminator(name, converted) },
    ]),
  )
}

export const inlineSchema = (field: string, schema: z.core.$ZodType): Schema => {
  const query = z.toJSONSchema(z.object({ [field]: schema }), {
    io: 'input',
    unrepresentable: 'any',
  })
  return properties(tidy(query))[0]?.[1] ?? {}
}

const convert = (
  schemas: Readonly<Record<string, z.core.$ZodType>>,
  io: 'input' | 'output',
): Record<string, Schema> => {
  const named = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(schemas)) named.add(schema, { id })
  return z.toJSONSchema(named, { io, unrepresentable: 'any', uri: schemaUri }).schemas
}

const finish = (name: string, converted: Schema): Schema => {
  const schema = tidy(converted)
  if (name in RESPONSES) opened(schema)
  const nameless = [...within(schema)].flatMap(undescribed)
  if (nameless.length > 0) throw new Error(`${name} does not say what ${nameless.join(', ')} means`)
  if (name !== 'NormalisedInput') return schema
  return { ...schema, description: 'The input as sent to fal.' }
}

/** The field that tells a union's parts apart, if each part has a single value there. */
const discriminator = (name: string, all: Readonly<Record<string, Schema>>): Schema => {
  const union = RESPONSES[name]?.def
  if (union === undefined || !('discriminator' in union)) return {}
  const propertyName = String(union.discriminator)
  const refs = [all[name]?.['oneOf']].flat().map((each) => String(Object(each)['$ref']))
  const mapping = refs.map((ref) => {
    const fields = new Map(properties(all[ref.replace(schemaUri(''), '')] ?? {}))
    return [fields.get(propertyName)?.['const'], ref] as const
  })
  if (mapping.some(([value]) => value === undefined)) return {}
  return { discriminator: { propertyName, mapping: Object.fromEntries(mapping) } }
}

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every schema within a schema, itself included. */
function* within(schema: Schema): Generator<Schema> {
  yield schema
  const inner = [
    ...Object.values(isObject(schema['properties']) ? schema['properties'] : {}),
    ...['oneOf', 'anyOf', 'allOf'].flatMap((keyword) => schema[keyword] ?? []),
    schema['items'],
    schema['additionalProperties'],
  ]
  for (const each of inner) if (isObject(each)) yield* within(each)
}

/** Removes what zod writes and no reader needs. */
const tidy = (source: object): Schema => {
  const { $schema: _dialect, $id: _id, ...schema }: Schema = structuredClone({ ...source })
  for (const each of within(schema)) {
    if (each['minimum'] === Number.MIN_SAFE_INTEGER) delete each['minimum']
    if (each['maximum'] === Number.MAX_SAFE_INTEGER) delete each['maximum']
    // The format is enough: its pattern of 300 characters says nothing more.
    if (each['format'] === 'date-time' || each['format'] === 'date') delete each['pattern']
    const names = each['propertyNames']
    if (isObject(names) && Object.keys(names).join() === 'type') delete each['propertyNames']
    for (const [field, inner] of properties(each)) complete(field, inner)
    applyTags(each)
  }
  return schema
}

const properties = (schema: Schema): [string, Schema][] =>
  Object.entries(isObject(schema['properties']) ? schema['properties'] : {}).filter(
    (entry): entry is [string, Schema] => isObject(entry[1]),
  )

const isRef = (schema: Schema): boolean => schema['$ref'] !== undefined

/** What follows from a field's name, anywhere in the contract, and from its single value. */
const complete = (field: string, schema: Schema): void => {
  if (isRef(schema)) {
    // zod repeats next to a reference what the reference already says.
    for (const keyword of Object.keys(schema)) {
      if (keyword !== '$ref' && keyword !== 'description') delete schema[keyword]
    }
    return
  }
  const holdsText = [schema['type']].flat().includes('string')
  if (holdsText && field.endsWith('_at')) schema['format'] = 'date-time'
  if (holdsText && (field === 'url' || field.endsWith('_url'))) schema['format'] = 'uri'
  if ('const' in schema) schema['description'] ??= `Always \`${String(schema['const'])}\`.`
  // zod cannot describe the output of its transform.
  if (field === 'duration' && schema['type'] === undefined && schema['enum'] === undefined) {
    Object.assign(schema, { description: 'Seconds.', type: 'integer', enum: DURATIONS, [TAGS]: {} })
  }
  // The field's own text says more than that of a type shared by many fields.
  for (const each of levels(schema).slice(1)) if (!isRef(each)) delete each['description']
}

/** An empty tag removes a keyword. */
const applyTags = (schema: Schema): void => {
  const tags = isObject(schema[TAGS]) ? schema[TAGS] : {}
  delete schema[TAGS]
  for (const [keyword, value] of Object.entries(tags)) {
    if (value === null) delete schema[keyword]
    else schema[keyword] = value
  }
}

/** Answers may gain fields, so their schemas allow unknown ones. */
const opened = (schema: Schema): void => {
  for (const each of within(schema)) {
    if (each['additionalProperties'] === false) delete each['additionalProperties']
  }
}

/** The fields for which neither they nor their reference has a text. */
const undescribed = (schema: Schema): string[] =>
  properties(schema)
    .filter(([, field]) => field['description'] === undefined && !isRef(field))
    .map(([name]) => name)

/** A schema, with its alternatives or parts. */
const levels = (schema: Schema): Schema[] => [
  schema,
  ...['anyOf', 'oneOf', 'allOf']
    .flatMap((keyword) => schema[keyword] ?? [])
    .filter(isObject)
    .flatMap(levels),
]
