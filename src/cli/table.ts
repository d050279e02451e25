/** Tables and lists of facts. Their texts may be others': each is made safe for a terminal. */
import { type Paint, printable } from './shell.ts'

type Text = string | number | null | undefined
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
  { paint, columns = Infinity }: { readonly paint: Paint; readonly columns?: number | undefined },
): string[] => {
  const rows = given.map((row) => row.map((cell) => printable(String(cell ?? '-'))))
  const columnsOf = headings.map((heading, column) => ({
    width: Math.max(
      width(heading),
      ...rows.map((row) => Math.min(columns, width(row[column] ?? ''))),
    ),
    isWhole: rows.some((row) => ID.test(row[column] ?? '')),
  }))
  const room = columns - 2 * (headings.length - 1)
  while (columnsOf.reduce((sum, each) => sum + each.width, 0) > room) {
    const [widest] = columnsOf
      .filter((each) => !each.isWhole && each.width > LEAST_WIDTH)
      .toSorted((a, b) => b.width - a.width)
    if (widest === undefined) break
    widest.width -= 1
  }
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const room = columnsOf[column]?.width ?? 0
        const shown = fit(cell, room)
        return shown + ' '.repeat(Math.max(0, room - width(shown)))
      })
      .join('  ')
      .trimEnd()
  return [paint('dim', line(headings)), ...rows.map(line)]
}

/** A name, its value and what is printed after it, which may have colours. */
export type Fact = readonly [name: string, value: Text, mark?: string]

/** A fact without a value is not shown. */
export const facts = (pairs: readonly Fact[], paint: Paint): string[] => {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined)
  const names = shown.map(([name]) => printable(name))
  const longest = Math.max(...names.map(width))
  return shown.map(([, value, mark = ''], index) => {
    const name = paint('dim', names[index]?.padEnd(longest) ?? '')
    return `${name}  ${printable(String(value))}${mark}`
  })
}

/** The text, cut with … if it is wider than `columns`. */
export const fit = (text: string, columns: number): string => {
  if (width(text) <= columns) return text
  let cut = ''
  for (const { segment } of SEGMENTS.segment(text)) {
    if (width(cut) + width(segment) >= columns) break
    cut += segment
  }
  return `${cut}…`
}

/** Splits text into the characters that a reader sees. */
const SEGMENTS = new Intl.Segmenter()

/** East Asian characters and emoji are two columns wide, combining marks none. */
const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]|\p{Emoji_Presentation}/u

const width = (text: string): number => {
  let columns = 0
  for (const { segment } of SEGMENTS.segment(text)) columns += WIDE.test(segment) ? 2 : 1
  return columns
}
