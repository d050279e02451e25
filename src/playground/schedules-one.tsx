/** One schedule: what is to come of it, what it did, and what one can do with it. */
import { useState } from 'preact/hooks'
import type { Schedule } from '../client/index.ts'
import { useAnswer, useInterval, usePages } from './hooks.ts'
import { addressOf, go } from './route.ts'
import { Outlook } from './schedules-form.tsx'
import { promptOf, runWords, standing, timeIn } from './schedules-words.ts'
import { useSession } from './session.ts'
import { useSubmission } from './studio.ts'
import { Failed, More, Notice } from './ui.tsx'
import { priceOf, usd } from './words.ts'
import './schedules.css'

/** How often the history is looked at while a run is under way. */
const LOOK_EVERY_MS = 3000

export const OneSchedule = ({ id }: { id: string }) => {
  const { pika } = useSession()
  const { answer: schedule, ...asked } = useAnswer((signal) => pika.schedules.get(id, { signal }))
  const runs = usePages((options) => pika.schedules.runs(id, { limit: 20, ...options }))
  const isRunning = runs.data.some(({ outcome }) => outcome === 'pending')
  useInterval(runs.again, LOOK_EVERY_MS, isRunning)
  return (
    <main class="stack">
      <p>
        <a href={addressOf('schedules')}>All schedules</a>
      </p>
      <Failed error={asked.error} again={asked.again} />
      <Failed error={runs.error} again={runs.again} />
      {schedule !== undefined && (
        <section class="panel columns" aria-labelledby="schedule-title">
          <Details schedule={schedule} onChange={asked.set} onRun={runs.again} />
          <Outlook cron={schedule.cron} preview={schedule} />
        </section>
      )}
      {runs.answer !== undefined && schedule !== undefined && (
        <section class="panel" aria-labelledby="runs-title">
          <h2 id="runs-title">Runs</h2>
          {runs.data.length === 0 && <p class="note">None so far.</p>}
          <ol class="runs">
            {runs.data.map((run) => (
              <li key={`${run.slot}${run.generation_id}`}>
                <time dateTime={run.slot}>{timeIn(run.slot, schedule.timezone)}</time>
                {run.generation_id === null ? (
                  <span>{runWords(run)}</span>
                ) : (
                  <a href={addressOf('generate', [run.generation_id])}>{runWords(run)}</a>
                )}
              </li>
            ))}
          </ol>
          <More {...runs} />
        </section>
      )}
    </main>
  )
}

interface DetailsProps {
  readonly schedule: Schedule
  readonly onChange: (schedule: Schedule) => void
  readonly onRun: () => void
}

const Details = ({ schedule, onChange, onRun }: DetailsProps) => {
  const { name, cron, timezone, paused, input } = schedule
  const { model, may } = useSession()
  const price = usd(priceOf(model.prices, input))
  return (
    <div class="stack">
      <div>
        <h1 id="schedule-title">{name}</h1>
        <p class={paused ? 'field-error' : 'note'}>{standing(schedule)}</p>
      </div>
      <p>{promptOf(schedule)}</p>
      <p class="note">
        {input.aspect_ratio} · {input.resolution} · {input.duration} s · {price} a run ·{' '}
        <code>{cron}</code> in {timezone}
      </p>
      {may('schedules:write') && (
        <>
          <RunNow schedule={schedule} price={price} onRun={onRun} />
          <Change schedule={schedule} onChange={onChange} />
        </>
      )}
    </div>
  )
}

interface RunNowProps extends Pick<DetailsProps, 'schedule' | 'onRun'> {
  readonly price: string
}

/** Runs it once, however often that is pressed or the page reloaded, until an answer is there. */
const RunNow = ({ schedule: { id, input }, price, onRun }: RunNowProps) => {
  const session = useSession()
  const owner = `${session.me.account_id}.${id}`
  const { state, refusals, spend, checkAgain } = useSubmission(session, owner, (ids) => {
    onRun()
    if (ids.length === 0) return
    session.toast('It runs.', { action: { label: 'Watch', run: () => go('generate', ids) } })
  })
  const isUnknown = state === 'unknown'
  const run = () =>
    isUnknown ? checkAgain() : spend([{ body: { ...input, prompt: '' }, runOf: id }])
  return (
    <>
      {isUnknown && (
        <Notice
          title="Could not confirm that it runs"
          text={`It may have cost ${price}. Checking again does not pay twice.`}
        />
      )}
      {refusals.map(({ error }) => (
        <Failed key={error.code} error={error} again={run} />
      ))}
      <div class="actions">
        <button class="primary" disabled={state === 'sending'} onClick={run}>
          {isUnknown ? 'Check again' : `Run now · ${price}`}
        </button>
      </div>
    </>
  )
}

/** Pauses, resumes and deletes it. */
const Change = ({ schedule, onChange }: Pick<DetailsProps, 'schedule' | 'onChange'>) => {
  const { id, paused } = schedule
  const { pika, fail, announce } = useSession()
  const [isBusy, setBusy] = useState(false)
  const [isSure, setSure] = useState(false)
  const during = (work: Promise<void>) => {
    setBusy(true)
    void work.catch(fail).finally(() => setBusy(false))
  }
  const pause = async () => {
    const changed = await pika.schedules.update(id, { paused: !paused })
    announce(changed.paused ? 'Paused' : 'Resumed')
    onChange(changed)
  }
  const remove = async () => {
    await pika.schedules.delete(id)
    announce('Deleted')
    go('schedules')
  }
  return (
    <div class="actions">
      <button disabled={isBusy} onClick={() => during(pause())}>
        {paused ? 'Resume' : 'Pause'}
      </button>
      {isSure ? (
        <>
          <button disabled={isBusy} onClick={() => during(remove())}>
            Delete it and its history
          </button>
          <button onClick={() => setSure(false)}>Keep it</button>
        </>
      ) : (
        <button class="quiet" onClick={() => setSure(true)}>
          Delete
        </button>
      )}
    </div>
  )
}
