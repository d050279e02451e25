import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT } from '../../scripts/wrangler.ts'
import { problem } from '../../src/contract/problem.ts'
import { blocksOf, DOCUMENTS, readBlocks, TESTED_BY } from './blocks.ts'

const read = (file: string): string => readFileSync(join(PROJECT, file), 'utf8')
const all = DOCUMENTS.flatMap((file) => readBlocks(file).map((block) => ({ ...block, file })))
const at = ({ file, line }: { file: string; line: number }) => `${file}:${line}`

test('every block of the README and its documents is run or compiled by a test', () => {
  const tests = Object.keys(TESTED_BY) as (keyof typeof TESTED_BY)[]
  const taken = tests.flatMap((name) => blocksOf(name).map(at))
  const marked = all.filter(({ mark }) => mark !== '')
  expect([...taken, ...marked.map(at)].toSorted()).toEqual(all.map(at).toSorted())
})

test('but for those that deploy, two of them outside the pages on that', () => {
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

test('the diagram names what there is', () => {
  const named = blocksOf('diagram').flatMap(({ code }) => code.match(/src\/[\w./-]*\w/g) ?? [])
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((path) => !existsSync(join(PROJECT, path)))).toEqual([])
})

test('a problem document reads as the contract has it', () => {
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

test.each(DOCUMENTS)('%s links to what there is', (file) => {
  const links = read(file).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)\s]+)?\)/g)
  const targets = [...links].map(([, path = '']) => join(PROJECT, dirname(file), path))
  expect(targets.filter((path) => !existsSync(path))).toEqual([])
})
