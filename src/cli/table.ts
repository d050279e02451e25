/** Columns of text, and text cut to a width. */
import type { Paint } from './shell.ts'

/** Left-aligned columns under dim headings; the last one is cut to what is left of the line. */
export const table = (
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { paint, columns = Infinity }: { readonly paint: Paint; readonly columns?: number | undefined },
): string[] => {
  const widths = headings.map((heading, column) =>
    Math.max(width(heading), ...rows.map((row) => width(row[column] ?? ''))),
  )
  const line = (cells: readonly string[]) =>
    fit(
      cells
        .map((cell, column) =>
          column === cells.length - 1
            ? cell
            : cell + ' '.repeat((widths[column] ?? 0) - width(cell)),
        )
        .join('  ')
        .trimEnd(),
      columns,
    )
  return [paint('dim', line(headings)), ...rows.map(line)]
}

/** Names and values, a line each, the values in one column. */
export const facts = (
  pairs: readonly (readonly [name: string, value: string])[],
  paint: Paint,
): string[] => {
  const longest = Math.max(...pairs.map(([name]) => width(name)))
  return pairs.map(([name, value]) => `${paint('dim', name.padEnd(longest))}  ${value}`)
}

/** The text, cut with … where it would be wider than a terminal has columns. */
export const fit = (text: string, columns: number): string => {
  if (width(text) <= columns) return text
  let cut = ''
  for (const { segment } of SEGMENTS.segment(text)) {
    if (width(cut) + width(segment) >= columns) break
    cut += segment
  }
  return `${cut}…`
}

/** What a reader takes for one character each. */
const SEGMENTS = new Intl.Segmenter()

/** East Asian characters and emoji are two columns wide, combining marks none. */
const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]|\p{Emoji_Presentation}/u

const width = (text: string): number => {
  let columns = 0
  for (const { segment } of SEGMENTS.segment(text)) columns += WIDE.test(segment) ? 2 : 1
  return columns
}
