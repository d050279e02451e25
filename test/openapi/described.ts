/** Checks the gateway's answers against a strict version of the description. */
import { Validator } from '@cfworker/json-schema'
import description from '../../public/openapi.json' with { type: 'json' }

export interface Schema {
  readonly [keyword: string]: unknown
}

export const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const root: Schema = description

/** Resolves a pointer such as `#/components/schemas/Problem`. */
export const resolve = (pointer: string): Schema => {
  const found = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, step) => (isSchema(value) ? value[step] : undefined), root)
  if (!isSchema(found)) throw new Error(`the description has no ${pointer}`)
  return found
}

/**
 * A copy without references in which every object allows only its named fields. The
 * description itself allows more, because answers may gain fields later.
 */
const sealed = (schema: Schema, isPart = false): Schema => {
  if (typeof schema['$ref'] === 'string') {
    const { $ref, ...beside } = schema
    return sealed({ ...resolve($ref), ...beside }, isPart)
  }
  const copy: Record<string, unknown> = { ...schema }
  if (isSchema(schema['properties'])) {
    copy['properties'] = Object.fromEntries(
      Object.entries(schema['properties']).map(([name, field]) => [
        name,
        isSchema(field) ? sealed(field) : field,
      ]),
    )
    if (!isPart && schema['additionalProperties'] === undefined) {
      copy['additionalProperties'] = false
    }
  }
  for (const keyword of ['items', 'additionalProperties']) {
    const inner = schema[keyword]
    if (isSchema(inner)) copy[keyword] = sealed(inner)
  }
  for (const keyword of ['oneOf', 'anyOf', 'allOf']) {
    const inner = schema[keyword]
    if (!Array.isArray(inner)) continue
    // Each part of an `allOf` may have the other parts' fields.
    const innerIsPart = isPart || keyword === 'allOf'
    copy[keyword] = inner.filter(isSchema).map((each) => sealed(each, innerIsPart))
    if (keyword === 'allOf' && !isPart) copy['unevaluatedProperties'] = false
  }
  return copy
}

const escape = (text: string): string => text.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')

/** The description's operations, with the paths that they match. */
export const operations = Object.entries(childOf(root, 'paths'))
  // A path without parameters comes before patterns that would also match it.
  .toSorted(([a], [b]) => a.split('{').length - b.split('{').length)
  .flatMap(([path, item]) =>
    Object.entries(Object(item)).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method,
      path: new RegExp(`^${escape(path).replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      operation: Object(operation) as Schema,
    })),
  )

const MAX_FAULTS = 12

/** Headers that only some answers may carry. */
const special = Object.keys(childOf(childOf(root, 'components'), 'headers'))

const validators = new Map<Schema, Validator>()

/**
 * Reports what the description does not say about an answer, in one sentence each. It reads the
 * body from a copy, and leaves streams alone.
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
      : childOf(operation.operation, 'responses')[String(response.status)]
  const name = `${operation?.name ?? `${method} ${path}`} → ${response.status}`
  if (!isSchema(found)) return [`${name} is not described`]
  const answer = dereferenced(found)
  return [
    ...headerFaults(answer, response.headers),
    ...(await bodyFaults(answer, response, method === 'HEAD')),
  ].map((fault) => `${name}: ${fault}`)
}

/** Statuses of refusals that come before routing. */
const STRAY = new Set([400, 401, 403, 404, 405, 413, 429, 503])

/** The answer where nothing is described: no such path, or not with that method. */
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
  const missing = Object.keys(named)
    .filter((name) => dereferenced(childOf(named, name))['required'] === true && !headers.has(name))
    .map((name) => `lacks ${name}`)
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

/** How a value violates a content's schema, place by place. */
export const faultsOf = (content: Schema, value: unknown): string[] => {
  const validator =
    validators.get(content) ?? new Validator(sealed(childOf(content, 'schema')), '2020-12', false)
  validators.set(content, validator)
  // The faults of every alternative in a union would fill pages.
  const faults = validator
    .validate(value)
    .errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`)
  return [...new Set(faults)].slice(0, MAX_FAULTS)
}

/** Checks an event of a stream, because `undescribed` does not read streams. */
export const eventFaults = (event: unknown): string[] => faultsOf(EVENT, event)
const EVENT: Schema = { schema: { $ref: '#/components/schemas/GenerationEvent' } }

const dereferenced = (schema: Schema): Schema =>
  typeof schema['$ref'] === 'string' ? resolve(schema['$ref']) : schema

export function childOf(schema: Schema, name: string): Schema {
  const child = schema[name]
  return isSchema(child) ? child : {}
}
