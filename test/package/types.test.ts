import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { measureTypes, writeCostProjects } from '../../bench/type-cost.ts'
import { PROJECT } from '../../scripts/wrangler.ts'
import { blocksOf } from '../readme/blocks.ts'
import { shared } from '../shared/shared.ts'
import { runTool } from './consumer.ts'

const MAX_INSTANTIATIONS_RATIO = 1.3

const consumer = await shared('package')

/** One of our files, as a caller would write it. */
const asCaller = (path: string): string =>
  readFileSync(join(PROJECT, path), 'utf8')
    .replaceAll("'../../src/client/index.ts'", "'pika-edge/client'")
    .replaceAll("'../../src/app.ts'", `'${join(PROJECT, 'src/app.ts')}'`)
    .replaceAll("'../types/equal.ts'", "'./equal.ts'")

const compile = async (
  name: string,
  files: Readonly<Record<string, string>>,
  compilerOptions: Readonly<Record<string, unknown>>,
): Promise<string> => {
  const folder = join(consumer.folder, name)
  mkdirSync(folder)
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  const strict = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, types: [] }
  // Checks the declarations of the package, hono and fal, but not the compiler's own.
  const checked = { skipLibCheck: false, skipDefaultLibCheck: true }
  const config = { compilerOptions: { ...strict, ...checked, ...compilerOptions } }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  // On two busy cores, more threads take twice as long.
  return runTool('tsc', ['-p', folder, '--singleThreaded'])
}

const callers = {
  'equal.ts': asCaller('test/types/equal.ts'),
  'client.ts': asCaller('test/types/client.ts'),
  'routes.ts': asCaller('test/types/routes.ts'),
  'hc.ts': `import { hc } from 'hono/client'
import type { AppType, Generation } from 'pika-edge'
const client = hc<AppType>('https://gateway.example')
const response = await client.v1.generations[':id'].$get({ param: { id: 'gen_1' } })
if (response.status === 200) (await response.json()) satisfies Generation
if (response.status === 404) (await response.json()).code satisfies string
`,
  'testing.ts': `import { startEmulator } from 'pika-edge/testing'
const emulator = await startEmulator({ queueMs: 0 })
emulator.falKey satisfies string
await emulator.close()
`,
}
const lib = ['ES2022', 'DOM', 'DOM.Iterable', 'ESNext.Disposable']
const extensions = { allowImportingTsExtensions: true }
const bundler = { module: 'ESNext', moduleResolution: 'bundler', ...extensions }
const nodenext = { module: 'NodeNext', moduleResolution: 'NodeNext', ...extensions }
const nodeTypes = { types: ['node'], typeRoots: [join(PROJECT, 'node_modules/@types')] }

describe('a project that has installed the package, with libraries checked too', () => {
  test.each([
    ['a bundler', { ...bundler, target: 'ES2022', lib }],
    ['Node', { ...nodenext, target: 'ES2022', lib }],
    ["Node's types in the place of a browser's", { ...nodenext, ...nodeTypes, lib: ['ES2022'] }],
  ])('compiles for %s', async (name, options) => {
    await expect(compile(name.replaceAll(/\W/g, '-'), callers, options)).resolves.toBe('')
  })

  test('gets errors for its mistakes', async () => {
    const wrong = `import { createPikaClient } from 'pika-edge/client'
await createPikaClient({ baseUrl: '', apiKey: '' }).generate({ prompt: 'p', duration: 7 })
`
    const compiled = compile('wrong', { 'wrong.ts': wrong }, { ...bundler, lib, target: 'ES2022' })
    await expect(compiled).rejects.toThrow("Type '7' is not assignable")
  })
})

// This also compiles the source, and the types of all of fal's models.
describe('the TypeScript in the README and its documents, with libraries checked too', () => {
  const files = Object.fromEntries(
    blocksOf('types').map(({ file, line, code }) => [
      `${file.replaceAll(/\W/g, '-')}-${line}.ts`,
      code,
    ]),
  )
  const options = { ...nodeTypes, target: 'ES2024', lib: ['ES2024', ...lib] }

  beforeAll(() => {
    mkdirSync(join(consumer.folder, 'readme/node_modules'), { recursive: true })
    for (const name of ['@fal-ai', 'ai', '@ai-sdk']) {
      const installed = join(consumer.folder, 'readme/node_modules', name)
      symlinkSync(join(PROJECT, 'node_modules', name), installed)
    }
  })

  // Module resolution does not affect whether a library's own types are correct, so one run checks
  // them. The AI SDK's are not, so that run leaves out its programs.
  const sound = Object.entries(files).filter(([, code]) => !code.includes("from 'ai'"))
  test.each([
    ['bundler', { ...bundler, skipLibCheck: true }, files],
    ['nodenext', nodenext, Object.fromEntries(sound)],
  ])('compiles with moduleResolution %s', async (name, resolution, programs) => {
    const compiled = compile(`readme/${name}`, programs, { ...options, ...resolution })
    await expect(compiled).resolves.toBe('')
  })
})

test('gives a caller the same types as the source does', async () => {
  const folder = join(consumer.folder, 'source')
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  // Uses the same hono as the source, so that its types are compared with themselves.
  symlinkSync(join(PROJECT, 'node_modules/hono'), join(folder, 'node_modules/hono'))
  const files = {
    'equal.ts': asCaller('test/types/equal.ts'),
    'same-types.ts': asCaller('test/package/same-types.ts'),
  }
  const options = { lib: ['ES2024', ...lib], target: 'ES2024', skipLibCheck: true }
  await expect(compile('source/same', files, { ...bundler, ...options })).resolves.toBe('')
})

test('costs a compiler hardly more than hono/client alone', async () => {
  writeCostProjects(consumer.folder)
  const empty = await measureTypes(consumer.folder, 'empty', false)
  const client = await measureTypes(consumer.folder, 'client', false)
  expect(empty.instantiations).toBeGreaterThan(0)
  expect(client.instantiations / empty.instantiations).toBeLessThan(MAX_INSTANTIATIONS_RATIO)
})
