/** Writes the package's declarations: one file an entry, that rest on few types of others. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isIntersectionTypeNode, isTypeAliasDeclaration } from 'typescript/unstable/ast'
import { API, type Checker, type Project, SymbolFlags } from 'typescript/unstable/sync'
import { PROJECT } from '../wrangler.ts'
import { indent } from './doc-comment.ts'
import { createFlatTypes, docOf } from './flat-types.ts'
import { mergeDeclarations } from './merge-declarations.ts'
import { writeApi, writeRoutes } from './routes.ts'

const CONFIG = join(PROJECT, 'scripts/package/tsconfig.json')
const NAMES = join(PROJECT, 'scripts/package/published-types.ts')

/** Writes `index.d.ts`, `client.d.ts`, `ai-sdk.d.ts` and `testing.d.ts`. */
export const writeDeclarations = (outFolder: string): void => {
  const emitted = mkdtempSync(join(tmpdir(), 'pika-edge-declarations-'))
  const api = new API({ cwd: PROJECT })
  try {
    emit(emitted)
    const emittedConfig = join(emitted, 'tsconfig.json')
    const entries = ['ai-sdk', 'client', 'testing'].map((room) => `src/${room}/index.d.ts`)
    writeFileSync(emittedConfig, JSON.stringify(emittedProject(entries)))
    const snapshot = api.updateSnapshot({ openProjects: [CONFIG, emittedConfig] })
    const source = projectOf(snapshot.getProject(CONFIG))
    const modules = projectOf(snapshot.getProject(emittedConfig))
    const { contract, calls, names } = writeContract(source)
    const files = {
      'index.d.ts': contract,
      'client.d.ts': writeClient(modules, emitted, calls, names),
      'ai-sdk.d.ts': writeAiSdk(modules, emitted),
      'testing.d.ts': writeTesting(modules, emitted),
    }
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(outFolder, name), `${indent(text)}\n`)
    }
  } finally {
    api.close()
    rmSync(emitted, { recursive: true, force: true })
  }
}

/** Its types were checked before: this only writes them down. */
const emit = (outFolder: string): void => {
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, '-p', CONFIG, '--noEmit', 'false', '--outDir', outFolder])
}

const emittedProject = (files: readonly string[]) => ({
  extends: join(PROJECT, 'tsconfig.base.json'),
  compilerOptions: { noCheck: true, typeRoots: [join(PROJECT, 'node_modules/@types')] },
  files,
})

const projectOf = (project: Project | undefined): Project => {
  if (project === undefined) throw new Error('the compiler did not open the project')
  return project
}

/** `index.d.ts`, and of `client.d.ts` what is made of the routes. */
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
    "/** The types of the gateway: what callers send, and what they are answered. */\nimport type { Hono } from 'hono'",
    ...types,
    writeRoutes(checker, flat, routes.type, find('Problem').type),
    `${app.doc}export type AppType = Hono<{}, Routes, '/'>`,
    'export {}',
  ].join('\n\n')
  const names = new Set(named.map(({ name }) => name))
  return { contract, calls: writeApi(checker, routes.type), names }
}

const declaredIn = (checker: Checker, file: ReturnType<Project['program']['getSourceFile']>) => {
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file)
  if (module === undefined) throw new Error('published-types.ts could not be read')
  return checker.getExportsOfModule(module).map((exported) => {
    const isAlias = (exported.flags & SymbolFlags.Alias) !== 0
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported
    const type = checker.getDeclaredTypeOfSymbol(symbol)
    // An intersection stays one: written out, each of its parts would be there once more.
    const declared = symbol.declarations[0]?.resolve()
    const node = declared !== undefined && isTypeAliasDeclaration(declared) ? declared.type : null
    const nodes = node !== null && isIntersectionTypeNode(node) ? node.types : []
    const parts = nodes.flatMap((part) => checker.getTypeFromTypeNode(part) ?? [])
    return { name: exported.name, type, parts, doc: docOf(checker, symbol) }
  })
}

const writeClient = (
  modules: Project,
  emitted: string,
  calls: string,
  names: ReadonlySet<string>,
): string => {
  const { text, types, values, imported } = mergeDeclarations(
    modules,
    join(emitted, 'src/client/index.d.ts'),
    {
      replaced: new Map([['PikaApi', calls]]),
      isOwn: (name) => name.startsWith(join(emitted, 'src/client/')),
      isElsewhere: (name) => /\/src\/(app|contract\/[\w-]+)\.d\.ts$/.test(name),
    },
  )
  const unnamed = imported.filter((name) => !names.has(name))
  if (unnamed.length > 0) throw new Error(`published-types.ts does not name ${unnamed.join(', ')}`)
  return [
    '/** The typed client of the gateway. */',
    "import type { ClientRequest } from 'hono/client'",
    `import type {\n${[...imported, 'Routes'].toSorted().join(',\n')},\n} from './index.js'`,
    '',
    text,
    '',
    `export { ${values.join(', ')} }`,
    `export type {\n${types.toSorted().join(',\n')},\n}`,
  ].join('\n')
}

const writeAiSdk = (modules: Project, emitted: string): string => {
  const { text, types, values, imported } = mergeDeclarations(
    modules,
    join(emitted, 'src/ai-sdk/index.d.ts'),
    {
      replaced: new Map(),
      isOwn: (name) => name.startsWith(join(emitted, 'src/ai-sdk/')),
      isElsewhere: (name) => name.includes('/src/client/'),
    },
  )
  return [
    '/** A provider of video for the AI SDK, experimental. */',
    "import type { Experimental_VideoModelV4 as VideoModelV4 } from '@ai-sdk/provider'",
    `import type { ${imported.join(', ')} } from './client.js'`,
    '',
    text,
    '',
    `export { ${values.join(', ')} }`,
    `export type { ${types.join(', ')} }`,
  ].join('\n')
}

const writeTesting = (modules: Project, emitted: string): string => {
  const { text, types, values } = mergeDeclarations(
    modules,
    join(emitted, 'src/testing/index.d.ts'),
    {
      replaced: new Map(),
      isOwn: (name) => /\/src\/(emulator|testing)\//.test(name),
      isElsewhere: () => false,
    },
  )
  return [
    "/** A gateway, and fal's queue, on this machine, for anyone's own tests. */",
    text,
    '',
    `export { ${values.join(', ')} }`,
    `export type { ${types.join(', ')} }`,
  ].join('\n')
}
