import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestHarness, type TestHarness } from 'wrangler'
import { PROJECT } from '../../scripts/wrangler.ts'
import { type EmulatorServer, startEmulator } from '../../src/emulator/index.ts'
import { launchBrowser } from './browser.ts'
import { type Consumer, installPackage } from './consumer.ts'

const run = promisify(execFile)
const ADMIN_KEY = 'test-admin-key'
/** What the program finds, wherever it runs. */
const EVERYTHING = {
  created: 202,
  lastEvent: 'generation.completed',
  final: 'completed',
  generated: 'completed',
  hasVideo: true,
  refused: ['invalid_input', 422],
  stopped: 'enough',
}

let consumer: Consumer
let emulator: EmulatorServer
let harness: TestHarness
let gatewayUrl: string

beforeAll(async () => {
  consumer = await installPackage()
  cpSync(join(import.meta.dirname, 'programs'), consumer.folder, { recursive: true })
  emulator = await startEmulator({ queueMs: 0, renderMs: 200 })
  harness = createTestHarness({
    workers: [
      {
        configPath: join(PROJECT, 'wrangler.toml'),
        vars: {
          FAL_QUEUE_URL: emulator.url,
          FAL_JWKS_URL: emulator.jwksUrl,
          CORS_ORIGINS: '*',
        },
        secrets: { FAL_KEY: emulator.falKey, ADMIN_KEY, SIGNING_KEY: 'test-signing-key' },
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
  gatewayUrl = (await harness.listen()).url.origin
}, 90_000)

afterAll(async () => {
  await harness.close()
  await emulator.close()
  consumer[Symbol.dispose]()
}, 30_000)

const runProgram = async (node: string, program: string, ...args: string[]): Promise<unknown> => {
  const { stdout } = await run(node, [program, ...args], { cwd: consumer.folder })
  return JSON.parse(stdout)
}

/** A Node of the oldest supported line, where this machine has one. */
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find(
  (path) =>
    existsSync(path) && execFileSync(path, ['--version'], { encoding: 'utf8' }).startsWith('v20.'),
)

test('runs in this Node', async () => {
  const came = await runProgram(process.execPath, 'node.mjs', gatewayUrl, ADMIN_KEY)
  expect(came).toEqual(EVERYTHING)
})

test.skipIf(oldNode === undefined)('runs in Node 20', async () => {
  const came = await runProgram(oldNode ?? '', 'node.mjs', gatewayUrl, ADMIN_KEY)
  expect(came).toEqual(EVERYTHING)
})

test('runs in workerd, over a service binding', async () => {
  const caller = harness.getWorker('caller')
  const response = await caller.fetch('/', { headers: { 'x-test-key': ADMIN_KEY } })
  expect(await response.json()).toEqual(EVERYTHING)
})

test('runs in a browser, in a page of another origin', async (context) => {
  const browser = await launchBrowser()
  if (browser === undefined) return context.skip('no browser here: set CHROME_PATH')
  const { outputFiles } = await build({
    absWorkingDir: consumer.folder,
    entryPoints: ['try-everything.mjs'],
    bundle: true,
    format: 'iife',
    globalName: 'program',
    write: false,
  })
  const script = outputFiles[0]?.text ?? ''
  const page = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>A page</title>')
  })
  try {
    const pageUrl = await new Promise<string>((resolve) => {
      page.listen(0, '127.0.0.1', () => {
        const address = page.address()
        resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
      })
    })
    const tab = await browser.newPage()
    await tab.goto(pageUrl)
    await tab.addScriptTag({ content: script })
    const options = JSON.stringify({ baseUrl: gatewayUrl, apiKey: ADMIN_KEY })
    expect(await tab.evaluate(`program.tryEverything(${options})`)).toEqual(EVERYTHING)
  } finally {
    await browser.close()
    page.close()
  }
}, 60_000)

test.each([
  ['this Node', process.execPath],
  ['Node 20', oldNode],
])('gives the emulator to tests in %s', async (_name, node) => {
  if (node === undefined) return
  expect(await runProgram(node, 'testing.mjs')).toEqual({
    submitted: 200,
    type: 'video/mp4',
    jobs: 1,
  })
})

test.each([
  ['this Node', process.execPath],
  ['Node 20', oldNode],
])('has a command that runs in %s', async (_name, node) => {
  if (node === undefined) return
  const cli = join(consumer.folder, 'node_modules/.bin/pika-edge')
  const { stdout } = await run(node, [cli, '--version'])
  expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/)
})
