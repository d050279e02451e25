/** Merges the declarations of several modules into one file that imports none of them. */
import {
  isIdentifier,
  isSourceFile,
  isVariableDeclaration,
  type Node,
  type SourceFile,
} from 'typescript/unstable/ast'
import { type Project, type Symbol, SymbolFlags } from 'typescript/unstable/sync'

export interface Merged {
  /** What is declared, in the order in which it is needed. */
  readonly text: string
  /** What is exported of it, types and values apart. */
  readonly types: readonly string[]
  readonly values: readonly string[]
  /** Names that `isElsewhere` took: the file has to import them. */
  readonly imported: readonly string[]
}

export interface MergeOptions {
  /** Declarations that are written otherwise, by name. */
  readonly replaced: ReadonlyMap<string, string>
  /** Whether what this file declares is published by another file. */
  readonly isElsewhere: (fileName: string) => boolean
  /** Whether a file is one of the modules to merge, and no library. */
  readonly isOwn: (fileName: string) => boolean
}

/** Follows what `entry` exports through every type that it names. */
export const mergeDeclarations = (
  { program, checker }: Project,
  entry: string,
  { replaced, isElsewhere, isOwn }: MergeOptions,
): Merged => {
  const file = program.getSourceFile(entry)
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file)
  if (module === undefined) throw new Error(`${entry} is no module`)
  const texts = new Map<string, string>()
  const imported = new Set<string>()

  const resolve = (symbol: Symbol): Symbol =>
    (symbol.flags & SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol)

  const add = (symbol: Symbol): void => {
    const { name } = symbol
    const written = replaced.get(name)
    if (texts.has(name) || imported.has(name)) return
    if (written !== undefined) {
      texts.set(name, written)
      return
    }
    const [declared, ...others] = symbol.declarations.map((handle) => handle.resolve())
    const declaration = declared === undefined ? undefined : statementOf(declared)
    if (declared === undefined || declaration === undefined) return
    const source = declared.getSourceFile()
    if (isElsewhere(source.fileName)) {
      imported.add(name)
    } else if (isOwn(source.fileName)) {
      if (others.length > 0) throw new Error(`${name} is declared more than once`)
      texts.set(name, textOf(declaration, source))
      const identifiers = identifiersIn(declaration)
      for (const found of checker.getSymbolAtLocation(identifiers)) {
        if (found !== undefined && isTopLevel(resolve(found))) add(resolve(found))
      }
    }
  }

  const types: string[] = []
  const values: string[] = []
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = resolve(exported)
    if (exported.name !== symbol.name) throw new Error(`${symbol.name} is exported renamed`)
    add(symbol)
    ;((symbol.flags & SymbolFlags.Value) === 0 ? types : values).push(symbol.name)
  }
  return { text: [...texts.values()].join('\n\n'), types, values, imported: [...imported] }
}

const isTopLevel = (symbol: Symbol): boolean => {
  const declared = symbol.declarations[0]?.resolve()
  return declared !== undefined && statementOf(declared) !== undefined
}

/** The statement of a module that declares a name; undefined for a member or a parameter. */
const statementOf = (declared: Node): Node | undefined => {
  const statement = isVariableDeclaration(declared) ? declared.parent.parent : declared
  return statement.parent !== undefined && isSourceFile(statement.parent) ? statement : undefined
}

/** With its own doc comment, without the one that opens its file. */
const textOf = (statement: Node, source: SourceFile): string => {
  const doc = statement.jsDoc?.at(-1)
  const comment = doc === undefined ? '' : source.text.slice(doc.pos, doc.end).trim()
  const code = statement
    .getText(source)
    .replace(/^export /, '')
    .replaceAll(/;$/gm, '')
    .replaceAll('"', "'")
  return comment === '' ? code : `${comment}\n${code}`
}

const identifiersIn = (node: Node): Node[] => {
  const found: Node[] = []
  const visit = (child: Node): void => {
    if (isIdentifier(child)) found.push(child)
    child.forEachChild(visit)
  }
  visit(node)
  return found
}
