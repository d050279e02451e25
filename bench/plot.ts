/** Results as an SVG: bars for each figure, with the spread, and the target as a line. */
import type { Result } from './results.ts'
import { aimOf, withUnit } from './table.ts'

const WIDTH = 1020
const [LABELS, VALUES] = [300, 220]
/** Anything else is the gateway's own. */
const PEERS = /^(bare |Hono, |fal\b|@fal-ai)/
const BARS = WIDTH - LABELS - VALUES
const [ROW, HEADING, MARGIN] = [20, 34, 16]
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .figure { font-weight: 600 }
  .bar { fill: #9fb4cc } .ours { fill: #2f6feb }
  .spread { stroke: #24292f } .target { stroke: #1a7f37; stroke-width: 2 }
  rect.paper { fill: #fff }`

export const plotOf = (results: readonly Result[], about: string): string => {
  let y = MARGIN + ROW
  const parts = [text(MARGIN, y, about)]
  for (const [figure, rows] of Map.groupBy(results, (result) => result.figure)) {
    y += HEADING
    parts.push(text(MARGIN, y, figure, 'figure'))
    const longest = Math.max(
      ...rows.flatMap(({ high, target }) => [high, target?.atLeast ?? target?.atMost ?? 0]),
    )
    const x = (value: number) => LABELS + (longest === 0 ? 0 : (BARS * value) / longest)
    for (const row of rows) {
      y += ROW
      parts.push(...barOf(row, x, y))
    }
  }
  const height = y + ROW + MARGIN
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>
<style>${STYLE}
</style>
<rect class="paper" width="${WIDTH}" height="${height}"/>
${parts.join('\n')}
</svg>
`
}

const barOf = (row: Result, x: (value: number) => number, y: number): string[] => {
  const { who, median, low, high, unit, target, rounds } = row
  const middle = y - 4
  const bound = target?.atLeast ?? target?.atMost
  const kind = PEERS.test(who) ? 'bar' : 'bar ours'
  const told = [withUnit(median, unit), aimOf(row)].filter((part) => part !== '').join('  ')
  return [
    text(MARGIN, y, who),
    `<rect class="${kind}" x="${LABELS}" y="${y - 13}" width="${(x(median) - LABELS).toFixed(1)}" height="14"/>`,
    ...(rounds > 1 ? [line('spread', x(low), middle, x(high), middle)] : []),
    ...(bound === undefined ? [] : [line('target', x(bound), y - 15, x(bound), y + 3)]),
    text(WIDTH - VALUES + 8, y, told),
  ]
}

const line = (kind: string, x1: number, y1: number, x2: number, y2: number): string =>
  `<line class="${kind}" x1="${x1.toFixed(1)}" y1="${y1}" x2="${x2.toFixed(1)}" y2="${y2}"/>`

const text = (x: number, y: number, words: string, kind = ''): string =>
  `<text x="${x}" y="${y}"${kind && ` class="${kind}"`}>${escape(words)}</text>`

const escape = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
