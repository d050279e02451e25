/** An open generation: its past, current and remaining steps. */
import type { ComponentChildren } from 'preact'
import type { Generation, GenerationEvent } from '../client/index.ts'
import { duration, PENDING_WORDS, usd } from '../contract/words.ts'
import { useAnswer, useNow } from './hooks.ts'
import { once, useSession } from './session.ts'
import { isOpen, type OpenGeneration } from './store.ts'
import { Act } from './ui.tsx'
import { sentence, timeOfDay } from './words.ts'

/** A component of its own, so that each tick renders only the clock. */
export const Elapsed = ({ since }: { since: string }) => (
  <>{duration(useNow(1000) - Date.parse(since))}</>
)

/** Estimates the progress. Without data from earlier runs, it only shows activity. */
const Bar = ({ since, expected }: { since: string; expected: number | undefined }) => {
  const seconds = (useNow(expected && 500) - Date.parse(since)) / 1000
  return <progress aria-label="Progress" value={expected && Math.min(0.97, seconds / expected)} />
}

const placeWords = (before: number): string => (before === 0 ? 'next' : `${before} ahead of it`)

const NOW_AT = { submitting: 0, queued: 1, in_progress: 2 } as const

export const Run = ({ generation }: { generation: OpenGeneration }) => {
  const { status, created_at, started_at, queue_position, pending_reason } = generation
  const { expected_seconds: expected } = generation
  const { toast } = useSession()
  const askToNotify = async () => {
    const given = await Notification.requestPermission()
    toast(given === 'granted' ? 'The page will notify you.' : 'This browser does not allow it.')
  }
  const at = pending_reason === null ? NOW_AT[status] : 1
  const place = status === 'queued' && queue_position !== null && placeWords(queue_position)
  const rendering = status === 'in_progress' && (
    <>
      <Elapsed since={started_at ?? created_at} />
      {expected && ` · usually ${duration(expected.p50 * 1000)} in all`}
    </>
  )
  const phases: readonly (readonly [string, ComponentChildren])[] = [
    ['Accepted', timeOfDay(created_at)],
    [pending_reason === 'confirmation' ? 'Confirming' : 'In line', place],
    ['Rendering', rendering],
    ['Ready', false],
  ]
  return (
    <div class="run">
      <Bar key={status} since={created_at} expected={at === 2 ? expected?.p90 : undefined} />
      <ol class="phases">
        {phases.map(([name, says], index) => (
          <li
            key={name}
            class={index < at ? 'done' : index === at ? 'now' : 'next'}
            aria-current={index === at ? 'step' : undefined}
          >
            <span class="name">{name}</span>
            {says && <span class="note">{says}</span>}
          </li>
        ))}
      </ol>
      {pending_reason !== null && <p class="notice">{sentence(PENDING_WORDS[pending_reason])}</p>}
      <Cancel generation={generation} />
      {'Notification' in window && Notification.permission === 'default' && (
        <Act class="quiet" run={askToNotify}>
          Notify me when it is ready
        </Act>
      )}
    </div>
  )
}

const Cancel = ({ generation }: { generation: OpenGeneration }) => {
  const { pika, store, may, announce } = useSession()
  const { id, status, cancel_requested_at, unconfirmed, cost } = generation
  if (cancel_requested_at !== null) {
    return <p class="note">You asked fal to cancel it. fal may still finish it.</p>
  }
  if (!may('generations:write')) return null
  const cancel = () => {
    announce('Canceling')
    return pika.cancel(id).then(store.put)
  }
  const price = usd(cost.estimated_usd)
  let words = 'It costs nothing unless fal starts before the cancel arrives.'
  if (unconfirmed) words = `fal may already have it, so it may cost ${price}.`
  if (status === 'in_progress') words = `fal has started, so it may finish it and charge ${price}.`
  return (
    <div class="actions">
      <Act run={cancel}>Cancel</Act>
      <span class="note">{words}</span>
    </div>
  )
}

export const Events = ({ generation }: { generation: Generation }) => {
  const { pika } = useSession()
  const ask = () => {
    const options = { headers: { accept: 'application/json' } }
    const { events } = pika.api.v1.generations[':id']
    return once<{ data: GenerationEvent[] }>(() =>
      events.$get({ param: { id: generation.id } }, options),
    )
  }
  const { answer, error } = useAnswer(ask, [generation], isOpen(generation) ? 3000 : undefined)
  if (answer === undefined && error === undefined) return <p class="note">Loading…</p>
  if (!answer?.data.length) return <p class="note">The gateway no longer keeps its events.</p>
  return (
    <ol class="events">
      {answer.data.map((event) => (
        <li key={event.id}>
          <time datetime={event.created_at}>{timeOfDay(event.created_at)}</time>
          <code>{event.type.replace('generation.', '')}</code>
          <span>
            {'message' in event && event.message}
            {'queue_position' in event && placeWords(event.queue_position)}
          </span>
        </li>
      ))}
    </ol>
  )
}
