/** Spend by day as bars, with the daily budget as a line: plain SVG, and the same as a table. */
import type { UsageView } from '../client/index.ts'
import { usd } from './words.ts'

const HIGH = 84
const BAR = 14
const STEP = 20
const DAY_MS = 86_400_000
const NOTHING = { charged_usd: 0, reserved_usd: 0, unknown_usd: 0, generations: 0 }

/** Every day of the period up to today, those of no spend too. */
const daysOf = ({ from, to, by_day }: UsageView) => {
  const known = new Map(by_day.map((day) => [day.day, day]))
  const first = Date.parse(from)
  const count = Math.round((Date.parse(to) - first) / DAY_MS) + 1
  return Array.from({ length: count }, (_day, index) => {
    const day = new Date(first + index * DAY_MS).toISOString().slice(0, 10)
    const { charged_usd, reserved_usd, unknown_usd, generations } = known.get(day) ?? NOTHING
    return { day, generations, charged: charged_usd, open: reserved_usd + unknown_usd }
  })
}

export const Bars = ({ usage }: { readonly usage: UsageView }) => {
  const days = daysOf(usage)
  const budget = usage.limits.find(({ limit }) => limit === 'account_daily')?.limit_usd
  const most = Math.max(...days.map(({ charged, open }) => charged + open), 0.01)
  // A budget far above all spend would leave nothing of the bars to see.
  const line = budget !== undefined && budget <= most * 4 ? budget : undefined
  const scale = HIGH / Math.max(most, line ?? 0)
  const wide = days.length * STEP
  return (
    <figure>
      <figcaption class="note">
        Spend by day, {usage.from} to {usage.to} ({usage.time_zone}). The highest bar is {usd(most)}
        .
      </figcaption>
      <svg
        class="bars"
        viewBox={`0 -8 ${wide} ${HIGH + 30}`}
        role="img"
        aria-label={`Spend by day, ${usd(most)} at most`}
      >
        {days.map(({ day, charged, open, generations }, index) => (
          <g key={day} transform={`translate(${index * STEP + 3} 0)`}>
            <title>{`${day}: ${usd(charged + open)}, ${generations} videos`}</title>
            <rect class="slot" y={0} width={BAR} height={HIGH} rx="2" />
            <rect class="charged" y={HIGH - charged * scale} width={BAR} height={charged * scale} />
            <rect
              class="open"
              y={HIGH - (charged + open) * scale}
              width={BAR}
              height={open * scale}
            />
            {(index % 5 === 0 || index === days.length - 1) && (
              <text x={BAR / 2} y={HIGH + 15}>
                {Number(day.slice(8))}
              </text>
            )}
          </g>
        ))}
        {line !== undefined && (
          <line class="budget" x1={0} x2={wide} y1={HIGH - line * scale} y2={HIGH - line * scale} />
        )}
      </svg>
      <p class="note key">
        <span class="charged">charged</span>{' '}
        <span class="open">held, or may have been charged</span>
        {line !== undefined && <span class="budget">daily budget of {usd(line)}</span>}
      </p>
      <details class="more">
        <summary>The same as a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col">Videos</th>
              <th scope="col">Charged</th>
              <th scope="col">Held or unknown</th>
            </tr>
          </thead>
          <tbody>
            {days
              .filter(({ generations }) => generations > 0)
              .map(({ day, generations, charged, open }) => (
                <tr key={day}>
                  <th scope="row">{day}</th>
                  <td>{generations}</td>
                  <td>{usd(charged)}</td>
                  <td>{usd(open)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </figure>
  )
}
