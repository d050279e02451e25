/** Validates bodies, queries and path parameters. A refusal is a problem that names every field. */
import { zValidator } from '@hono/zod-validator'
import type { Context } from 'hono'
import * as z from 'zod/mini'
import type { FieldError } from '../contract/problem.ts'
import { nearest } from './nearest.ts'
import { problem } from './problem.ts'

const JSON_TYPE = /^application\/([\w.+-]+\+)?json\s*(;|$)/i

export const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100

export const wholeNumber = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`
  return z.pipe(
    z.string({ error }).check(
      z.refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most, {
        error,
      }),
    ),
    z.transform(Number),
  )
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

export const pageQuery = (cursor: RegExp) => z.optional(z.strictObject(pageFields(cursor)))

export const page = <T>(data: T[], next: string | null) => ({
  object: 'list' as const,
  data,
  has_more: next !== null,
  next_cursor: next,
})

type Outcome =
  | { success: true }
  | { success: false; data: unknown; error: { issues: readonly z.core.$ZodIssue[] } }

/**
 * Validates a JSON body. A body that is not JSON is a 415, before its fields are checked. No body
 * at all is an empty object, for requests that need none.
 */
export const jsonBody = <T extends z.ZodMiniType>(schema: T) =>
  zValidator('json', schema, async (result: Outcome, c: Context) => {
    const type = c.req.header('content-type')
    const isJson = type === undefined ? (await c.req.text()) === '' : JSON_TYPE.test(type)
    if (!isJson) {
      return problem(c, 'unsupported_media_type', 'send the body as application/json')
    }
    return result.success ? undefined : invalid(c, schema, result)
  })

export const query = <T extends z.ZodMiniType>(schema: T) =>
  zValidator('query', schema, (result: Outcome, c: Context) =>
    result.success ? undefined : invalid(c, schema, result),
  )

const invalid = (c: Context, schema: z.core.$ZodType, refused: Outcome & { success: false }) =>
  invalidInput(
    c,
    refused.error.issues.flatMap((issue) => readIssue(issue, schema, refused.data)),
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

const readIssue = (
  issue: z.core.$ZodIssue,
  schema: z.core.$ZodType,
  data: unknown,
): FieldError[] => {
  const path = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    const known = fieldsAt(schema, issue.path)
    return issue.keys.map((key) => {
      const near = nearest(key, known)
      const meant = near === undefined ? '' : `: did you mean ${near}?`
      return {
        path: path === '' ? key : `${path}.${key}`,
        message: `is not a field of this request${meant}`,
      }
    })
  }
  const given = issue.path.reduce((at, key) => Reflect.get(Object(at), key), data)
  return [{ path, message: given === undefined ? 'is required' : issue.message }]
}

const fieldsAt = (schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] => {
  const def = (schema as z.ZodMiniType).def as z.core.$ZodTypes['_zod']['def']
  if ('innerType' in def) return fieldsAt(def.innerType, path)
  if (def.type !== 'object') return []
  const [name, ...rest] = path
  const field = name === undefined ? undefined : def.shape[String(name)]
  if (name === undefined) return Object.keys(def.shape)
  return field === undefined ? [] : fieldsAt(field, rest)
}
