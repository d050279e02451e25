/** Usage: what was spent, by day, key, schedule and status, against the budget. */
import { useState } from 'preact/hooks'
import type { UsageView } from '../client/index.ts'
import { useAnswer } from './answer.ts'
import { useSession } from './context.ts'
import { formatRoute } from './route.ts'
import { Failed } from './schedules-failed.tsx'
import { Radios } from './ui.tsx'
import { Bars } from './usage-bars.tsx'
import { Health } from './usage-health.tsx'
import { localTime, STATUS_WORDS, usd } from './words.ts'
import './schedules.css'

const DAY_MS = 86_400_000
const PERIODS = [
  { value: 'month', label: 'This month' },
  { value: 'days', label: 'Last 30 days' },
] as const

type Sums = UsageView['total']

/** All that counts against budgets. */
const spent = ({ charged_usd, reserved_usd, unknown_usd }: Sums): number =>
  charged_usd + reserved_usd + unknown_usd

export const Usage = () => {
  const { pika, may } = useSession()
  const [period, setPeriod] = useState<'month' | 'days'>('month')
  const usage = useAnswer(
    (signal) => {
      const from = new Date(Date.now() - 29 * DAY_MS).toISOString().slice(0, 10)
      return pika.usage(period === 'month' ? { signal } : { from, signal })
    },
    [period],
  )
  const keys = useAnswer(
    async (signal) => (may('admin') ? (await pika.keys.list({ signal })).data : []),
    [],
  )
  const schedules = useAnswer(
    async (signal) =>
      may('schedules:read') ? (await pika.schedules.list({ limit: 100, signal })).data : [],
    [],
  )
  if (!may('generations:read')) {
    return (
      <main>
        <h1>Usage</h1>
        <p class="notice">This key may not see usage: it lacks the scope generations:read.</p>
      </main>
    )
  }
  const { answer, error, again } = usage
  const keyName = (id: string) =>
    keys.answer?.find((key) => key.id === id)?.name ?? (id === 'admin' ? "The operator's key" : id)
  const scheduleName = (id: string) => schedules.answer?.find((one) => one.id === id)?.name ?? id
  return (
    <main class="stack">
      <div class="head">
        <h1>Usage</h1>
        <Radios
          kind="segments"
          legend="Period"
          value={period}
          onChange={setPeriod}
          choices={PERIODS}
        />
      </div>
      <Health />
      {error !== undefined && <Failed error={error} onAgain={again} />}
      {answer !== undefined && (
        <>
          <section class="panel stack" aria-label="Spend">
            <Totals {...answer.total} />
            <Bars usage={answer} />
          </section>
          <Limits limits={answer.limits} />
          <div class="tables">
            <Table
              name="By API key"
              rows={answer.by_key.map((row) => ({ ...row, label: keyName(row.key_id) }))}
            />
            <Table
              name="By schedule"
              rows={answer.by_schedule.map((row) => ({
                ...row,
                label:
                  row.schedule_id === null ? (
                    'Without a schedule'
                  ) : (
                    <a href={formatRoute({ view: 'schedules', id: row.schedule_id })}>
                      {scheduleName(row.schedule_id)}
                    </a>
                  ),
              }))}
            />
            <Table
              name="By status"
              rows={answer.by_status.map((row) => ({ ...row, label: STATUS_WORDS[row.status] }))}
            />
          </div>
        </>
      )}
    </main>
  )
}

const Totals = ({ generations, charged_usd, reserved_usd, unknown_usd, released_usd }: Sums) => (
  <dl class="totals">
    <div>
      <dt>Charged</dt>
      <dd>{usd(charged_usd)}</dd>
    </div>
    <div>
      <dt>Held for what runs</dt>
      <dd>{usd(reserved_usd)}</dd>
    </div>
    {unknown_usd > 0 && (
      <div>
        <dt>May have been charged</dt>
        <dd>{usd(unknown_usd)}</dd>
      </div>
    )}
    <div>
      <dt>Not charged</dt>
      <dd>{usd(released_usd)}</dd>
    </div>
    <div>
      <dt>Videos asked for</dt>
      <dd>{generations}</dd>
    </div>
  </dl>
)

const Limits = ({ limits }: Pick<UsageView, 'limits'>) => (
  <section class="panel stack" aria-labelledby="limits-title">
    <h2 id="limits-title">Budgets</h2>
    {limits.length === 0 && <p class="note">There is none.</p>}
    {limits.map(({ limit, limit_usd, spent_usd, left_usd, resets_at }) => (
      <div key={limit} class="limit">
        <span>{limit.replaceAll('_', ' ')}</span>
        <meter
          min={0}
          max={limit_usd}
          value={spent_usd}
          aria-label={`Spent of the ${limit.replaceAll('_', ' ')} budget`}
        />
        <span class="note">
          {usd(spent_usd)} of {usd(limit_usd)}, {usd(left_usd)} left until {localTime(resets_at)}
        </span>
      </div>
    ))}
  </section>
)

interface TableProps {
  readonly name: string
  readonly rows: readonly (Sums & { readonly label: preact.ComponentChildren })[]
}

const Table = ({ name, rows }: TableProps) => (
  <section class="panel">
    <table>
      <caption>{name}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="unseen">Name</span>
          </th>
          <th scope="col">Videos</th>
          <th scope="col">Spent</th>
        </tr>
      </thead>
      <tbody>
        {rows
          .toSorted((a, b) => spent(b) - spent(a))
          .map((row, index) => (
            <tr key={index}>
              <th scope="row">{row.label}</th>
              <td>{row.generations}</td>
              <td>{usd(spent(row))}</td>
            </tr>
          ))}
      </tbody>
    </table>
    {rows.length === 0 && <p class="note">Nothing in this time.</p>}
  </section>
)
