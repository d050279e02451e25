/** The Schedules view: each with its times and its next run. */
import { useEffect, useState } from 'preact/hooks'
import { cronWords } from '../contract/schedule-words.ts'
import { type Draft, EMPTY } from './draft.ts'
import { usePages } from './hooks.ts'
import { addressOf } from './route.ts'
import { ScheduleForm } from './schedules-form.tsx'
import { standing } from './schedules-words.ts'
import { useSession } from './session.ts'
import { Failed, More } from './ui.tsx'

/** @param draft the video settings for a new schedule */
export const Schedules = ({ draft }: { draft: Draft | undefined }) => {
  const { pika, may } = useSession()
  const [isNew, setNew] = useState(false)
  const pages = usePages((options) => pika.schedules.list({ limit: 50, ...options }))
  useEffect(() => setNew(draft !== undefined), [draft])
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
          <button class="primary" onClick={() => setNew(true)}>
            New schedule
          </button>
        )}
      </div>
      {!may('schedules:write') && (
        <p class="notice">This key may not make schedules: it lacks the scope schedules:write.</p>
      )}
      {isForm && (
        <ScheduleForm draft={draft ?? EMPTY} onCancel={isEmpty ? undefined : () => setNew(false)} />
      )}
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
              {standing(schedule)} · {schedule.run_count}{' '}
              {schedule.run_count === 1 ? 'video' : 'videos'} so far
            </p>
          </li>
        ))}
      </ul>
      <More {...pages} />
    </main>
  )
}
