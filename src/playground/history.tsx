/** History: what was made, newest first, as a grid that one can walk through. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { ORIGINS, type Origin, STATUSES, type Status } from '../contract/status.ts'
import { GRID_KEYS } from './grid-keys.ts'
import { usePages } from './hooks.ts'
import { addressOf, go } from './route.ts'
import { Elapsed, isOpen } from './run.tsx'
import { useGeneration, useSession } from './session.ts'
import { Stage } from './stage.tsx'
import { Select } from './fields.tsx'
import { Dialog, Failed, More } from './ui.tsx'
import { Frame, Thumbnail } from './video.tsx'
import { ago, costWords, STATUS_WORDS, stateWords } from './words.ts'

const PAGE_SIZE = 24
/** How long a deletion can be taken back. It is sent only after that. */
const UNDO_MS = 6000
const ORIGIN_WORDS: Record<Origin, string> = {
  api: 'API and this page',
  schedule: 'Schedules',
  fal: "fal's own client",
}

const STATUS_OPTIONS = STATUSES.map((one) => [one, STATUS_WORDS[one]] as const)
const ORIGIN_OPTIONS = ORIGINS.map((one) => [one, ORIGIN_WORDS[one]] as const)

type Filters = { status: Status | ''; origin: Origin | '' }

export const History = ({ id }: { id: string | undefined }) => {
  const [filters, setFilters] = useState<Filters>({ status: '', origin: '' })
  const pages = useList(filters)
  const { may } = useSession()
  const { hidden, remove } = useDelayedDelete()
  const onDelete = may('generations:write') ? remove : undefined
  const opener = useRef<string>(undefined)
  if (id !== undefined) opener.current = id
  const close = () => {
    go('history')
    document.getElementById(`card-${opener.current}`)?.focus()
  }
  const ids = pages.ids.filter((one) => !hidden.has(one))
  return (
    <main class="history">
      <div class="head">
        <h1>History</h1>
        <div class="actions">
          <Select
            label="Status"
            value={filters.status}
            options={[['', 'Status: all'], ...STATUS_OPTIONS]}
            onChange={(status) => setFilters({ ...filters, status })}
          />
          <Select
            label="Made by"
            value={filters.origin}
            options={[['', 'Made by: all'], ...ORIGIN_OPTIONS]}
            onChange={(origin) => setFilters({ ...filters, origin })}
          />
        </div>
      </div>
      <div class="grid" {...GRID_KEYS}>
        {ids.map((one, index) => (
          <Card key={one} id={one} isFirst={index === 0} onDelete={onDelete} />
        ))}
      </div>
      <Failed error={pages.error} again={pages.again} />
      {pages.answer !== undefined && ids.length === 0 && (
        <p class="nothing">
          Nothing here yet. <a href="#/">Make a video</a>
        </p>
      )}
      <More {...pages} />
      {id !== undefined && (
        <Dialog key={id} class="opened" label="Video" onClose={close}>
          <form method="dialog" class="close">
            <button class="quiet" aria-label="Close">
              ✕
            </button>
          </form>
          <div class="stage">
            <Stage id={id} />
          </div>
        </Dialog>
      )}
    </main>
  )
}

/** Pages of ids; what each is, the store knows. New ones come in at the top while nothing is filtered. */
const useList = ({ status, origin }: Filters) => {
  const { pika, store } = useSession()
  const [seen, setSeen] = useState<readonly string[]>([])
  const filters = { ...(status && { status }), ...(origin && { origin }) }
  const pages = usePages(
    async (options) => {
      const { value } = await pika.list({ limit: PAGE_SIZE, ...filters, ...options }).next()
      if (!value) throw new Error('there is no such page')
      value.data.forEach(store.put)
      return value
    },
    [status, origin],
  )
  useEffect(
    () =>
      store.subscribe('*', (changed) => {
        if (changed === undefined) return
        setSeen((seen) => (seen.includes(changed.id) ? seen : [...seen, changed.id]))
      }),
    [],
  )
  // Ids sort by the time they were made at. What is older than the first comes with its page.
  const newest = pages.data[0]?.id ?? ''
  const isLive = pages.answer !== undefined && status === '' && origin === ''
  const live = isLive ? seen.filter((id) => id > newest) : []
  const ids = new Set([...live.toSorted().toReversed(), ...pages.data.map(({ id }) => id)])
  return { ...pages, ids: [...ids] }
}

/** Deletes after a while in which it can be taken back; a page that is closed by then deletes nothing. */
const useDelayedDelete = () => {
  const { pika, store, toast, fail } = useSession()
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const remove = useCallback((id: string) => {
    const show = () => setHidden((those) => new Set([...those].filter((one) => one !== id)))
    // Whoever walks the grid by keys goes on from the next card.
    const card = document.getElementById(`card-${id}`)?.parentElement
    const next = card?.nextElementSibling ?? card?.previousElementSibling
    next?.querySelector('a')?.focus()
    setHidden((those) => new Set(those).add(id))
    const timer = setTimeout(() => {
      pika
        .delete(id)
        .then(() => store.drop(id))
        .catch((error: unknown) => {
          show()
          fail(error)
        })
    }, UNDO_MS)
    const undo = () => {
      clearTimeout(timer)
      show()
    }
    toast('Deleted. Its cost stays in the usage.', {
      forMs: UNDO_MS,
      action: { label: 'Undo', run: undo },
    })
  }, [])
  return { hidden, remove }
}

/** `onDelete` is left out if the key may not. */
type CardProps = { id: string; isFirst: boolean; onDelete?: ((id: string) => void) | undefined }

/** Drawn again only when its own generation changes: there may be hundreds. */
const Card = ({ id, isFirst, onDelete }: CardProps) => {
  const generation = useGeneration(id)
  return useMemo(() => {
    if (generation === undefined) return null
    const { input, status, cost, video, created_at, schedule_id } = generation
    const isDone = !isOpen(generation)
    const words = stateWords(generation)
    const remove = () => onDelete?.(id)
    return (
      <article class="card">
        <a
          id={`card-${id}`}
          href={addressOf('history', [id])}
          tabIndex={isFirst ? 0 : -1}
          aria-label={`${words}: ${input.prompt}`}
          onKeyDown={({ key }) => isDone && /^(Delete|Backspace)$/.test(key) && remove()}
        >
          <Frame ratio={input.aspect_ratio} class={isDone ? '' : 'waiting'}>
            {video === null ? <span class="big">{words}</span> : <Thumbnail url={video.url} />}
          </Frame>
        </a>
        <p class="prompt">{input.prompt}</p>
        <div class="foot">
          <span class={`status ${status}`}>{STATUS_WORDS[status]}</span>
          <time class="note" datetime={created_at}>
            {isDone ? ago(created_at, Date.now()) : <Elapsed since={created_at} />}
          </time>
          {schedule_id !== null && <span title="Made by a schedule">⏱</span>}
          <span class="cost">{costWords(cost)}</span>
          {isDone && onDelete && (
            <button class="quiet" aria-label="Delete" onClick={remove}>
              ✕
            </button>
          )}
        </div>
      </article>
    )
  }, [generation, isFirst, onDelete])
}
