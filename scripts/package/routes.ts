/** Writes the type of every route: as `Hono` keeps it for `hc`, and as a tree of calls. */
import type { Checker, Type } from 'typescript/unstable/sync'
import { type FlatTypes, partsOf, propertiesOf, writeKey } from './flat-types.ts'

/** A possible answer of a route. */
interface Answer {
  readonly input: Type
  readonly output: Type
  readonly format: string | number
  readonly status: string | number
}

/** `Routes`, and the types it needs. `Refused` is every problem that any route can answer. */
export const writeRoutes = (
  checker: Checker,
  flat: FlatTypes,
  routes: Type,
  problem: Type,
): string => {
  const isProblem = ({ output }: Answer) => flat.shapeOf(output) === flat.shapeOf(problem)
  const refusalsOf = (answers: readonly Answer[]) =>
    new Set(answers.filter(isProblem).map(({ status }) => status))
  const paths = propertiesOf(checker, routes).map(({ name: path, type }) => ({
    path,
    methods: propertiesOf(checker, type).map(({ name, type: of }) => ({
      name,
      answers: readAnswers(checker, of),
    })),
  }))
  const all = paths.flatMap(({ methods }) => methods.map(({ answers }) => refusalsOf(answers)))
  const everywhere = new Set(
    [...(all[0] ?? [])].filter((status) => all.every((one) => one.has(status))),
  )

  const writeAnswer = (answer: Answer): string => {
    const { output, format, status } = answer
    const input = flat.write(answer.input)
    if (isProblem(answer) && everywhere.has(status)) return `Refused<${input}>`
    const rest = format === 'json' ? '' : `, '${format}'`
    return `Answer<${input}, ${flat.write(output)}, ${status}${rest}>`
  }
  const written = paths.map(({ path, methods }) => {
    const lines = methods.map(({ name, answers }) => {
      const different = new Set(answers.map(writeAnswer))
      return `${name}:\n| ${[...different].toSorted().join('\n| ')}`
    })
    return `'${path}': {\n${lines.join('\n')}\n}`
  })
  const refused = [...everywhere].map((status) => `Answer<Input, Problem, ${status}>`).join('\n| ')
  return `/** An answer of a route: its input, its output and its status. */
type Answer<Input, Output, Status, Format = 'json'> = {
input: Input
output: Output
outputFormat: Format
status: Status
}
/** What every route can answer instead: keys and limits are checked first. */
type Refused<Input> =
| ${refused}

/** Every route with its input and its answers, as \`Hono\` keeps them. */
export type Routes = {
${written.join('\n')}
}`
}

interface Tree {
  [part: string]: Tree
}

/** `PikaApi`: what `hc` makes of the routes, already resolved except for a single call. */
export const writeApi = (checker: Checker, routes: Type): string => {
  const paths = propertiesOf(checker, routes).map(({ name }) => name)
  const tree: Tree = {}
  for (const path of paths) {
    path
      .split('/')
      .slice(1)
      .reduce((branch, part) => (branch[part] ??= {}), tree)
  }
  const writeTree = (branch: Tree, at: string): string => {
    const lines = Object.entries(branch).map(([part, inner]) => {
      const path = `${at}/${part}`
      const types = [
        ...(paths.includes(path) ? [`Calls<'${path}'>`] : []),
        ...(Object.keys(inner).length > 0 ? [writeTree(inner, path)] : []),
      ]
      return `${writeKey(part)}: ${types.join(' & ')}`
    })
    return `{\n${lines.join('\n')}\n}`
  }
  return `export interface PikaApi ${writeTree(tree, '')}
/** The calls of a path, and its \`$url\` and \`$path\`. */
type Calls<Path extends keyof Routes & string> = ClientRequest<string, Path, Routes[Path]>
import type { ClientRequest } from 'hono/client'
import type { Routes } from '../app.ts'`
}

const readAnswers = (checker: Checker, method: Type): Answer[] =>
  partsOf(method).flatMap((endpoint) => {
    const parts = new Map(propertiesOf(checker, endpoint).map(({ name, type }) => [name, type]))
    const part = (name: string): Type => {
      const type = parts.get(name)
      if (type === undefined) throw new Error(`${checker.typeToString(endpoint)} is no endpoint`)
      return type
    }
    const [input, output] = [part('input'), part('output')]
    return literalsOf(part('status')).flatMap((status) =>
      literalsOf(part('outputFormat')).map((format) => ({ input, output, format, status })),
    )
  })

const literalsOf = (type: Type): (string | number)[] =>
  partsOf(type).map((part) => {
    if (part.isStringLiteralType() || part.isNumberLiteralType()) return part.value
    throw new Error('a route whose status or format is not known cannot be published')
  })
