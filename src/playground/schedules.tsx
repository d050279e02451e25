/** Schedules: what runs by the clock, when next, and what it costs a month. */
import { useEffect, useState } from 'preact/hooks'
import type { Page, ScheduleSummary } from '../client/index.ts'
import { useAnswer } from './answer.ts'
import { useSession } from './context.ts'
import { type Draft, EMPTY } from './draft.ts'
import { Failed } from './schedules-failed.tsx'
import { ScheduleForm } from './schedules-form.tsx'
import { OneSchedule } from './schedules-one.tsx'
import { cronWords } from './schedules-cron.ts'
import { standing } from './schedules-words.ts'
import { formatRoute, go } from './route.ts'
import './schedules.css'

export interface SchedulesProps {
  /** The schedule that is open, from the address. */
  readonly id?: string | undefined
  /** What a new schedule begins with: the settings of a video. */
  readonly draft?: Draft | undefined
}

export const Schedules = ({ id, draft }: SchedulesProps) => {
  const { may } = useSession()
  if (!may('schedules:read')) {
    return (
      <main>
        <h1>Schedules</h1>
        <p class="notice">This key may not see schedules: it lacks the scope schedules:read.</p>
      </main>
    )
  }
  return id === undefined ? <All draft={draft} /> : <OneSchedule key={id} id={id} />
}

const All = ({ draft }: Pick<SchedulesProps, 'draft'>) => {
  const { pika, may, fail } = useSession()
  const [isNew, setNew] = useState(draft !== undefined)
  const { answer, error, again, set } = useAnswer(
    (signal) => pika.schedules.list({ limit: 50, signal }),
    [],
  )
  useEffect(() => {
    if (draft !== undefined) setNew(true)
  }, [draft])
  const more = (page: Page<ScheduleSummary>) =>
    pika.schedules
      .list({ limit: 50, cursor: page.next_cursor ?? undefined })
      .then((next) => set({ ...next, data: [...page.data, ...next.data] }))
      .catch(fail)
  const isEmpty = answer?.data.length === 0
  const isForm = may('schedules:write') && (isNew || isEmpty)
  return (
    <main class="stack">
      <div class="head">
        <div>
          <h1>Schedules</h1>
          <p class="note">
            Videos by the clock. Each time is run once, in the zone that you choose.
          </p>
        </div>
        {may('schedules:write') && !isForm && (
          <button type="button" class="primary" onClick={() => setNew(true)}>
            New schedule
          </button>
        )}
      </div>
      {!may('schedules:write') && (
        <p class="notice">This key may not make schedules: it lacks the scope schedules:write.</p>
      )}
      {isForm && (
        <ScheduleForm
          draft={draft ?? EMPTY}
          onMade={({ id }) => go({ view: 'schedules', id })}
          onCancel={isEmpty ? undefined : () => setNew(false)}
        />
      )}
      {error !== undefined && <Failed error={error} onAgain={again} />}
      {answer === undefined && error === undefined && <p class="note">Looking for schedules…</p>}
      <ul class="rows">
        {answer?.data.map((schedule) => (
          <Row key={schedule.id} schedule={schedule} />
        ))}
      </ul>
      {answer?.has_more === true && (
        <button type="button" onClick={() => void more(answer)}>
          Load more
        </button>
      )}
    </main>
  )
}

const Row = ({ schedule }: { readonly schedule: ScheduleSummary }) => {
  const meaning = cronWords(schedule.cron)
  return (
    <li class="panel">
      <h2>
        <a href={formatRoute({ view: 'schedules', id: schedule.id })}>{schedule.name}</a>
      </h2>
      <p>
        {meaning ?? schedule.cron} <span class="note">({schedule.timezone})</span>
      </p>
      <p class={schedule.paused ? 'field-error' : 'note'}>
        {standing(schedule)} · {schedule.run_count} {schedule.run_count === 1 ? 'video' : 'videos'}{' '}
        so far
      </p>
    </li>
  )
}
