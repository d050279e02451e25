import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { shared } from '../shared/shared.ts'
import { runTool } from './consumer.ts'

const MAX_DECLARATIONS_GZIP_BYTES = 14_000
const MAX_CLIENT_GZIP_BYTES = 8_000

const DECLARED = /^(export )?(declare )?(type|interface|class|const|function) \w+/gm

const consumer = await shared('package')

const installed = (name: string) => join(consumer.folder, 'node_modules/pika-edge/dist', name)
const read = (name: string) => readFileSync(installed(name), 'utf8')
const declarations = ['index.d.ts', 'client.d.ts', 'ai-sdk.d.ts', 'testing.d.ts']

describe('the packed package', () => {
  test('contains the intended files and nothing else', () => {
    const paths = consumer.packed.files.map(({ path }) => path)
    const videos = paths.filter((path) => /^dist\/assets\/[\dx]+-\d+p-\d+s\.mp4$/.test(path))
    expect(videos).toHaveLength(28)
    const modules = declarations.flatMap((name) => [name, name.replace('.d.ts', '.js')])
    const built = [...modules, 'LICENSES.txt', 'cli.js', 'worker.js'].map((name) => `dist/${name}`)
    const others = paths.filter((path) => !videos.includes(path))
    expect(new Set(others)).toEqual(new Set([...built, 'LICENSE', 'README.md', 'package.json']))
    expect(others).toHaveLength(built.length + 3)
  })

  test('installs hono and nothing else', () => {
    const lockfile = readFileSync(join(consumer.folder, 'node_modules/.package-lock.json'), 'utf8')
    const { packages }: { packages: object } = JSON.parse(lockfile)
    expect(Object.keys(packages)).toEqual(['node_modules/hono', 'node_modules/pika-edge'])
  })

  test('names the licence of every bundled library', () => {
    const licenses = read('LICENSES.txt')
    const names = ['hono', '@hono/node-server', 'eventsource-parser', 'commander', '@fal-ai/client']
    for (const name of names) expect(licenses).toMatch(new RegExp(`^${name}\\n`, 'm'))
  })

  test('is valid, and its types fit its code, however it is resolved', async () => {
    expect(await runTool('publint', ['run', consumer.tarball, '--strict'])).toContain('All good!')
    const asked = [consumer.tarball, '--profile', 'esm-only', '--no-emoji', '--format', 'ascii']
    const said = await runTool('attw', asked)
    for (const entry of ['', '/ai-sdk', '/client', '/testing'].map((path) => `pika-edge${path}`)) {
      expect(said).toContain(`"${entry}"\n\nnode16 (from ESM): OK (ESM)\nbundler: OK`)
    }
  })
})

describe('the declarations', () => {
  test("import only hono, the AI SDK's types and one another", () => {
    const imported = declarations.flatMap((name) =>
      [...read(name).matchAll(/(?:from|import\() ?['"]([^'"]+)['"]/g)].map(([, from = '']) => from),
    )
    expect(new Set(imported)).toEqual(
      new Set(['./index.js', './client.js', '@ai-sdk/provider', 'hono', 'hono/client']),
    )
  })

  test('name nothing from the Worker, zod or fal', () => {
    const text = declarations.map(read).join('')
    expect(text).not.toMatch(/zod|Cloudflare|KVNamespace|DurableObject|ExecutionContext|AppEnv/i)
    expect(text).not.toMatch(/@fal-ai|EndpointTypeMap/)
    expect(text).not.toMatch(/\bany\b(?! )/)
  })

  test('are all documented', () => {
    const unsaid = declarations
      .flatMap((name) => read(name).split(/^(?=\/\*\*)/m))
      .flatMap((part) => {
        const [, ...others] = part.matchAll(DECLARED)
        return others.map(([line]) => line)
      })
    expect(unsaid).toEqual([])
  })

  test('of the client are at most 14 kB gzipped', () => {
    const bytes = gzipSync(['index.d.ts', 'client.d.ts'].map(read).join('')).byteLength
    expect(bytes).toBeLessThanOrEqual(MAX_DECLARATIONS_GZIP_BYTES)
  })
})

describe('the JavaScript', () => {
  test.each([
    ['of the client imports only hono', 'client.js', 'hono/client'],
    ['of the AI SDK provider imports only the client, not the SDK', 'ai-sdk.js', './client.js'],
  ])('%s', (_, file, needed) => {
    expect([...read(file).matchAll(/from "([^"]+)"/g)].map(([, from]) => from)).toEqual([needed])
  })

  test("of the client is at most 8 kB gzipped with hono's client in it", async () => {
    const { outputFiles } = await build({
      absWorkingDir: consumer.folder,
      stdin: { contents: "export * from 'pika-edge/client'", resolveDir: consumer.folder },
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      write: false,
    })
    const bytes = gzipSync(outputFiles[0]?.contents ?? '').byteLength
    expect(bytes).toBeGreaterThan(3000)
    expect(bytes).toBeLessThanOrEqual(MAX_CLIENT_GZIP_BYTES)
  })
})
