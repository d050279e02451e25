import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newKey } from '../../scripts/secrets.ts'
import { type EmulatorServer, startEmulator } from '../../src/emulator/index.ts'
import { openBrowser } from '../shared/browser.ts'
import { shared } from '../shared/shared.ts'
import { startWorkers, type Workers } from './workers.ts'

const run = promisify(execFile)
const ADMIN_KEY = newKey()
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

const consumer = await shared('package')
let emulator: EmulatorServer
let workers: Workers

beforeAll(async () => {
  cpSync(join(import.meta.dirname, 'programs'), consumer.folder, { recursive: true })
  emulator = await startEmulator({ queueMs: 0, renderMs: 200 })
  workers = await startWorkers({
    callerPath: join(consumer.folder, 'worker.mjs'),
    vars: {
      FAL_QUEUE_URL: emulator.url,
      MEDIA_HOSTS: new URL(emulator.url).host,
      FAL_API_URL: `${emulator.url}/v1`,
      FAL_JWKS_URL: emulator.jwksUrl,
      CORS_ORIGINS: '*',
    },
    secrets: { FAL_KEY: emulator.falKey, ADMIN_KEY, SIGNING_KEY: newKey() },
  })
})

afterAll(async () => {
  await workers.close()
  await emulator.close()
})

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
  const came = await runProgram(process.execPath, 'node.mjs', workers.gatewayUrl, ADMIN_KEY)
  expect(came).toEqual(EVERYTHING)
})

test.skipIf(oldNode === undefined)('runs in Node 20', async () => {
  const came = await runProgram(oldNode ?? '', 'node.mjs', workers.gatewayUrl, ADMIN_KEY)
  expect(came).toEqual(EVERYTHING)
})

test('runs in workerd, over a service binding', async () => {
  const response = await workers.callerFetch({ 'x-test-key': ADMIN_KEY })
  expect(await response.json()).toEqual(EVERYTHING)
})

test('runs in a browser, in a page of another origin', async (context) => {
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
    const options = JSON.stringify({ baseUrl: workers.gatewayUrl, apiKey: ADMIN_KEY })
    expect(await tab.evaluate(`program.tryEverything(${options})`)).toEqual(EVERYTHING)
  } finally {
    await browser.close()
    page.close()
  }
})

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
