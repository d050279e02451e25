import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { expect, test } from 'vitest'
import { PROJECT } from '../../scripts/wrangler.ts'
import { blocksOf } from '../readme/blocks.ts'
import { sharedGateway } from '../shared/gateway.ts'
import { shared } from '../shared/shared.ts'
import { runTool } from './consumer.ts'

const run = promisify(execFile)
const consumer = await shared('package')
const gateway = await sharedGateway()
const bin = join(consumer.folder, 'node_modules/.bin/pika-edge')
const env = { PATH: process.env['PATH'] ?? '', PIKA_EDGE_URL: gateway.url, HOME: consumer.folder }

/** A folder in the consumer's project, with what a reader installs beside the package. */
const folderWith = (name: string, ...packages: readonly string[]): string => {
  const folder = join(consumer.folder, name)
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  for (const one of packages) {
    symlinkSync(join(PROJECT, 'node_modules', one), join(folder, 'node_modules', one))
  }
  return folder
}

/** The only block of a language in a file. */
const only = (asked: string): string => {
  const [block, ...others] = blocksOf('program').filter(
    ({ file, language }) => `${file} ${language}` === asked,
  )
  if (block === undefined || others.length > 0) throw new Error(`${asked}: not one block`)
  return block.code
}

/** Does what `npm install …` does from this machine alone, because tests use no registry. */
const install = (folder: string, command: string): void => {
  const [npm, verb, ...asked] = command.trim().split(/\s+/)
  expect([npm, verb]).toEqual(['npm', 'install'])
  for (const one of asked.filter((word) => !word.startsWith('--'))) {
    const { 1: name = '', 2: version } = /^(.+?)(?:@(.+))?$/.exec(one) ?? []
    // The consumer has already installed it.
    if (name === 'pika-edge') continue
    const from = join(PROJECT, 'node_modules', name)
    const text = readFileSync(join(from, 'package.json'), 'utf8')
    const manifest: { version: string } = JSON.parse(text)
    expect(version ?? manifest.version).toBe(manifest.version)
    symlinkSync(from, join(folder, 'node_modules', name))
  }
}

/** Compiles a program as its reader would: with Node's types, and without checking libraries. */
const compile = async (folder: string, file: string): Promise<string> => {
  const options =
    '--strict --noEmit --skipLibCheck --ignoreConfig --module nodenext --target es2024 ' +
    '--lib es2024,esnext.disposable,dom --types node --typeRoots'
  const types = join(PROJECT, 'node_modules/@types')
  return runTool('tsc', [...options.split(' '), types, join(folder, file)], folder)
}

test('docs/ai-sdk.md: the program compiles, and prints what the video cost', async () => {
  // `ai` itself installs this.
  const folder = folderWith('ai-sdk', '@ai-sdk')
  install(folder, only('docs/ai-sdk.md sh'))
  writeFileSync(join(folder, 'program.ts'), only('docs/ai-sdk.md ts'))
  expect(await compile(folder, 'program.ts')).toBe('')
  const PIKA_EDGE_KEY = await gateway.newKey('docs-ai-sdk')
  const node = { cwd: folder, env: { ...env, PIKA_EDGE_KEY } }
  const { stdout } = await run(process.execPath, ['program.ts'], node)
  expect(stdout).toMatch(/^video\/mp4 .*"charged_usd":0.2/)
})

test('docs/agents.md: the configuration starts a server with all tools', async () => {
  const [, name = '', ...options] = only('docs/agents.md sh').trim().split(/\s+/).slice(1)
  expect(name).toBe('create')
  const asAdmin = { env: { ...env, PIKA_EDGE_KEY: gateway.adminKey } }
  const { stdout } = await run(bin, ['keys', 'create', ...options], asAdmin)
  expect(JSON.parse(only('README.md json'))).toEqual(JSON.parse(only('docs/agents.md json')))
  const { mcpServers } = JSON.parse(only('docs/agents.md json')) as {
    mcpServers: { 'pika-edge': { args: string[] } }
  }
  const [yes, command, ...args] = mcpServers['pika-edge'].args
  expect([yes, command]).toEqual(['-y', 'pika-edge'])
  const client = new Client({ name: 'docs', version: '1.0.0' })
  const served = { ...env, PIKA_EDGE_KEY: stdout.trim() }
  await client.connect(new StdioClientTransport({ command: bin, args, env: served }))
  const { tools } = await client.listTools()
  expect(tools).toHaveLength(6)
  const asked = { name: 'estimate_video', arguments: { prompt: 'Sunlight on a slow river' } }
  expect((await client.callTool(asked)).structuredContent).toMatchObject({ admissible: true })
  await client.close()
})

test('docs/testing.md: names the missing package without Miniflare, and passes with it', async () => {
  const folder = folderWith('testing', 'vitest')
  writeFileSync(join(folder, 'example.test.ts'), only('docs/testing.md ts'))
  const vitest = () => runTool('vitest', ['run', '--testTimeout=300000', '--root', folder], folder)
  await expect(vitest()).rejects.toThrow('npm install --save-dev miniflare@')
  install(consumer.folder, only('docs/testing.md sh'))
  expect(await vitest()).toContain('2 passed')
  expect(await compile(folder, 'example.test.ts')).toBe('')
})
