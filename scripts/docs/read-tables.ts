/** Reads Markdown tables as data. */
import { readFileSync } from 'node:fs'

export interface Section {
  readonly title: string
  /** The first paragraph. */
  readonly text: string
  /** The cells of each table row that begins with code. */
  readonly rows: readonly (readonly string[])[]
}

/** The sections under second-level headings; a file without any is one section. */
export const readSections = (file: URL): Section[] => {
  const [head = '', ...parts] = readFileSync(file, 'utf8').split(/^## /m)
  return (parts.length === 0 ? [head] : parts).map((part) => {
    const [title = '', , text = '', ...lines] = part.split('\n')
    const rows = lines.filter((line) => line.startsWith('| `')).map(cellsOf)
    return { title, text, rows }
  })
}

/** The cells of a row, without padding, escapes, and backticks around all of a cell. */
const cellsOf = (line: string): string[] =>
  line
    .slice(2, -2)
    .split(/ \|(?= |$)/)
    .map((cell) =>
      cell
        .trim()
        .replace(/^`([^`]*)`$/, '$1')
        .replaceAll('\\|', '|'),
    )
