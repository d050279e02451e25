/** Writes the package's declarations: a file per entry, resting on few types of other packages. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isIntersectionTypeNode, isTypeAliasDeclaration } from 'typescript/unstable/ast'
import { API, type Checker, type Project, SymbolFlags } from 'typescript/unstable/sync'
import { temporaryFolder } from '../temporary-folder.ts'
import { PROJECT } from '../wrangler.ts'
import { bundleDeclarations } from './bundle-declarations.ts'
import { createFlatTypes, docOf } from './flat-types.ts'
import { writeApi, writeRoutes } from './routes.ts'

const CONFIG = join(PROJECT, 'scripts/package/tsconfig.json')
const NAMES = join(PROJECT, 'scripts/package/published-types.ts')

export const writeDeclarations = async (outFolder: string): Promise<void> => {
  using folder = temporaryFolder()
  const emitted = folder.path
  const api = new API({ cwd: PROJECT })
  try {
    emit(emitted)
    const snapshot = api.updateSnapshot({ openProjects: [CONFIG] })
    const project = snapshot.getProject(CONFIG)
    if (project === undefined) throw new Error('the compiler did not open the project')
    const { contract, calls } = writeContract(project)
    writeFileSync(join(outFolder, 'index.d.ts'), `${indent(contract)}\n`)
    await bundleDeclarations(emitted, outFolder, calls)
  } finally {
    api.close()
  }
}

/** The types were checked before; this only emits them. */
const emit = (outFolder: string): void => {
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, '-p', CONFIG, '--noEmit', 'false', '--outDir', outFolder])
}

/** `index.d.ts`, and the part of `client.d.ts` that is derived from the routes. */
const writeContract = ({ program, checker }: Project) => {
  const named = declaredIn(checker, program.getSourceFile(NAMES))
  const find = (name: string) => {
    const found = named.find((one) => one.name === name)
    if (found === undefined) throw new Error(`published-types.ts does not name ${name}`)
    return found
  }
  const routes = find('Routes')
  const app = find('AppType')
  const flat = createFlatTypes(checker)
  const shapes = named.filter((one) => one !== routes && one !== app)
  for (const { name, type } of shapes) flat.name(name, type)
  const types = shapes.map(({ name, type, parts, doc }) => {
    const known = flat.write(type)
    const body =
      parts.length > 0 ? parts.map((part) => flat.write(part)).join(' & ') : flat.writeBody(type)
    return `${doc}export type ${name} = ${known === name ? body : known}`
  })
  const contract = [
    "/** The types of the gateway: what callers send and receive. */\nimport type { Hono } from 'hono'",
    ...types,
    writeRoutes(checker, flat, routes.type, find('Problem').type),
    `${app.doc}export type AppType = Hono<{}, Routes, '/'>`,
    'export {}',
  ].join('\n\n')
  return { contract, calls: writeApi(checker, routes.type) }
}

const declaredIn = (checker: Checker, file: ReturnType<Project['program']['getSourceFile']>) => {
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file)
  if (module === undefined) throw new Error('published-types.ts could not be read')
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const isAlias = (exported.flags & SymbolFlags.Alias) !== 0
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported
    // `export type *` names a module's values too.
    if ((symbol.flags & SymbolFlags.Type) === 0) return []
    const type = checker.getDeclaredTypeOfSymbol(symbol)
    // An intersection stays one: written out, it would repeat each of its parts.
    const declared = symbol.declarations[0]?.resolve()
    const node = declared !== undefined && isTypeAliasDeclaration(declared) ? declared.type : null
    const nodes = node !== null && isIntersectionTypeNode(node) ? node.types : []
    const parts = nodes.flatMap((part) => checker.getTypeFromTypeNode(part) ?? [])
    return { name: exported.name, type, parts, doc: docOf(checker, symbol) }
  })
}

/** Indents by the braces at the ends and beginnings of lines. */
const indent = (text: string): string => {
  let depth = 0
  return text.replaceAll(/^.+$/gm, (line) => {
    if (/^[}\])]/.test(line)) depth--
    const indented = '  '.repeat(depth) + line
    if (/^[^/ ].*[{[(]$/.test(line)) depth++
    return indented
  })
}
