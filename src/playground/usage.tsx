/** The Usage view: spend by day, key, schedule and status, against the budget. */
import type { ComponentChildren } from 'preact'
import type { UsageView } from '../client/index.ts'
import type { Health as HealthView } from '../contract/health.ts'
import { HEALTH_WORDS, usd } from '../contract/words.ts'
import { useAnswer } from './hooks.ts'
import { addressOf } from './route.ts'
import { once, useSession } from './session.ts'
import { Facts, Failed, Table } from './ui.tsx'
import { Bars, DAY_MS } from './usage-bars.tsx'
import { explain, localTime, STATUS_WORDS } from './words.ts'

type Sums = UsageView['total']

export const Usage = () => {
  const { pika, may } = useSession()
  const usage = useAnswer((signal) => {
    const from = new Date(Date.now() - 29 * DAY_MS).toISOString().slice(0, 10)
    return pika.usage({ from, signal })
  })
  // Names are optional: without them the page shows ids.
  const names = useAnswer(async (signal) => {
    const [keys, schedules] = await Promise.all([
      may('admin') ? pika.keys.list({ signal }) : undefined,
      may('schedules:read') ? pika.schedules.list({ limit: 100, signal }) : undefined,
    ])
    const named = [...(keys?.data ?? []), ...(schedules?.data ?? [])]
    return new Map(named.map(({ id, name }) => [id, name]))
  })
  const nameOf = (id: string) =>
    names.answer?.get(id) ?? (id === 'admin' ? "The operator's key" : id)
  const view = usage.answer
  return (
    <main class="stack">
      <h1>Usage</h1>
      <Health />
      <Failed {...usage} />
      {view !== undefined && (
        <>
          <section class="panel stack" aria-label="Spend">
            <Facts class="totals" facts={totalsOf(view.total)} />
            <Bars usage={view} />
          </section>
          <Limits limits={view.limits} />
          <div class="tables">
            <Spent by="API key" rows={view.by_key} name={({ key_id: id }) => nameOf(id)} />
            <Spent
              by="schedule"
              rows={view.by_schedule}
              name={({ schedule_id: id }) =>
                id ? <a href={addressOf('schedules', [id])}>{nameOf(id)}</a> : 'Without a schedule'
              }
            />
            <Spent by="status" rows={view.by_status} name={({ status }) => STATUS_WORDS[status]} />
          </div>
        </>
      )}
    </main>
  )
}

const totalsOf = (total: Sums) => [
  ['Charged', usd(total.charged_usd)],
  ['Reserved for running videos', usd(total.reserved_usd)],
  ['May have been charged', total.unknown_usd > 0 && usd(total.unknown_usd)],
  ['Not charged', usd(total.released_usd)],
  ['Videos', total.generations],
]

const Limits = ({ limits }: Pick<UsageView, 'limits'>) => (
  <section class="panel stack">
    <h2>Budgets</h2>
    {limits.length === 0 && <p class="note">There is none.</p>}
    {limits.map(({ limit, limit_usd, spent_usd, left_usd, resets_at }) => (
      <label key={limit} class="limit">
        <span>{limit.replaceAll('_', ' ')}</span>
        <meter max={limit_usd} value={spent_usd} />
        <span class="note">
          {usd(spent_usd)} of {usd(limit_usd)}, {usd(left_usd)} left until {localTime(resets_at)}
        </span>
      </label>
    ))}
  </section>
)

type SpentProps<T> = { by: string; rows: readonly T[]; name: (row: T) => ComponentChildren }

const Spent = <T extends Sums>({ by, rows, name }: SpentProps<T>) => {
  const spent = ({ charged_usd, reserved_usd, unknown_usd }: Sums) =>
    charged_usd + reserved_usd + unknown_usd
  const sorted = rows.toSorted((a, b) => spent(b) - spent(a))
  return (
    <section class="panel">
      <Table
        caption={`By ${by}`}
        heads={['Name', 'Videos', 'Spent']}
        rows={sorted.map((row) => [name(row), row.generations, usd(spent(row))])}
      />
      {rows.length === 0 && <p class="note">Nothing in this time.</p>}
    </section>
  )
}

const healthWords = ({ reasons, webhooks }: HealthView): string => {
  const [first, ...others] = reasons
  if (first !== undefined) {
    const more = others.length > 0 ? ` (and ${others.length} more)` : ''
    return `The gateway is up. Since ${localTime(first.since)}: ${HEALTH_WORDS[first.code]}${more}.`
  }
  return webhooks === 'on'
    ? 'The gateway is up, and fal calls it back.'
    : 'The gateway is up. fal cannot call it back, so it asks fal.'
}

const Health = () => {
  const { answer, error } = useAnswer((signal) =>
    once<HealthView>(() => fetch('/healthz', { signal }), signal),
  )
  const { title, text } = explain(error)
  const words = answer && healthWords(answer)
  return (
    <p class="health note" data-state={error === undefined ? answer?.status : 'bad'}>
      {error === undefined ? words : `${title}. ${text}`}
    </p>
  )
}
