import { expect, test } from 'vitest'
import { problem } from '../../src/contract/problem-document.ts'
import { blocksOf, DOCUMENTS, readBlocks, TESTED_BY } from './blocks.ts'

const all = DOCUMENTS.flatMap((file) => readBlocks(file).map((block) => ({ ...block, file })))
const at = ({ file, line }: { file: string; line: number }) => `${file}:${line}`

test('every block of the README and its documents is run or compiled by a test', () => {
  const tests = Object.keys(TESTED_BY) as (keyof typeof TESTED_BY)[]
  const taken = tests.flatMap((name) => blocksOf(name).map(at))
  const marked = all.filter(({ mark }) => mark !== '')
  expect([...taken, ...marked.map(at)].toSorted()).toEqual(all.map(at).toSorted())
})

test('but for two, which deploy', () => {
  const marked = all.filter(({ mark }) => mark !== '').map(({ mark, code }) => [mark, code.trim()])
  const deploy =
    'npm run deploy                # npm run deploy -- --dry-run does all but the upload'
  expect(marked).toEqual([
    ['deploy', deploy],
    ['deploy', deploy],
  ])
})

test('a problem document reads as the contract has it', () => {
  for (const { code } of blocksOf('problem')) problem.parse(JSON.parse(code))
})
