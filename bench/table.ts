/** Results as Markdown tables for a terminal. */
import { isMet, type Result } from './results.ts'

const HEAD = [
  'figure',
  'of',
  'median',
  'lowest – highest',
  'CPU, ms',
  'statements, rows read, written',
]
const TARGET_HEAD = ['target', 'of', 'was', 'is', 'lowest – highest', 'to be', 'met']

export const inDigits = (value: number): string =>
  Number.isNaN(value) ? '–' : value.toLocaleString('en', { maximumSignificantDigits: 3 })

export const withUnit = (value: number, unit: string): string =>
  unit === '×' || unit === '/s' ? `${inDigits(value)}${unit}` : `${inDigits(value)} ${unit}`

/** All results, then those with a target. */
export const tablesOf = (results: readonly Result[]): string => {
  const all = results.map((result) => {
    const { figure, who, unit, cpuMs, counts } = result
    return [
      figure,
      who,
      withUnit(result.median, unit),
      spreadOf(result),
      cpuMs === undefined ? '' : inDigits(cpuMs),
      counts === undefined ? '' : Object.values(counts).map(inDigits).join(', '),
    ]
  })
  const aimed = results
    .filter(({ target }) => target !== undefined)
    .map((result) => [
      result.figure,
      result.who,
      result.target?.was ?? '–',
      withUnit(result.median, result.unit),
      spreadOf(result),
      aimOf(result),
      isMet(result) === true ? 'yes' : 'no',
    ])
  return `${table(HEAD, all)}\n${table(TARGET_HEAD, aimed)}`
}

export const aimOf = ({ target, unit }: Result): string => {
  if (target?.atLeast !== undefined) return `≥ ${withUnit(target.atLeast, unit)}`
  return target?.atMost === undefined ? '' : `≤ ${withUnit(target.atMost, unit)}`
}

const spreadOf = ({ low, high, rounds }: Result): string =>
  rounds === 1 ? '' : `${inDigits(low)} – ${inDigits(high)}`

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|\n`
  return rows.length === 0 ? '' : `\n${line(head)}${rule}${rows.map(line).join('')}`
}
