/** Writes the type of every route: as `Hono` keeps it for `hc`, and as a tree of calls. */
import type { Checker, Type } from 'typescript/unstable/sync'
import { type FlatTypes, writeKey } from './flat-types.ts'

/** One way that a route can answer. */
interface Answer {
  readonly input: Type
  readonly output: Type
  readonly format: string
  readonly status: number
}

/** What the written routes rest on. `Refused` is every problem that any route can answer. */
const ANSWER_TYPES = `
/** One answer of a route: what is sent, what comes back, and with which status. */
type Answer<Input, Output, Status, Format = 'json'> = {
input: Input
output: Output
outputFormat: Format
status: Status
}`

/** `Routes`, and the types it needs. */
export const writeRoutes = (
  checker: Checker,
  flat: FlatTypes,
  routes: Type,
  problem: Type,
): string => {
  const isProblem = ({ output }: Answer) => flat.shapeOf(output) === flat.shapeOf(problem)
  const methods = propertiesOf(checker, routes).map(({ name: path, type }) => ({
    path,
    methods: propertiesOf(checker, type).map(({ name, type: of }) => ({
      name,
      answers: readAnswers(checker, of),
    })),
  }))
  const all = methods.flatMap((route) => route.methods.map(({ answers }) => answers))
  const everywhere = statusesIn(all[0]?.filter(isProblem) ?? []).filter((status) =>
    all.every((answers) => statusesIn(answers.filter(isProblem)).includes(status)),
  )
  const refused = everywhere.map((status) => `Answer<Input, Problem, ${status}>`).join('\n| ')

  const writeMethod = (answers: readonly Answer[]): string => {
    const written = new Set<string>()
    for (const answer of answers) {
      const { output, format, status } = answer
      const input = flat.write(answer.input)
      const rest = format === 'json' ? '' : `, '${format}'`
      written.add(
        isProblem(answer) && everywhere.includes(status)
          ? `Refused<${input}>`
          : `Answer<${input}, ${flat.write(output)}, ${status}${rest}>`,
      )
    }
    return [...written].toSorted().join('\n| ')
  }
  const paths = methods.map(({ path, methods: of }) => {
    const lines = of.map(({ name, answers }) => `${name}:\n| ${writeMethod(answers)}`)
    return `'${path}': {\n${lines.join('\n')}\n}`
  })
  return `${ANSWER_TYPES}
/** What every route can answer instead: keys and limits are looked at before it is reached. */
type Refused<Input> =
| ${refused}

/** Every route with its input and its answers, as \`Hono\` keeps them. */
export type Routes = {
${paths.join('\n')}
}`
}

/** `PikaApi`: what \`hc\` makes of the routes, with nothing left to work out but one call. */
export const writeApi = (checker: Checker, routes: Type): string => {
  const root: Branch = { path: undefined, children: new Map() }
  for (const { name: path } of propertiesOf(checker, routes)) {
    let branch = root
    for (const part of path.split('/').filter((part) => part !== '')) {
      const next: Branch = branch.children.get(part) ?? { path: undefined, children: new Map() }
      branch.children.set(part, next)
      branch = next
    }
    branch.path = path
  }
  return `export interface PikaApi ${writeChildren(root)}
/** The calls of one path, and its \`$url\` and \`$path\`. */
type Calls<Path extends keyof Routes & string> = ClientRequest<string, Path, Routes[Path]>
import type { ClientRequest } from 'hono/client'
import type { Routes } from '../app.ts'`
}

interface Branch {
  path: string | undefined
  readonly children: Map<string, Branch>
}

const writeBranch = (branch: Branch): string => {
  const parts = branch.path === undefined ? [] : [`Calls<'${branch.path}'>`]
  if (branch.children.size > 0) parts.push(writeChildren(branch))
  return parts.join(' & ')
}

const writeChildren = ({ children }: Branch): string =>
  `{\n${[...children].map(([part, branch]) => `${writeKey(part)}: ${writeBranch(branch)}`).join('\n')}\n}`

const readAnswers = (checker: Checker, method: Type): Answer[] =>
  (method.isUnionType() ? method.getTypes() : [method]).flatMap((endpoint) => {
    const { input, output, outputFormat, status } = Object.fromEntries(
      propertiesOf(checker, endpoint).map(({ name, type }) => [name, type]),
    )
    if (
      input === undefined ||
      output === undefined ||
      outputFormat === undefined ||
      status === undefined
    ) {
      throw new Error(`${checker.typeToString(endpoint)} is no endpoint`)
    }
    const formats = literalsOf(outputFormat).map(String)
    return literalsOf(status).flatMap((code) =>
      formats.map((format) => ({ input, output, format, status: Number(code) })),
    )
  })

const literalsOf = (type: Type): (string | number)[] =>
  (type.isUnionType() ? type.getTypes() : [type]).map((part) => {
    if (part.isStringLiteralType() || part.isNumberLiteralType()) return part.value
    throw new Error('a route whose status or format is not known cannot be published')
  })

const statusesIn = (answers: readonly Answer[]): number[] => [
  ...new Set(answers.map(({ status }) => status)),
]

const propertiesOf = (checker: Checker, type: Type) =>
  checker.getPropertiesOfType(type).map((symbol) => {
    const of = checker.getTypeOfSymbol(symbol)
    if (of === undefined) throw new Error(`${symbol.name} has no type`)
    return { name: symbol.name, type: of }
  })
