/** Field types that several requests share, with their error messages. */
import * as z from 'zod/mini'

/** A JSON object with exactly these fields. */
export const body = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, { error: 'must be a JSON object' })

export const text = (most: number, least = 0) =>
  z
    .string({ error: 'must be a string' })
    .check(
      ...(least === 0 ? [] : [z.minLength(least, { error: 'must not be empty' })]),
      z.maxLength(most, { error: `may have at most ${most} characters` }),
    )

export const yesOrNo = z.boolean({ error: 'must be true or false' })

export const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` })

/** A time with an offset, in RFC 3339. */
export const time = z.iso.datetime({
  offset: true,
  error: 'must be a time such as 2026-01-31T09:00:00Z',
})
