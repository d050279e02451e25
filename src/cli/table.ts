/** Tables and lists of facts. Their texts may be others': each is made safe for a terminal. */
import widthOf from 'fast-string-width'
import { type Paint, printable } from './shell.ts'

export type Text = string | number | null | undefined
/** An empty cell is shown as -. */
export type Row = readonly Text[]

/** Ids, which users paste into other commands, are never cut. */
const ID = /^[a-z]{3}_\w+$/

/** The narrowest that a column is cut to. */
const LEAST_WIDTH = 5

/** Left-aligned columns under dim headings. The widest are cut until a line fits. */
export const table = (
  headings: readonly string[],
  given: readonly Row[],
  paint: Paint,
  columns = Infinity,
): string[] => {
  const rows = given.map((row) => row.map((cell) => printable(String(cell ?? '-'))))
  const widths = headings.map((heading, column) => {
    const cells = rows.map((row) => row[column] ?? '')
    const width = Math.max(...[heading, ...cells].map((cell) => Math.min(columns, widthOf(cell))))
    return { width, isWhole: cells.some((cell) => ID.test(cell)) }
  })
  const room = columns - 2 * (headings.length - 1)
  while (widths.reduce((sum, { width }) => sum + width, 0) > room) {
    const [widest] = widths
      .filter(({ width, isWhole }) => !isWhole && width > LEAST_WIDTH)
      .toSorted((a, b) => b.width - a.width)
    if (widest === undefined) break
    widest.width -= 1
  }
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, column) => pad(cell, widths[column]?.width ?? 0))
    return padded.join('  ').trimEnd()
  }
  return [paint('dim', line(headings)), ...rows.map(line)]
}

/** A name, its value and what is printed after it, which may have colours. */
export type Fact = readonly [name: string, value: Text, mark?: string]

/** A fact without a value is not shown. */
export const facts = (pairs: readonly Fact[], paint: Paint): string[] => {
  const shown = pairs
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value, mark = '']) => [printable(name), printable(String(value)) + mark] as const)
  const longest = Math.max(...shown.map(([name]) => widthOf(name)))
  return shown.map(([name, value]) => `${paint('dim', pad(name, longest))}  ${value}`)
}

/** The text, cut with … if it is wider than `columns`. East Asian characters and emoji are wide. */
export const fit = (text: string, columns: number): string => {
  if (widthOf(text) <= columns) return text
  let cut = ''
  for (const { segment } of SEGMENTS.segment(text)) {
    if (widthOf(cut + segment) >= columns) break
    cut += segment
  }
  return `${cut}…`
}

/** Splits text into the characters that a reader sees. */
const SEGMENTS = new Intl.Segmenter()

const pad = (text: string, width: number): string => {
  const shown = fit(text, width)
  return shown + ' '.repeat(Math.max(0, width - widthOf(shown)))
}
