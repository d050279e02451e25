/** Spend by day as SVG bars, with the daily budget as a line, and the same data as a table. */
import type { UsageView } from '../client/index.ts'
import { usd } from '../contract/words.ts'
import { Fold, Table } from './ui.tsx'

const HIGH = 84
const BAR = 14
const STEP = 20
export const DAY_MS = 86_400_000

export const Bars = ({ usage: { from, to, time_zone, by_day, limits } }: { usage: UsageView }) => {
  const leftOf = (day: string) => ((Date.parse(day) - Date.parse(from)) / DAY_MS) * STEP
  const days = by_day.map(
    ({ day, generations, charged_usd: charged, reserved_usd, unknown_usd }) => {
      const open = reserved_usd + unknown_usd
      return { day, generations, charged, open, sum: charged + open }
    },
  )
  const most = Math.max(...days.map(({ sum }) => sum), 0.01)
  const budget = limits.find(({ limit }) => limit === 'account_daily')?.limit_usd
  // A budget far above the spend would flatten the bars.
  const line = budget !== undefined && budget <= most * 4 ? budget : undefined
  const scale = HIGH / Math.max(most, line ?? 0)
  const wide = leftOf(to) + STEP
  return (
    <figure>
      <figcaption class="note">
        {`Spend by day, ${from} to ${to} (${time_zone}). The highest bar is ${usd(most)}.`}
      </figcaption>
      <svg class="bars" viewBox={`0 -8 ${wide} ${HIGH + 30}`} role="img" aria-label="Spend by day">
        {days.map(({ day, charged, open, sum, generations }) => (
          <g key={day} transform={`translate(${leftOf(day) + 3} ${HIGH})`}>
            <title>{`${day}: ${usd(sum)}, ${generations} videos`}</title>
            <rect class="charged" y={-charged * scale} width={BAR} height={charged * scale} />
            <rect class="open" y={-sum * scale} width={BAR} height={open * scale} />
            <text x={BAR / 2} y={15}>
              {(days.length < 10 || Number(day.slice(8)) % 5 === 0) && Number(day.slice(8))}
            </text>
          </g>
        ))}
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
      <Fold title="The same as a table">
        <Table
          caption="Spend by day"
          heads={['Day', 'Videos', 'Charged', 'Reserved or unknown']}
          rows={days.map((one) => [one.day, one.generations, usd(one.charged), usd(one.open)])}
        />
      </Fold>
    </figure>
  )
}
