import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, describe, expect, test } from 'vitest'
import { newKey } from '../../scripts/secrets.ts'
import { PROJECT } from '../../scripts/wrangler.ts'
import { startEmulator } from '../../src/emulator/index.ts'
import { openBrowser } from '../shared/browser.ts'
import { listen } from '../shared/listen.ts'
import { shared } from '../shared/shared.ts'

const run = promisify(execFile)
const ADMIN_KEY = newKey()
/** What the program reports in every runtime. */
const EVERYTHING = {
  created: 202,
  lastEvent: 'generation.completed',
  final: 'completed',
  generated: 'completed',
  hasVideo: true,
  refused: ['invalid_input', 422],
  stopped: 'enough',
}

const consumer = await shared('package')
cpSync(join(import.meta.dirname, 'programs'), consumer.folder, { recursive: true })
const emulator = await startEmulator({ queueMs: 0, renderMs: 200 })

/** The part of wrangler used here. */
interface Wrangler {
  createTestHarness(options: { readonly workers: readonly object[] }): {
    listen(): Promise<{ url: URL }>
    getWorker(name: string): { fetch(path: string, init: RequestInit): Promise<Response> }
    close(): Promise<void>
  }
}
// Imported by a name that the compiler does not follow: wrangler's declarations bring in the
// Worker's global types, which would replace Node's in everything that is compiled with them.
const name: string = 'wrangler'
const wrangler: Wrangler = await import(name)
/** The gateway, and a Worker that reaches it over a service binding. */
const workers = wrangler.createTestHarness({
  workers: [
    {
      configPath: join(PROJECT, 'wrangler.toml'),
      vars: {
        FAL_QUEUE_URL: emulator.url,
        MEDIA_HOSTS: new URL(emulator.url).host,
        FAL_API_URL: `${emulator.url}/v1`,
        FAL_JWKS_URL: emulator.jwksUrl,
        CORS_ORIGINS: '*',
      },
      secrets: { FAL_KEY: emulator.falKey, ADMIN_KEY, SIGNING_KEY: newKey() },
    },
    {
      config: {
        name: 'caller',
        main: join(consumer.folder, 'worker.mjs'),
        compatibility_date: '2026-10-23',
        services: [{ binding: 'GATEWAY', service: 'pika-edge' }],
      },
    },
  ],
})
const { origin: gatewayUrl } = (await workers.listen()).url

afterAll(async () => {
  await workers.close()
  await emulator.close()
})

const runProgram = async (node: string, program: string, ...args: string[]): Promise<unknown> => {
  const { stdout } = await run(node, [program, ...args], { cwd: consumer.folder })
  return JSON.parse(stdout)
}

/** A Node of the oldest supported line, if this machine has one. */
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find(
  (path) =>
    existsSync(path) && execFileSync(path, ['--version'], { encoding: 'utf8' }).startsWith('v20.'),
)

test('runs in workerd, over a service binding', async () => {
  const headers = { 'x-test-key': ADMIN_KEY }
  const response = await workers.getWorker('caller').fetch('/', { headers })
  expect(await response.json()).toEqual(EVERYTHING)
})

test('runs in a browser, on a page from another origin', async (context) => {
  const browser = await openBrowser()
  if (browser === undefined) return context.skip('no browser runs here: set CHROME_PATH')
  const { outputFiles } = await build({
    absWorkingDir: consumer.folder,
    entryPoints: ['try-everything.mjs'],
    bundle: true,
    format: 'iife',
    globalName: 'program',
    write: false,
  })
  const page = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>A page</title>')
  })
  try {
    const tab = await browser.newPage()
    await tab.goto(await listen(page))
    await tab.addScriptTag({ content: outputFiles[0]?.text ?? '' })
    const options = JSON.stringify({ baseUrl: gatewayUrl, apiKey: ADMIN_KEY })
    expect(await tab.evaluate(`program.tryEverything(${options})`)).toEqual(EVERYTHING)
  } finally {
    await browser.close()
    page.close()
  }
})

describe.each([
  ['this Node', process.execPath],
  ['Node 20', oldNode],
])('in %s', (_, node) => {
  test.skipIf(node === undefined)('it runs', async () => {
    const came = await runProgram(node ?? '', 'node.mjs', gatewayUrl, ADMIN_KEY)
    expect(came).toEqual(EVERYTHING)
  })

  test.skipIf(node === undefined)('it provides the emulator to tests', async () => {
    const came = await runProgram(node ?? '', 'testing.mjs')
    expect(came).toEqual({ submitted: 200, type: 'video/mp4', jobs: 1 })
  })

  test.skipIf(node === undefined)('it has a command', async () => {
    const cli = join(consumer.folder, 'node_modules/.bin/pika-edge')
    const { stdout } = await run(node ?? '', [cli, '--version'])
    expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/)
  })
})
