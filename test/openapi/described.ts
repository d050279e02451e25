/** Holds an answer of the gateway against the description. */
import { Validator } from '@cfworker/json-schema'
import description from '../../public/openapi.json' with { type: 'json' }
import { isSchema, resolve, sealed, type Schema } from './sealed.ts'

const root: Schema = description
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const

const escape = (text: string): string => text.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')

/** The operations of the description, and which paths are theirs. */
const operations = Object.entries(childOf(root, 'paths'))
  .filter((entry): entry is [string, Schema] => isSchema(entry[1]))
  // A path without parameters goes before those that it would also fit.
  .toSorted(([a], [b]) => a.split('{').length - b.split('{').length)
  .flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method) => ({
      name: `${method.toUpperCase()} ${path}`,
      method,
      path: new RegExp(`^${escape(path).replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      responses: childOf(childOf(item, method), 'responses'),
    })),
  )

const MAX_FAULTS = 12

/** Headers that only some answers may carry. */
const special = Object.keys(childOf(childOf(root, 'components'), 'headers'))

const validators = new Map<Schema, Validator>()

/**
 * What of an answer the description does not say, one sentence each. The body is read
 * from a copy; a stream is left alone.
 */
export const undescribed = async (
  method: string,
  path: string,
  response: Response,
): Promise<string[]> => {
  const asked = method === 'HEAD' ? 'get' : method.toLowerCase()
  const operation = operations.find((each) => each.method === asked && each.path.test(path))
  const found =
    operation === undefined
      ? stray(path, response.status)
      : operation.responses[String(response.status)]
  const name = `${operation?.name ?? `${method} ${path}`} → ${response.status}`
  if (!isSchema(found)) return [`${name} is not described`]
  const answer = dereferenced(found)
  return [
    ...headerFaults(answer, response.headers),
    ...(await bodyFaults(answer, response, method === 'HEAD')),
  ].map((fault) => `${name}: ${fault}`)
}

/** What is refused before anyone looks for the route. */
const STRAY = new Set([400, 401, 403, 404, 405, 413, 429, 503])

/** Where nothing is described: no such path, or not with that method. */
const stray = (path: string, status: number): Schema | undefined => {
  if (!STRAY.has(status)) return undefined
  const isFal = /^\/(fal-ai|queue|fal)(\/|$)/.test(path)
  const schema = { $ref: `#/components/schemas/${isFal ? 'FalError' : 'Problem'}` }
  const type = isFal ? 'application/json' : 'application/problem+json'
  const headers = { 'X-Request-Id': {}, 'WWW-Authenticate': {}, 'Retry-After': {} }
  return { headers, content: { [type]: { schema } } }
}

const headerFaults = (answer: Schema, headers: Headers): string[] => {
  const named = childOf(answer, 'headers')
  const missing = Object.entries(named)
    .filter(
      ([name, header]) =>
        isSchema(header) && dereferenced(header)['required'] === true && !headers.has(name),
    )
    .map(([name]) => `lacks ${name}`)
  const surplus = special
    .filter((name) => headers.has(name) && named[name] === undefined)
    .map((name) => `carries ${name}, which is not described`)
  return [...missing, ...surplus]
}

const bodyFaults = async (
  answer: Schema,
  response: Response,
  isHead: boolean,
): Promise<string[]> => {
  const contents = childOf(answer, 'content')
  const type = response.headers.get('content-type')?.split(';')[0]?.trim() ?? ''
  if (Object.keys(contents).length === 0) return type === '' ? [] : [`has a body of ${type}`]
  const content = contents[type]
  if (!isSchema(content)) return [`is ${type === '' ? 'of no type' : type}`]
  if (isHead || !/^application\/(problem\+)?json$/.test(type)) return []
  const body: unknown = await response.clone().json()
  return faultsOf(content, body)
}

/** How a value breaks the schema of a content, by the places where it does. */
export const faultsOf = (content: Schema, value: unknown): string[] => {
  const validator =
    validators.get(content) ??
    new Validator(sealed(childOf(content, 'schema'), root), '2020-12', false)
  validators.set(content, validator)
  const { valid, errors } = validator.validate(value)
  if (valid) return []
  // What is wrong with every alternative of a union would fill pages.
  const faults = new Set(
    errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`),
  )
  return [...faults].slice(0, MAX_FAULTS)
}

/** An event's schema, for streams, whose bodies nobody else reads. */
export const eventFaults = (event: unknown): string[] => faultsOf(EVENT, event)
const EVENT: Schema = { schema: { $ref: '#/components/schemas/GenerationEvent' } }

const dereferenced = (schema: Schema): Schema =>
  typeof schema['$ref'] === 'string' ? resolve(root, schema['$ref']) : schema

function childOf(schema: Schema, name: string): Schema {
  const child = schema[name]
  return isSchema(child) ? child : {}
}
