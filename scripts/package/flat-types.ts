/** Writes types in full, but a shape that has a name by its name. */
import {
  type Checker,
  SignatureKind,
  type Symbol,
  SymbolFlags,
  type Type,
  TypeFlags,
} from 'typescript/unstable/sync'

const MAX_LINE_CHARS = 64
/** The types of bodies that are not JSON, available wherever `fetch` is. */
const PLATFORM_TYPES = new Set(['ReadableStream', 'ArrayBuffer', 'Blob'])

export type FlatTypes = ReturnType<typeof createFlatTypes>

/**
 * Two types have the same shape if they have the same properties with the same types, in any order
 * and whatever their origin: inferred by zod, converted to JSON by hono, or declared.
 */
export const createFlatTypes = (checker: Checker) => {
  const names = new Map<string, string>()
  /** Named unions, the largest first, to be found within larger ones. */
  const unions: { readonly name: string; readonly members: readonly string[] }[] = []
  const shapes = new Map<number, string>()

  /** Equal for equal shapes. */
  const shapeOf = (type: Type): string => {
    const shape = shapes.get(type.id) ?? readShape(type)
    shapes.set(type.id, shape)
    return shape
  }

  const readShape = (type: Type): string => {
    if (type.isUnionType()) return [...membersOf(type).keys()].toSorted().join('|')
    const element = elementOf(type)
    if (element !== undefined) return `(${shapeOf(element)})[]`
    if (!isObject(type)) return checker.typeToString(type)
    const platform = platformName(type)
    if (platform !== undefined) return platform
    const properties = propertiesOf(checker, type)
      .map(({ name, mark, type: of }) => `${name}${mark}:${shapeOf(of)}`)
      .toSorted()
    return `{${[...properties, ...indexesOf(type, shapeOf)].join(';')}}`
  }

  /** The parts of a union by shape, without duplicates, null and undefined last. */
  const membersOf = (type: Type): Map<string, Type> => {
    const rank = ({ flags }: Type) =>
      (flags & TypeFlags.Undefined) !== 0 ? 2 : (flags & TypeFlags.Null) !== 0 ? 1 : 0
    const ordered = partsOf(type).toSorted((a, b) => rank(a) - rank(b))
    return new Map(ordered.map((part) => [shapeOf(part), part]))
  }

  const elementOf = (type: Type): Type | undefined =>
    checker.isArrayType(type) && type.isTypeReference()
      ? checker.getTypeArguments(type)[0]
      : undefined

  const indexesOf = (type: Type, writeType: (type: Type) => string): string[] =>
    checker
      .getIndexInfosOfType(type)
      .map(({ keyType, valueType }) => `[key: ${writeType(keyType)}]: ${writeType(valueType)}`)

  /** The type as it is written at its use. */
  const write = (type: Type): string => names.get(shapeOf(type)) ?? writeBody(type)

  /** The type as its declaration: in full, its parts by name. */
  const writeBody = (type: Type): string => {
    if (type.isUnionType()) return writeUnion(type)
    const element = elementOf(type)
    if (element !== undefined) return `Array<${write(element)}>`
    if (isObject(type)) return writeObject(type)
    if ((type.flags & TypeFlags.Any) !== 0) throw new Error('a type with any in it was published')
    return checker.typeToString(type).replaceAll('"', "'")
  }

  const writeUnion = (type: Type): string => {
    const left = membersOf(type)
    const size = left.size
    const written: string[] = []
    for (const { name, members } of unions) {
      if (members.length >= size || !members.every((shape) => left.has(shape))) continue
      written.push(name)
      for (const shape of members) left.delete(shape)
    }
    if (left.delete('true') && left.delete('false')) written.push('boolean')
    return [...written, ...[...left.values()].map(write)].join(' | ')
  }

  const writeObject = (type: Type): string => {
    const platform = platformName(type)
    if (platform !== undefined) return platform
    if (checker.getSignaturesOfType(type, SignatureKind.Call).length > 0) {
      throw new Error(`${checker.typeToString(type)} is a function, which no route can answer`)
    }
    const properties = propertiesOf(checker, type).map(
      ({ name, mark, symbol, type: of }) =>
        `${fieldDocOf(checker, symbol)}${writeKey(name)}${mark}: ${write(of)}`,
    )
    const lines = [...properties, ...indexesOf(type, write)]
    if (lines.length === 0) return '{}'
    const short = `{ ${lines.join('; ')} }`
    return short.length <= MAX_LINE_CHARS && !short.includes('\n')
      ? short
      : `{\n${lines.join('\n')}\n}`
  }

  /** From now on a shape equal to this one is written as `given`. */
  const name = (given: string, type: Type): void => {
    const shape = shapeOf(type)
    if (names.has(shape)) return
    names.set(shape, given)
    if (!type.isUnionType()) return
    unions.push({ name: given, members: [...membersOf(type).keys()] })
    unions.sort((a, b) => b.members.length - a.members.length)
  }
  return { name, shapeOf, write, writeBody }
}

/** The parts of a union, or the type itself. */
export const partsOf = (type: Type): readonly Type[] =>
  type.isUnionType() ? type.getTypes() : [type]

export const propertiesOf = (checker: Checker, type: Type) =>
  checker.getPropertiesOfType(type).map((symbol) => {
    const of = checker.getTypeOfSymbol(symbol)
    if (of === undefined) throw new Error(`${symbol.name} has no type`)
    const mark = (symbol.flags & SymbolFlags.Optional) === 0 ? '' : '?'
    return { name: symbol.name, mark, symbol, type: of }
  })

const platformName = (type: Type): string | undefined => {
  const name = type.getSymbol()?.name
  return name !== undefined && PLATFORM_TYPES.has(name) ? name : undefined
}

const isObject = (type: Type): boolean =>
  (type.flags & (TypeFlags.Object | TypeFlags.Intersection)) !== 0

export const writeKey = (name: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`

/** A doc comment with `text` and a line break; empty for no text. */
const writeDoc = (text: string): string => {
  const lines = text.trim().split('\n')
  if (lines.length === 1) return lines[0] === '' ? '' : `/** ${lines[0]} */\n`
  return `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join('\n')}\n */\n`
}

/** A symbol's documentation as a doc comment; empty if it has none. */
export const docOf = (checker: Checker, symbol: Symbol): string => {
  const tags = checker
    .getJsDocTagsOfSymbol(symbol)
    .map(({ name, text }) => `@${name} ${text ?? ''}`.trim())
  return writeDoc([checker.getDocumentationCommentOfSymbol(symbol), ...tags].join('\n'))
}

const MAX_FIELD_DOC_CHARS = 40

/** The first sentence, without its details if it is long. The description has the whole text. */
const fieldDocOf = (checker: Checker, symbol: Symbol): string => {
  const text = checker.getDocumentationCommentOfSymbol(symbol).replaceAll(/\s+/g, ' ')
  const sentence = /^.*?\.(?= [A-Z`0-9]|$)/.exec(text)?.[0] ?? text
  const [gist = ''] = /^.{12,}?(?=[:;] )/.exec(sentence) ?? []
  return writeDoc(sentence.length > MAX_FIELD_DOC_CHARS && gist !== '' ? `${gist}.` : sentence)
}
