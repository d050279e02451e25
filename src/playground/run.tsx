/** A generation on its way: what has happened, what happens now, and what is to come. */
import { useEffect, useState } from 'preact/hooks'
import type { Generation } from '../client/index.ts'
import { isFinal } from '../contract/status.ts'
import { useSession } from './context.ts'
import { useNow } from './hooks.ts'
import { clock, PENDING_WORDS, usd } from './words.ts'

export type OpenGeneration = Extract<
  Generation,
  { status: 'submitting' | 'queued' | 'in_progress' }
>

/** Whether it goes on: the others have ended. */
export const isOpen = (generation: Generation): generation is OpenGeneration =>
  !isFinal(generation.status)

const Elapsed = ({ since }: { readonly since: string }) => {
  const nowMs = useNow(1000)
  return <>{clock((nowMs - Date.parse(since)) / 1000)}</>
}

/** How far it may be. Where nothing is known of past ones, it only moves. */
const Bar = ({ since, expected }: { since: string; expected: number | undefined }) => {
  const nowMs = useNow(500, expected !== undefined)
  const share = expected && Math.min(0.97, (nowMs - Date.parse(since)) / 1000 / expected)
  return share === undefined ? (
    <progress aria-label="Under way" />
  ) : (
    <progress aria-label="About how far it is" max={1} value={share} />
  )
}

const NOW_AT = { submitting: 0, queued: 1, in_progress: 2 } as const

export const Run = ({ generation }: { readonly generation: OpenGeneration }) => {
  const { status, created_at, started_at, queue_position, pending_reason } = generation
  const at = pending_reason === null ? NOW_AT[status] : 1
  const usual = generation.expected_seconds?.p50
  const since = started_at ?? created_at
  const phases = [
    { name: 'Accepted', says: new Date(created_at).toLocaleTimeString() },
    {
      name: pending_reason === 'confirmation' ? 'Confirming' : 'In line',
      says:
        status === 'queued' && queue_position !== null
          ? queue_position === 0
            ? 'next'
            : `${queue_position} before it`
          : undefined,
    },
    {
      name: 'Rendering',
      says:
        status === 'in_progress' ? (
          <>
            <Elapsed since={since} />
            {usual !== undefined && ` · usually ${clock(usual)} in all`}
          </>
        ) : undefined,
    },
    { name: 'Ready', says: undefined },
  ]
  return (
    <div class="run">
      <Bar
        key={status}
        since={created_at}
        expected={at === 2 ? generation.expected_seconds?.p90 : undefined}
      />
      <ol class="phases">
        {phases.map(({ name, says }, index) => (
          <li
            key={name}
            class={index < at ? 'done' : index === at ? 'now' : 'next'}
            aria-current={index === at ? 'step' : undefined}
          >
            <span class="name">{name}</span>
            {says !== undefined && <span class="note">{says}</span>}
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
    toast({ text: given === 'granted' ? 'You will be told.' : 'This browser does not allow it.' })
  }
  return (
    <button class="quiet" type="button" onClick={() => void ask()}>
      Notify me when it is ready
    </button>
  )
}

const Cancel = ({ generation }: { readonly generation: OpenGeneration }) => {
  const { pika, store, may, fail, announce } = useSession()
  const [isAsking, setAsking] = useState(false)
  const { id, status, cancel_requested_at, cost } = generation
  if (cancel_requested_at !== null || isAsking) {
    return <p class="note">Cancel asked for. fal has the last word: it may finish all the same.</p>
  }
  if (!may('generations:write')) return null
  const cancel = async () => {
    setAsking(true)
    announce('Canceling')
    await pika.cancel(id).then(store.put, fail)
    setAsking(false)
  }
  return (
    <div class="actions">
      <button type="button" onClick={() => void cancel()}>
        Cancel
      </button>
      <span class="note">
        {generation.unconfirmed
          ? `fal may have it already: it may cost ${usd(cost.estimated_usd)}.`
          : status === 'in_progress'
            ? `fal has begun: it may finish it, and charge ${usd(cost.estimated_usd)}.`
            : 'Nothing is charged unless fal begins before it hears of it.'}
      </span>
    </div>
  )
}

/** The lines that the model writes, folded; asked for only while they are looked at. */
export const Logs = ({ id }: { readonly id: string }) => {
  const [isShown, setShown] = useState(false)
  return (
    <details class="more" onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>Events and logs</summary>
      {isShown && <Events id={id} />}
    </details>
  )
}

/** The log of a generation, as the API has it. */
export const Events = ({ id }: { readonly id: string }) => {
  const { pika, store } = useSession()
  const [lines, setLines] = useState<readonly EventLine[]>()
  useEffect(() => {
    const load = () => readEvents(pika, id).then(setLines, () => setLines((known) => known ?? []))
    void load()
    const timer = setInterval(() => {
      const known = store.get(id)
      if (known !== undefined && isOpen(known)) void load()
    }, 3000)
    const unsubscribe = store.subscribe(id, () => void load())
    return () => {
      clearInterval(timer)
      unsubscribe()
    }
  }, [id])
  if (lines === undefined) return <p class="note">Loading…</p>
  if (lines.length === 0) return <p class="note">Its events are not kept any more.</p>
  return (
    <ol class="events">
      {lines.map(({ id, type, created_at, says }) => (
        <li key={id}>
          <time datetime={created_at}>{new Date(created_at).toLocaleTimeString()}</time>
          <code>{type.replace('generation.', '')}</code>
          <span>{says}</span>
        </li>
      ))}
    </ol>
  )
}

interface EventLine {
  readonly id: number
  readonly type: string
  readonly created_at: string
  readonly says: string
}

const readEvents = async (
  pika: ReturnType<typeof useSession>['pika'],
  id: string,
): Promise<EventLine[]> => {
  const asked = { headers: { accept: 'application/json' } }
  const response = await pika.api.v1.generations[':id'].events.$get({ param: { id } }, asked)
  if (!response.ok) throw new Error(String(response.status))
  const { data } = (await response.json()) as {
    data: readonly (Omit<EventLine, 'says'> & { message?: string; queue_position?: number })[]
  }
  return data.map(({ message, queue_position, ...event }) => ({
    ...event,
    says: message ?? (queue_position === undefined ? '' : `${queue_position} before it`),
  }))
}
