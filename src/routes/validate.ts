/** Validates bodies and queries. A refusal is a problem that names every faulty field. */
import { zValidator } from '@hono/zod-validator'
import { distance } from 'fastest-levenshtein'
import type { Context } from 'hono'
import * as z from 'zod/mini'
import type { FieldError } from '../contract/problem.ts'
import { problem } from './problem.ts'

const JSON_TYPE = /^application\/([\w.+-]+\+)?json\s*(;|$)/i

export const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100

export const wholeNumber = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`
  const isInRange = (text: string) =>
    /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most
  return z.pipe(z.string({ error }).check(z.refine(isInRange, { error })), z.transform(Number))
}

/** The query fields of every list. */
export const pageFields = (cursor: RegExp) => ({
  /**
   * How many at most.
   * @default 20
   */
  limit: z.optional(wholeNumber(1, MAX_LIMIT)),
  /** The `next_cursor` of the previous page. */
  cursor: z.optional(z.string().check(z.regex(cursor, { error: 'is not a cursor of this list' }))),
})

export const queryOf = <T extends z.core.$ZodShape>(shape: T) => z.optional(z.strictObject(shape))

export const pageQuery = (cursor: RegExp) => queryOf(pageFields(cursor))

export const page = <T>(data: T[], next: string | null) => ({
  object: 'list' as const,
  data,
  has_more: next !== null,
  next_cursor: next,
})

/**
 * Validates a JSON body. A body that is not JSON is a 415, before its fields are checked. No body
 * at all is an empty object, for requests that need none.
 */
export const jsonBody = <T extends z.ZodMiniType>(schema: T) =>
  zValidator('json', schema, async (result, c) => {
    const type = c.req.header('content-type')
    const isJson = type === undefined ? (await c.req.text()) === '' : JSON_TYPE.test(type)
    if (!isJson) return problem(c, 'unsupported_media_type', 'send the body as application/json')
    return result.success ? undefined : invalid(c, schema, result.error.issues, result.data)
  })

export const query = <T extends z.ZodMiniType>(schema: T) =>
  zValidator('query', schema, (result, c) =>
    result.success ? undefined : invalid(c, schema, result.error.issues, result.data),
  )

/** More are of no use, and a body of 64 kB can have thousands. */
const MAX_ERRORS = 50

/** An invalid request: 422, and the first fifty faulty fields. */
export const invalidInput = (c: Context, all: readonly FieldError[]) => {
  const errors = all.slice(0, MAX_ERRORS)
  const fields = errors.map((error) => error.path || 'the body').join(', ')
  const more = all.length > MAX_ERRORS ? `, and ${all.length - MAX_ERRORS} more` : ''
  return problem(c, 'invalid_input', `not valid: ${fields}${more}`, { errors })
}

const invalid = (
  c: Context,
  schema: z.core.$ZodType,
  issues: readonly z.core.$ZodIssue[],
  data: unknown,
) => {
  const errors = issues.flatMap((issue): FieldError | FieldError[] => {
    const path = issue.path.map(String).join('.')
    if (issue.code !== 'unrecognized_keys') {
      const given = issue.path.reduce((at, key) => Reflect.get(Object(at), key), data)
      return { path, message: given === undefined ? 'is required' : issue.message }
    }
    const known = fieldsAt(schema, issue.path)
    return issue.keys.map((key) => {
      const near = nearest(key, known)
      const meant = near === undefined ? '' : `: did you mean ${near}?`
      const message = `is not a field of this request${meant}`
      return { path: path === '' ? key : `${path}.${key}`, message }
    })
  })
  return invalidInput(c, errors)
}

const fieldsAt = (schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] => {
  const def = (schema as z.ZodMiniType).def as z.core.$ZodTypes['_zod']['def']
  if ('innerType' in def) return fieldsAt(def.innerType, path)
  if (def.type !== 'object') return []
  const [name, ...rest] = path
  if (name === undefined) return Object.keys(def.shape)
  const field = def.shape[String(name)]
  return field === undefined ? [] : fieldsAt(field, rest)
}

/** Two typing errors, and any way of joining words: `aspectRatio`. */
const MAX_SLIPS = 2

/** The known name that the writer of an unknown one may have meant. */
const nearest = (given: string, known: readonly string[]): string | undefined => {
  const asked = plain(given)
  const [best] = known
    .filter((name) => Math.abs(plain(name).length - asked.length) <= MAX_SLIPS)
    .map((name) => ({ name, slips: distance(asked, plain(name)) }))
    .toSorted((a, b) => a.slips - b.slips)
  return best && best.slips <= Math.min(MAX_SLIPS, asked.length / 3) ? best.name : undefined
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, '')
