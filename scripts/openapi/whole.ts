/** Completes an example, so that it need not list every field. */
import type * as z from 'zod/mini'

/** The given fields; for the others, their only value or the least one: null, none, false. */
export const whole = <T extends z.ZodMiniObject>(
  schema: T,
  given: Partial<z.output<T>>,
): z.output<T> =>
  Object.fromEntries(
    Object.entries(schema.def.shape).map(([name, field]) => [
      name,
      name in given ? Reflect.get(given, name) : leastOf(field),
    ]),
  ) as z.output<T>

const leastOf = (field: z.core.$ZodType): unknown => {
  const def = (field as z.ZodMiniType).def as z.core.$ZodTypes['_zod']['def']
  switch (def.type) {
    case 'literal':
      return def.values[0]
    case 'number':
      return 0
    case 'boolean':
      return false
    case 'array':
      return []
    case 'record':
      return {}
    case 'optional':
      return undefined
    default:
      return null
  }
}
