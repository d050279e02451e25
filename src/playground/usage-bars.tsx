/** Spend by day as SVG bars, with the daily budget as a line, and the same data as a table. */
import type { UsageView } from '../client/index.ts'
import { usd } from '../contract/words.ts'
import { Table } from './ui.tsx'
import { dayOf } from './words.ts'

const HIGH = 84
const BAR = 14
const STEP = 20
const DAY_MS = 86_400_000

/** Every day of the period, including days without spend. */
const daysOf = ({ from, to, by_day }: UsageView) => {
  const first = Date.parse(from)
  const count = Math.round((Date.parse(to) - first) / DAY_MS) + 1
  return Array.from({ length: count }, (_day, index) => {
    const day = dayOf(first + index * DAY_MS)
    const known = by_day.find((one) => one.day === day)
    const open = known === undefined ? 0 : known.reserved_usd + known.unknown_usd
    return { day, generations: known?.generations ?? 0, charged: known?.charged_usd ?? 0, open }
  })
}

export const Bars = ({ usage }: { usage: UsageView }) => {
  const days = daysOf(usage)
  const budget = usage.limits.find(({ limit }) => limit === 'account_daily')?.limit_usd
  const most = Math.max(...days.map(({ charged, open }) => charged + open), 0.01)
  // A budget far above the spend would flatten the bars.
  const line = budget !== undefined && budget <= most * 4 ? budget : undefined
  const scale = HIGH / Math.max(most, line ?? 0)
  const wide = days.length * STEP
  return (
    <figure>
      <figcaption class="note">
        {`Spend by day, ${usage.from} to ${usage.to} (${usage.time_zone}). ` +
          `The highest bar is ${usd(most)}.`}
      </figcaption>
      <svg class="bars" viewBox={`0 -8 ${wide} ${HIGH + 30}`} role="img" aria-label="Spend by day">
        {days.map(({ day, charged, open, generations }, index) => {
          const low = HIGH - charged * scale
          return (
            <g key={day} transform={`translate(${index * STEP + 3} 0)`}>
              <title>{`${day}: ${usd(charged + open)}, ${generations} videos`}</title>
              <rect class="slot" y={0} width={BAR} height={HIGH} rx="2" />
              <rect class="charged" y={low} width={BAR} height={charged * scale} />
              <rect class="open" y={low - open * scale} width={BAR} height={open * scale} />
              <text x={BAR / 2} y={HIGH + 15}>
                {(index % 5 === 0 || index === days.length - 1) && Number(day.slice(8))}
              </text>
            </g>
          )
        })}
        <line class="base" x1={0} x2={wide} y1={HIGH} y2={HIGH} />
        {line !== undefined && (
          <line class="budget" x1={0} x2={wide} y1={HIGH - line * scale} y2={HIGH - line * scale} />
        )}
      </svg>
      <p class="note key">
        <span class="charged">charged</span>{' '}
        <span class="open">reserved, or may have been charged</span>{' '}
        {line !== undefined && <span class="budget">daily budget of {usd(line)}</span>}
      </p>
      <details class="more">
        <summary>The same as a table</summary>
        <Table
          caption="Spend by day"
          heads={['Day', 'Videos', 'Charged', 'Reserved or unknown']}
          rows={days
            .filter(({ generations }) => generations > 0)
            .map((one) => [one.day, one.generations, usd(one.charged), usd(one.open)])}
        />
      </details>
    </figure>
  )
}
