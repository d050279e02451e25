/** Field types that several requests share, with their error messages. */
import * as z from 'zod/mini'

/** A JSON object with exactly these fields. */
export const body = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, { error: 'must be a JSON object' })

/** @param what begins the messages, if it is no field of its own */
export const text = (most: number, least = 0, what = '') =>
  z
    .string({ error: `${what}must be a string` })
    .check(
      ...(least === 0 ? [] : [z.minLength(least, { error: `${what}must not be empty` })]),
      z.maxLength(most, { error: `${what}may have at most ${most} characters` }),
    )

export const yesOrNo = z.boolean({ error: 'must be true or false' })

export const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` })

/** At least one of them. */
export const someOf = <const Values extends readonly string[]>(values: Values, what: string) =>
  z
    .array(oneOf(values), { error: `must be a list of ${what}s` })
    .check(z.minLength(1, { error: `must name at least one ${what}` }))

/** A time with an offset, in RFC 3339. */
export const time = z.iso.datetime({
  offset: true,
  error: 'must be a time such as 2026-01-31T09:00:00Z',
})
