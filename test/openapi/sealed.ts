/** JSON Schemas made strict: what they do not name is not allowed. */

export interface Schema {
  readonly [keyword: string]: unknown
}

export const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a pointer such as `#/components/schemas/Problem` names. */
export const resolve = (root: Schema, pointer: string): Schema => {
  const found = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, step) => (isSchema(value) ? value[step] : undefined), root)
  if (!isSchema(found)) throw new Error(`the description has no ${pointer}`)
  return found
}

/**
 * A copy without references in which every object allows its named fields alone. The
 * description itself allows more, since callers must expect fields that come later.
 */
export const sealed = (schema: Schema, root: Schema, isPart = false): Schema => {
  if (typeof schema['$ref'] === 'string') {
    const { $ref, ...beside } = schema
    return sealed({ ...resolve(root, $ref), ...beside }, root, isPart)
  }
  const copy: Record<string, unknown> = { ...schema }
  if (isSchema(schema['properties'])) {
    copy['properties'] = Object.fromEntries(
      Object.entries(schema['properties']).map(([name, field]) => [
        name,
        isSchema(field) ? sealed(field, root) : field,
      ]),
    )
    if (!isPart && schema['additionalProperties'] === undefined) {
      copy['additionalProperties'] = false
    }
  }
  for (const keyword of ['items', 'additionalProperties']) {
    const inner = schema[keyword]
    if (isSchema(inner)) copy[keyword] = sealed(inner, root)
  }
  for (const keyword of ['oneOf', 'anyOf', 'allOf']) {
    const inner = schema[keyword]
    if (!Array.isArray(inner)) continue
    // The parts of a whole may each have the fields of the others.
    const innerIsPart = isPart || keyword === 'allOf'
    copy[keyword] = inner.filter(isSchema).map((each) => sealed(each, root, innerIsPart))
    if (keyword === 'allOf' && !isPart) copy['unevaluatedProperties'] = false
  }
  return copy
}
