/** Fills in an example what nobody need write down. */
import type * as z from 'zod/mini'

/** What is given, and for the rest the one value that there is, or the least: null, none, false. */
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
