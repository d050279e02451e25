/** A generation on its way: what has happened, what happens now, and what is to come. */
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Generation, GenerationEvent } from '../client/index.ts'
import { isFinal } from '../contract/status.ts'
import { useAnswer, useInterval, useNow } from './hooks.ts'
import { useSession } from './session.ts'
import { clock, PENDING_WORDS, usd } from './words.ts'

type OpenGeneration = Extract<Generation, { status: 'submitting' | 'queued' | 'in_progress' }>

/** Whether it goes on: the others have ended. */
export const isOpen = (generation: Generation): generation is OpenGeneration =>
  !isFinal(generation.status)

/** A clock of its own, so that nothing around it is drawn again. */
export const Elapsed = ({ since }: { since: string }) => {
  const nowMs = useNow(1000)
  return <>{clock((nowMs - Date.parse(since)) / 1000)}</>
}

/** How far it may be. Where nothing is known of past ones, it only moves. */
const Bar = ({ since, expected }: { since: string; expected: number | undefined }) => {
  const nowMs = useNow(500, expected !== undefined)
  if (expected === undefined) return <progress aria-label="Under way" />
  const share = Math.min(0.97, (nowMs - Date.parse(since)) / 1000 / expected)
  return <progress aria-label="About how far it is" max={1} value={share} />
}

const placeWords = (before: number): string => (before === 0 ? 'next' : `${before} ahead of it`)

const NOW_AT = { submitting: 0, queued: 1, in_progress: 2 } as const

export const Run = ({ generation }: { generation: OpenGeneration }) => {
  const { status, created_at, started_at, queue_position, pending_reason } = generation
  const { expected_seconds: expected } = generation
  const at = pending_reason === null ? NOW_AT[status] : 1
  const place = status === 'queued' && queue_position !== null && placeWords(queue_position)
  const rendering = status === 'in_progress' && (
    <>
      <Elapsed since={started_at ?? created_at} />
      {expected && ` · usually ${clock(expected.p50)} in all`}
    </>
  )
  const phases: readonly (readonly [string, ComponentChildren])[] = [
    ['Accepted', new Date(created_at).toLocaleTimeString()],
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
      {pending_reason !== null && <p class="notice">{PENDING_WORDS[pending_reason]}</p>}
      <Cancel generation={generation} />
      <Notify />
    </div>
  )
}

/** Asks the browser only when it is pressed. */
const Notify = () => {
  const { toast } = useSession()
  const [isAsked, setAsked] = useState(false)
  if (!('Notification' in window) || Notification.permission !== 'default' || isAsked) return null
  const ask = async () => {
    setAsked(true)
    const given = await Notification.requestPermission()
    toast(given === 'granted' ? 'The page will notify you.' : 'This browser does not allow it.')
  }
  return (
    <button class="quiet" onClick={() => void ask()}>
      Notify me when it is ready
    </button>
  )
}

const Cancel = ({ generation }: { generation: OpenGeneration }) => {
  const { pika, store, may, fail, announce } = useSession()
  const [isAsking, setAsking] = useState(false)
  const { id, status, cancel_requested_at, unconfirmed, cost } = generation
  if (cancel_requested_at !== null || isAsking) {
    return <p class="note">You asked fal to cancel it. fal may still finish it.</p>
  }
  if (!may('generations:write')) return null
  const cancel = async () => {
    setAsking(true)
    announce('Canceling')
    await pika.cancel(id).then(store.put, fail)
    setAsking(false)
  }
  const price = usd(cost.estimated_usd)
  return (
    <div class="actions">
      <button onClick={() => void cancel()}>Cancel</button>
      <span class="note">
        {unconfirmed
          ? `fal may already have it, so it may cost ${price}.`
          : status === 'in_progress'
            ? `fal has started, so it may finish it and charge ${price}.`
            : 'It costs nothing unless fal starts before the cancel arrives.'}
      </span>
    </div>
  )
}

/** The log of a generation, as the API has it. */
export const Events = ({ id }: { id: string }) => {
  const { pika, store } = useSession()
  const { answer, error, again } = useAnswer(async (): Promise<readonly GenerationEvent[]> => {
    const options = { headers: { accept: 'application/json' } }
    const response = await pika.api.v1.generations[':id'].events.$get({ param: { id } }, options)
    if (!response.ok) throw new Error(String(response.status))
    const { data } = (await response.json()) as { data: GenerationEvent[] }
    return data
  }, [id])
  useEffect(() => store.subscribe(id, again), [id])
  useInterval(() => {
    const known = store.get(id)
    if (known !== undefined && isOpen(known)) again()
  }, 3000)
  if (answer === undefined && error === undefined) return <p class="note">Loading…</p>
  if (!answer?.length) return <p class="note">The gateway no longer keeps its events.</p>
  return (
    <ol class="events">
      {answer.map((event) => (
        <li key={event.id}>
          <time datetime={event.created_at}>{new Date(event.created_at).toLocaleTimeString()}</time>
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
