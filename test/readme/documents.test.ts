import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { expect, test } from 'vitest'
import { readVariables } from '../../scripts/docs/configuration.ts'
import { PROJECT } from '../../scripts/wrangler.ts'
import { problem } from '../../src/contract/problem.ts'
import { type Block, blocksOf, DOCUMENTS, readBlocks, TESTED_BY } from './blocks.ts'

const read = (file: string): string => readFileSync(join(PROJECT, file), 'utf8')
const all = DOCUMENTS.flatMap((file) => readBlocks(file))
const at = ({ file, line }: Block) => `${file}:${line}`

test('every block of the README and its documents is run or compiled by a test', () => {
  const tests = Object.keys(TESTED_BY) as (keyof typeof TESTED_BY)[]
  const taken = tests.flatMap((name) => blocksOf(name).map(at))
  const marked = all.filter(({ mark }) => mark !== '')
  expect([...taken, ...marked.map(at)].toSorted()).toEqual(all.map(at).toSorted())
})

test('only blocks that deploy are not run, and only two of them are outside the deployment pages', () => {
  const blocks = all.filter(({ mark }) => mark !== '')
  expect(new Set(blocks.map(({ mark }) => mark))).toEqual(new Set(['deploy']))
  const marked = blocks
    .filter(({ file }) => !['docs/deploy.md', 'docs/runbook.md'].includes(file))
    .map(({ mark, code }) => [mark, code.trim()])
  const deploy =
    'npm run deploy                # npm run deploy -- --dry-run does all but the upload'
  const once = ['deploy', deploy]
  expect(marked).toEqual([once, once])
})

test('the diagram names only files that exist', () => {
  const named = blocksOf('diagram').flatMap(({ code }) => code.match(/src\/[\w./-]*\w/g) ?? [])
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((path) => !existsSync(join(PROJECT, path)))).toEqual([])
})

test('the example of a problem document matches the contract', () => {
  const read = blocksOf('problem').map(({ code }) => problem.safeParse(JSON.parse(code)))
  expect(read).toMatchObject([{ success: true }])
})

const MAX_WORDS = 1200

test('the README is short enough for a reader in a hurry', () => {
  const prose = read('README.md')
    .replaceAll(/^```[^]*?^```$/gm, '')
    .replaceAll(/^\|.*$/gm, '')
    .replaceAll(/\]\(\S+\)/g, ']')
  expect(prose.match(/\S*\w\S*/g)?.length).toBeLessThanOrEqual(MAX_WORDS)
})

test.each(DOCUMENTS)('%s links only to files that exist', (file) => {
  const links = read(file).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)\s]+)?\)/g)
  const targets = [...links].map(([, path = '']) => join(PROJECT, dirname(file), path))
  expect(targets.filter((path) => !existsSync(path))).toEqual([])
})

/** The code names in the first column of the table with this head. */
const namesUnder = (document: string, head: string): string[] => {
  const { 1: rows = '' } =
    new RegExp(`^\\| ${head} .*\\n\\|[ -|]+\\n((?:\\|.*\\n)+)`, 'm').exec(document) ?? []
  return rows
    .split('\n')
    .flatMap((row) => row.split(' | ')[0]?.match(/(?<=`)[a-z_A-Z]+(?=`)/g) ?? [])
}

test('alerts use only events that the gateway logs', () => {
  const sources = globSync('src/{account,adapters,routes,worker}/**/*.ts', { cwd: PROJECT })
  const source = [...sources, 'src/index.ts', 'src/app.ts'].map(read).join('\n')
  const logged = new Set(
    [...source.matchAll(/\blog(?:Error)?\(\s*'(\w+)'/g)].map(([, event]) => event),
  )
  const events = namesUnder(read('docs/deploy.md'), 'event')
  expect(events.length).toBeGreaterThan(8)
  expect(events.filter((event) => !logged.has(event))).toEqual([])
})

test('the runbook rotates every secret', () => {
  const secrets = readVariables(read('src/worker/settings.ts'))
    .map(({ name }) => name)
    .filter((name) => /_KEY(_PREVIOUS)?$/.test(name))
  expect(namesUnder(read('docs/runbook.md'), 'secret').toSorted()).toEqual(secrets.toSorted())
})

test('the deploy button asks for each required secret, says how to make it, and offers no value', () => {
  const offered = parseEnv(read('.dev.vars.example'))
  const required = /^required = \[(.*)\]$/m.exec(read('wrangler.toml'))?.[1] ?? ''
  const asked: string[] = JSON.parse(`[${required}]`)
  expect(Object.keys(offered).toSorted()).toEqual(asked.toSorted())
  expect(new Set(Object.values(offered))).toEqual(new Set(['']))
  const { cloudflare }: { cloudflare: { bindings: Record<string, { description: string }> } } =
    JSON.parse(read('package.json'))
  expect(Object.keys(cloudflare.bindings).toSorted()).toEqual(asked.toSorted())
})
