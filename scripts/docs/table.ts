/** Writes Markdown tables as the formatter would, and replaces them in a document. */
export type Row = readonly string[]

/** The first row is the head. */
export const table = ([head = [], ...rows]: readonly Row[]): string => {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: Row) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

/** Replaces the table between the two comments with its name. */
export const withTable = (text: string, name: string, rows: readonly Row[]): string =>
  text.replace(
    new RegExp(`(<!-- ${name} -->\n\n).*?(\n\n<!-- /${name} -->)`, 's'),
    (_, before: string, after: string) => before + table(rows) + after,
  )
