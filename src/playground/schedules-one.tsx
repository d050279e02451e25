/** One schedule: what is to come of it, what it did, and what one can do with it. */
import { useEffect, useState } from 'preact/hooks'
import type { Page, Schedule, ScheduleRun } from '../client/index.ts'
import { useAnswer } from './answer.ts'
import { useSession } from './context.ts'
import { isOutcomeUnknown } from './errors.ts'
import { useNow } from './hooks.ts'
import { priceOf } from './price.ts'
import { Failed } from './schedules-failed.tsx'
import { Outlook } from './schedules-form.tsx'
import { cronWords } from './schedules-cron.ts'
import { promptOf, runWords, standing, timeIn } from './schedules-words.ts'
import { formatRoute, go } from './route.ts'
import { usd } from './words.ts'

/** How often the history is looked at while a run is under way. */
const LOOK_EVERY_MS = 3000

export const OneSchedule = ({ id }: { readonly id: string }) => {
  const { pika } = useSession()
  const schedule = useAnswer((signal) => pika.schedules.get(id, { signal }), [id])
  const runs = useAnswer((signal) => pika.schedules.runs(id, { limit: 20, signal }), [id])
  const isRunning = runs.answer?.data.some(({ outcome }) => outcome === 'pending') ?? false
  const tick = useNow(LOOK_EVERY_MS, isRunning)
  useEffect(() => {
    if (isRunning) runs.again()
  }, [tick])
  const failed = schedule.error ?? runs.error
  return (
    <main class="stack">
      <p>
        <a href={formatRoute({ view: 'schedules' })}>All schedules</a>
      </p>
      {failed !== undefined && (
        <Failed
          error={failed}
          onAgain={() => {
            schedule.again()
            runs.again()
          }}
        />
      )}
      {schedule.answer !== undefined && (
        <Details schedule={schedule.answer} onChange={schedule.set} onRun={runs.again} />
      )}
      {runs.answer !== undefined && schedule.answer !== undefined && (
        <Runs runs={runs.answer} timezone={schedule.answer.timezone} onMore={runs.set} />
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
  const { id, name, cron, timezone, paused, input } = schedule
  const { pika, model, may, fail, toast, announce, refreshUsage } = useSession()
  const [isBusy, setBusy] = useState(false)
  const [isSure, setSure] = useState(false)
  const run = useRunNow(id)
  const meaning = cronWords(cron)
  const price = usd(priceOf(model.prices, input))
  const during = (work: Promise<unknown>) => {
    setBusy(true)
    void work.catch(fail).finally(() => setBusy(false))
  }
  const pause = async () => {
    const changed = await pika.schedules.update(id, { paused: !paused })
    announce(changed.paused ? 'Paused' : 'Goes on')
    onChange(changed)
  }
  const runNow = async () => {
    const made = await run.press()
    if (made === undefined) return
    toast({
      text: 'It runs.',
      action: { label: 'Watch', run: () => go({ view: 'generate', ids: [made.id] }) },
    })
    onRun()
    refreshUsage()
  }
  const remove = async () => {
    await pika.schedules.delete(id)
    announce('Deleted')
    go({ view: 'schedules' })
  }
  return (
    <section class="panel columns" aria-labelledby="schedule-title">
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
        {run.isUnknown && (
          <p class="notice bad" role="alert">
            Could not confirm that it runs. It may have cost {price}; checking again pays nothing a
            second time.
          </p>
        )}
        {may('schedules:write') && (
          <div class="actions">
            <button
              type="button"
              class="primary"
              disabled={isBusy}
              onClick={() => during(runNow())}
            >
              {run.isUnknown ? 'Check again' : `Run now · ${price}`}
            </button>
            <button type="button" disabled={isBusy} onClick={() => during(pause())}>
              {paused ? 'Resume' : 'Pause'}
            </button>
            {isSure ? (
              <>
                <button type="button" disabled={isBusy} onClick={() => during(remove())}>
                  Delete it and its history
                </button>
                <button type="button" onClick={() => setSure(false)}>
                  Keep it
                </button>
              </>
            ) : (
              <button type="button" class="quiet" onClick={() => setSure(true)}>
                Delete
              </button>
            )}
          </div>
        )}
      </div>
      <Outlook meaning={meaning} preview={schedule} error={undefined} />
    </section>
  )
}

/** It is sent again all the while; then one is told that nobody knows. */
const MAX_ANSWER_MS = 20_000

/** Runs it once however often that is pressed or the page reloaded, until an answer is there. */
const useRunNow = (id: string) => {
  const { pika } = useSession()
  const name = `pika-edge.run.${id}`
  const [isUnknown, setUnknown] = useState(() => sessionStorage.getItem(name) !== null)
  const press = async () => {
    const idempotencyKey = sessionStorage.getItem(name) ?? crypto.randomUUID()
    sessionStorage.setItem(name, idempotencyKey)
    try {
      const signal = AbortSignal.timeout(MAX_ANSWER_MS)
      const made = await pika.schedules.run(id, { idempotencyKey, signal })
      sessionStorage.removeItem(name)
      setUnknown(false)
      return made
    } catch (error) {
      if (!isOutcomeUnknown(error)) {
        sessionStorage.removeItem(name)
        setUnknown(false)
        throw error
      }
      setUnknown(true)
      return undefined
    }
  }
  return { isUnknown, press }
}

interface RunsProps {
  readonly runs: Page<ScheduleRun>
  readonly timezone: string
  readonly onMore: (runs: Page<ScheduleRun>) => void
}

const Runs = ({ runs, timezone, onMore }: RunsProps) => {
  const { pika, fail } = useSession()
  const more = async () => {
    const [first] = runs.data
    if (first === undefined || runs.next_cursor === null) return
    const options = { limit: 20, cursor: runs.next_cursor }
    const next = await pika.schedules.runs(first.schedule_id, options)
    onMore({ ...next, data: [...runs.data, ...next.data] })
  }
  return (
    <section class="panel" aria-labelledby="runs-title">
      <h2 id="runs-title">Runs</h2>
      {runs.data.length === 0 && <p class="note">None so far.</p>}
      <ol class="runs">
        {runs.data.map((run) => (
          <li key={`${run.slot}${run.generation_id}`}>
            <time dateTime={run.slot}>{timeIn(run.slot, timezone)}</time>
            <span>
              {run.generation_id === null ? (
                runWords(run)
              ) : (
                <a href={formatRoute({ view: 'generate', ids: [run.generation_id] })}>
                  {runWords(run)}
                </a>
              )}
            </span>
          </li>
        ))}
      </ol>
      {runs.has_more && (
        <button type="button" onClick={() => void more().catch(fail)}>
          Load more
        </button>
      )}
    </section>
  )
}
