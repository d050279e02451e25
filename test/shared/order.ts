/** The order of test files: those that wait for processes first, and beside them the others. */
import { statSync } from 'node:fs'

/**
 * First the file that builds the package for the others, then the folders whose files take longest.
 * Of the rest, the largest files go first.
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

/** The part of vitest's test specification that is used here. */
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
