/** The code in the README and docs/, as a reader copies it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from '../../scripts/wrangler.ts'

export interface Block {
  readonly file: string
  readonly language: string
  /** `deploy` and `live` need what no test has: a Cloudflare account or a fal key. */
  readonly mark: string
  readonly code: string
  /** The line on which it begins. */
  readonly line: number
}

/** Which test covers which blocks. */
export const TESTED_BY = {
  /** shell.test.ts runs them, one after the other. */
  session: {
    'README.md': ['sh'],
    'docs/http.md': ['sh'],
    'docs/schedules.md': ['sh'],
    'docs/configuration.md': ['sh'],
    'docs/runbook.md': ['sh'],
  },
  /** package/types.test.ts compiles them. */
  types: { 'README.md': ['ts'], 'docs/typescript.md': ['ts'], 'docs/fal-clients.md': ['ts'] },
  /** package/docs.test.ts runs them: one block per language. */
  program: {
    'README.md': ['json'],
    'docs/agents.md': ['sh', 'json'],
    'docs/ai-sdk.md': ['sh', 'ts'],
    'docs/testing.md': ['sh', 'ts'],
  },
  /** fal/fal-client.test.ts runs them with a stand-in for fal's client. */
  python: { 'docs/python.md': ['sh', 'python'] },
  /** documents.test.ts checks that the files it names exist. */
  diagram: { 'docs/architecture.md': ['mermaid'] },
  /** documents.test.ts checks it against the contract. */
  problem: { 'docs/http.md': ['json'] },
} as const satisfies Record<string, Readonly<Record<string, readonly string[]>>>

export const DOCUMENTS: readonly string[] = [
  'README.md',
  ...readdirSync(join(PROJECT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** The blocks that one test covers. */
export const blocksOf = (test: keyof typeof TESTED_BY): Block[] => {
  const files: Readonly<Record<string, readonly string[]>> = TESTED_BY[test]
  return Object.entries(files).flatMap(([file, languages]) =>
    readBlocks(file).filter(({ language, mark }) => languages.includes(language) && mark === ''),
  )
}

export const readBlocks = (file: string): Block[] => {
  const text = readFileSync(join(PROJECT, file), 'utf8')
  return [...text.matchAll(/^```(\w*) ?(.*)\n([^]*?)^```$/gm)].map(
    ({ 1: language = '', 2: mark = '', 3: code = '', index }) => ({
      file,
      language,
      mark,
      code,
      line: text.slice(0, index).split('\n').length + 1,
    }),
  )
}
