/** The Schedules view: each with its times and its next run. */
import { cronWords } from '../contract/words.ts'
import { usePages } from './hooks.ts'
import { addressOf } from './route.ts'
import { ScheduleForm } from './schedules-form.tsx'
import { useSession } from './session.ts'
import { Failed, More } from './ui.tsx'
import { standing } from './words.ts'

export const Schedules = ({ isNew }: { isNew: boolean }) => {
  const { pika, may } = useSession()
  const pages = usePages((options) => pika.schedules.list({ limit: 50, ...options }))
  const isEmpty = pages.answer?.data.length === 0
  const isForm = may('schedules:write') && (isNew || isEmpty)
  return (
    <main class="stack">
      <div class="head">
        <div>
          <h1>Schedules</h1>
          <p class="note">A schedule makes a video at the times you choose.</p>
        </div>
        {may('schedules:write') && !isForm && (
          <a class="button primary" href={addressOf('schedules', ['new'])}>
            New schedule
          </a>
        )}
      </div>
      {!may('schedules:write') && (
        <p class="notice">This key may not make schedules: it lacks the scope schedules:write.</p>
      )}
      {isForm && <ScheduleForm canCancel={!isEmpty} />}
      <Failed {...pages} />
      {pages.answer === undefined && pages.error === undefined && <p class="note">Loading…</p>}
      <ul class="rows">
        {pages.data.map((schedule) => (
          <li key={schedule.id} class="panel">
            <h2>
              <a href={addressOf('schedules', [schedule.id])}>{schedule.name}</a>
            </h2>
            <p>
              {cronWords(schedule.cron) ?? schedule.cron}{' '}
              <span class="note">({schedule.timezone})</span>
            </p>
            <p class={schedule.paused ? 'field-error' : 'note'}>
              {standing(schedule)} · runs so far: {schedule.run_count}
            </p>
          </li>
        ))}
      </ul>
      <More {...pages} />
    </main>
  )
}
