/** One schedule: its next runs, its history and its actions. */
import { useState } from 'preact/hooks'
import type { Schedule, SchedulePreview, ScheduleRun } from '../client/index.ts'
import { cronWords, usd } from '../contract/words.ts'
import { useAnswer, useInterval, usePages } from './hooks.ts'
import { addressOf, go } from './route.ts'
import { useSession } from './session.ts'
import { Unconfirmed, useSubmission } from './studio.tsx'
import { Act, Failed, More } from './ui.tsx'
import { standing, STATUS_WORDS, timeIn } from './words.ts'

/** The browser's time zone. */
export const HERE = new Intl.DateTimeFormat().resolvedOptions().timeZone

/** How often to refresh the history while a run is under way. */
const LOOK_EVERY_MS = 3000

export const OneSchedule = ({ id }: { id: string }) => {
  const { pika } = useSession()
  const { answer: schedule, ...asked } = useAnswer((signal) => pika.schedules.get(id, { signal }))
  const runs = usePages((options) => pika.schedules.runs(id, { limit: 20, ...options }))
  const isRunning = runs.data.some(({ outcome }) => outcome === 'pending')
  useInterval(runs.poll, isRunning ? LOOK_EVERY_MS : undefined)
  return (
    <main class="stack">
      <a href={addressOf('schedules')}>← All schedules</a>
      <Failed {...asked} />
      <Failed {...runs} />
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

const OUTCOME_WORDS = { ...STATUS_WORDS, pending: 'Running', skipped: 'Skipped' }

const runWords = ({ outcome, detail, slots, trigger }: ScheduleRun): string => {
  const byHand = trigger === 'manual' && 'run by hand'
  const times = slots > 1 && `${slots} times`
  return [OUTCOME_WORDS[outcome], byHand, times, detail].filter(Boolean).join(' · ')
}

type DetailsProps = { schedule: Schedule; onChange: (now: Schedule) => void; onRun: () => void }

const Details = ({ schedule, onChange, onRun }: DetailsProps) => {
  const { id, name, cron, timezone, paused, input, prompts } = schedule
  const { pika, priceOf, me, may, toast, fail, announce } = useSession()
  const [isSure, setSure] = useState(false)
  const price = usd(priceOf(input))
  const sending = useSubmission(`${me.account_id}.${id}`, (ids) => {
    onRun()
    if (ids.length > 0) toast('It runs.', 6000, { label: 'Watch', run: () => go('generate', ids) })
  })
  const { state, refusals, spend, checkAgain } = sending
  const isUnknown = state === 'unknown'
  // The gateway fills in the prompt.
  const run = () =>
    isUnknown ? checkAgain() : spend([{ body: { ...input, prompt: '' }, runOf: id }])
  const pause = async () => {
    const changed = await pika.schedules.update(id, { paused: !paused })
    announce(changed.paused ? 'Paused' : 'Resumed')
    onChange(changed)
  }
  const remove = () => void pika.schedules.delete(id).then(() => go('schedules'), fail)
  return (
    <div class="stack">
      <div>
        <h1 id="schedule-title">{name}</h1>
        <p class={paused ? 'field-error' : 'note'}>{standing(schedule)}</p>
      </div>
      <p>{prompts === null ? input.prompt : prompts.join(' / ')}</p>
      <p class="note">
        {`${input.aspect_ratio} · ${input.resolution} · ${input.duration} s · ${price} a run · `}
        <code>{cron}</code> in {timezone}
      </p>
      <Unconfirmed {...sending} />
      <Failed error={refusals[0]?.error} again={run} />
      {may('schedules:write') && (
        <div class="actions">
          <button class="primary" disabled={state === 'sending'} onClick={run}>
            {isUnknown ? 'Check again' : `Run now · ${price}`}
          </button>
          <Act run={pause}>{paused ? 'Resume' : 'Pause'}</Act>
          {isSure && <button onClick={remove}>Delete it and its history</button>}
          <button class="quiet" onClick={() => setSure(!isSure)}>
            {isSure ? 'Keep it' : 'Delete'}
          </button>
        </div>
      )}
    </div>
  )
}

/** `cron` is undefined if the expression is invalid. */
type OutlookProps = {
  cron: string | undefined
  preview?: Pick<SchedulePreview, 'next_runs' | 'projected_monthly_usd' | 'timezone'> | undefined
}

/** The schedule in words, its next five times, and its cost. */
export const Outlook = ({ cron, preview }: OutlookProps) => (
  <div class="outlook" aria-live="polite">
    <p>
      <strong>{cron && cronWords(cron)}</strong>
    </p>
    <ol>
      {preview?.next_runs.map((iso) => (
        <li key={iso}>
          <time dateTime={iso}>{timeIn(iso, preview.timezone)}</time>
          {preview.timezone !== HERE && <span class="note"> · {timeIn(iso, HERE)} here</span>}
        </li>
      ))}
    </ol>
    {preview?.next_runs.length === 0 && <p class="note">There is no such time.</p>}
    {preview && (
      <p>
        About <strong>{usd(preview.projected_monthly_usd)}</strong> a month
      </p>
    )}
  </div>
)
