/** In which order test files start: what waits for processes first, and beside it what computes. */
import { statSync } from 'node:fs'

/**
 * Who asks first for the package, so that it is built for the others; then the folders whose files
 * take longest. Of all others the largest do.
 */
const FIRST = [
  'package/contents',
  'scripts/deploy.',
  'readme/',
  'scripts/',
  'campaign/',
  'cli/',
  'fal/',
  'package/',
  'browser/',
  'workerd/',
]

/** What is used of vitest's specification of a test file. */
interface TestFile {
  readonly moduleId: string
}

const rank = ({ moduleId }: TestFile): number => {
  const at = FIRST.findIndex((path) => moduleId.includes(`/test/${path}`))
  return at === -1 ? FIRST.length : at
}

const bytes = ({ moduleId }: TestFile): number => statSync(moduleId).size

export class LongestFirst {
  sort<File extends TestFile>(files: readonly File[]): File[] {
    return files.toSorted((a, b) => rank(a) - rank(b) || bytes(b) - bytes(a))
  }

  shard<File extends TestFile>(files: readonly File[]): File[] {
    return [...files]
  }
}
