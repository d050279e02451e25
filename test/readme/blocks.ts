/** The code in the README and in docs/, as its reader copies it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from '../../scripts/wrangler.ts'

export interface Block {
  readonly language: string
  readonly code: string
  /** Where it begins. */
  readonly line: number
}

export const readBlocks = (file = 'README.md'): Block[] => {
  const text = readFileSync(join(PROJECT, file), 'utf8')
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language, 2: code, index }) => ({
    language: language ?? '',
    code: code ?? '',
    line: text.slice(0, index).split('\n').length + 1,
  }))
}
