/** The tables of Markdown, as data. */
import { readFileSync } from 'node:fs'

export interface Section {
  readonly title: string
  /** The first paragraph. */
  readonly text: string
  /** Of its tables: the cells of each row that begins with code. */
  readonly rows: readonly (readonly string[])[]
}

/** What stands under each heading of the second level; a file without any is one section. */
export const readSections = (file: URL): Section[] => {
  const [head = '', ...parts] = readFileSync(file, 'utf8').split(/^## /m)
  return (parts.length === 0 ? [head] : parts).map((part) => {
    const [title = '', , text = '', ...lines] = part.split('\n')
    const rows = lines
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.slice(2, -2).split(' | ').map(plain))
    return { title, text, rows }
  })
}

/** By the code in the first column. */
export const readTable = (file: URL): Map<string, readonly string[]> =>
  new Map(
    readSections(file).flatMap(({ rows }) => rows.map(([code = '', ...rest]) => [code, rest])),
  )

/** A cell without the padding, and without the backticks that it is all in. */
const plain = (cell: string): string => cell.trim().replace(/^`([^`]*)`$/, '$1')
