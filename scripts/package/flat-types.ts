/** Writes types out in full, with a name in the place of every shape that has one. */
import { type Checker, type Symbol, SymbolFlags, type Type, TypeFlags } from 'typescript/unstable/sync'

export interface FlatTypes {
  /** From now on a shape equal to this one is written as `name`. */
  name(name: string, type: Type): void
  /** The type as it is written where it is used. */
  write(type: Type): string
  /** The type as it is written where it is declared: in full, its parts by name. */
  writeBody(type: Type): string
}

/**
 * Two types are the same shape when they have the same properties with the same types,
 * in whatever order and however they came to be: what zod infers, what hono makes of it
 * on its way through JSON, and what is declared under a name.
 */
export const createFlatTypes = (checker: Checker): FlatTypes => {
  const names = new Map<string, string>()
  /** Named unions, to be found as a part of larger ones. */
  const unions: { readonly name: string; readonly members: ReadonlySet<string> }[] = []
  const shapes = new Map<number, string>()
  const missing = checker.getUndefinedType().id

  const shapeOf = (type: Type): string => {
    const known = shapes.get(type.id)
    if (known !== undefined) return known
    const shape = readShape(type)
    shapes.set(type.id, shape)
    return shape
  }

  const readShape = (type: Type): string => {
    if (type.isUnionType()) return [...membersOf(type).keys()].toSorted().join('|')
    const element = elementOf(type)
    if (element !== undefined) return `(${shapeOf(element)})[]`
    if (!isObject(type)) return checker.typeToString(type)
    const properties = propertiesOf(type)
      .map(({ name, isOptional, type: of }) => `${name}${isOptional ? '?' : ''}:${shapeOf(of)}`)
      .toSorted()
    const indexes = checker
      .getIndexInfosOfType(type)
      .map(({ keyType, valueType }) => `[${shapeOf(keyType)}]:${shapeOf(valueType)}`)
    return `{${[...properties, ...indexes].join(';')}}`
  }

  /** By their shape, so that the same one is not written twice. */
  const membersOf = (type: Type): Map<string, Type> => {
    const parts = type.isUnionType() ? type.getTypes() : [type]
    return new Map(parts.map((part) => [shapeOf(part), part]))
  }

  const elementOf = (type: Type): Type | undefined => {
    if (!checker.isArrayType(type) || !type.isTypeReference()) return undefined
    return checker.getTypeArguments(type)[0]
  }

  const propertiesOf = (type: Type) =>
    checker.getPropertiesOfType(type).map((property) => {
      const isOptional = (property.flags & SymbolFlags.Optional) !== 0
      return { name: property.name, isOptional, property, type: typeOf(property) }
    })

  const typeOf = (property: Symbol): Type => {
    const type = checker.getTypeOfSymbol(property)
    if (type === undefined) throw new Error(`${property.name} has no type`)
    return type
  }

  const write = (type: Type): string => names.get(shapeOf(type)) ?? writeBody(type)

  const writeBody = (type: Type): string => {
    if (type.isUnionType()) return writeUnion(type)
    const element = elementOf(type)
    if (element !== undefined) {
      const written = write(element)
      return /^\w+$/.test(written) ? `${written}[]` : `(${written})[]`
    }
    if (isObject(type)) return writeObject(type)
    const text = checker.typeToString(type)
    if ((type.flags & (TypeFlags.Any | TypeFlags.Unknown)) !== 0) {
      throw new Error(`${text} would be published`)
    }
    return text
  }

  const writeUnion = (type: Type): string => {
    const members = membersOf(type)
    const own = shapeOf(type)
    const written: string[] = []
    for (const { name, members: part } of unions) {
      if (names.get(own) === name || part.size >= members.size) continue
      if (![...part].every((shape) => members.has(shape))) continue
      written.push(name)
      for (const shape of part) members.delete(shape)
    }
    for (const member of members.values()) written.push(write(member))
    const isBoolean = written.includes('true') && written.includes('false')
    const parts = isBoolean
      ? [...written.filter((part) => part !== 'true' && part !== 'false'), 'boolean']
      : written
    return parts.map((part) => (part.includes('=>') ? `(${part})` : part)).join(' | ')
  }

  const writeObject = (type: Type): string => {
    const lines = propertiesOf(type).map(({ name, isOptional, property, type: of }) => {
      const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`
      const written = isOptional ? write(withoutMissing(of)) : write(of)
      return `${docOf(checker, property)}${key}${isOptional ? '?' : ''}: ${written}`
    })
    const indexes = checker
      .getIndexInfosOfType(type)
      .map(({ keyType, valueType }) => `[key: ${write(keyType)}]: ${write(valueType)}`)
    return lines.length + indexes.length === 0 ? '{}' : `{\n${[...lines, ...indexes].join('\n')}\n}`
  }

  /** What an optional property may be left out as is no type that could be written. */
  const withoutMissing = (type: Type): Type => {
    void missing
    return type
  }

  const name = (given: string, type: Type): void => {
    const shape = shapeOf(type)
    if (!names.has(shape)) names.set(shape, given)
    if (type.isUnionType()) unions.push({ name: given, members: new Set(membersOf(type).keys()) })
    unions.sort((a, b) => b.members.size - a.members.size)
  }
  return { name, write, writeBody }
}

const isObject = (type: Type): boolean =>
  (type.flags & (TypeFlags.Object | TypeFlags.Intersection)) !== 0

/** The doc comment of a symbol, as one. */
export const docOf = (checker: Checker, symbol: Symbol): string => {
  const tags = checker
    .getJsDocTagsOfSymbol(symbol)
    .map(({ name, text }) => `@${name} ${String(text ?? '')}`.trim())
  const text = [checker.getDocumentationCommentOfSymbol(symbol), ...tags].join('\n').trim()
  if (text === '') return ''
  const lines = text.split('\n')
  return lines.length === 1
    ? `/** ${text} */\n`
    : `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join('\n')}\n */\n`
}
