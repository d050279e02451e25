/** History: what was made, newest first, as a grid that one can walk through. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Generation, ListOptions } from '../client/index.ts'
import { type Origin, ORIGINS, STATUSES, type Status } from '../contract/status.ts'
import { useSession } from './context.ts'
import { explain } from './errors.ts'
import { useGeneration, useNow } from './hooks.ts'
import { formatRoute, go } from './route.ts'
import { isOpen } from './run.tsx'
import { Stage } from './stage.tsx'
import { memo } from './ui.tsx'
import { Frame, Thumbnail } from './video.tsx'
import { ago, clock, costWords, FAILURE_WORDS, STATUS_WORDS } from './words.ts'

const PAGE_SIZE = 24
/** How long a deletion can be taken back. It is sent only after that. */
const UNDO_MS = 6000
const ORIGIN_WORDS: Record<Origin, string> = {
  api: 'API and this page',
  schedule: 'Schedules',
  fal: "fal's own client",
}

interface Filters {
  readonly status?: Status | undefined
  readonly origin?: Origin | undefined
}

export const History = ({ id }: { readonly id?: string | undefined }) => {
  const [filters, setFilters] = useState<Filters>({})
  const { ids, hasMore, isLoading, error, more, hide, show } = useList(filters)
  const { may } = useSession()
  const remove = useDelayedDelete(hide, show)
  const onDelete = may('generations:write') ? remove : undefined
  const grid = useRef<HTMLDivElement>(null)
  const opener = useRef<string>(undefined)
  if (id !== undefined) opener.current = id
  const close = () => {
    go({ view: 'history' })
    document.getElementById(`card-${opener.current}`)?.focus()
  }
  return (
    <main class="history">
      <div class="head">
        <h1>History</h1>
        <div class="actions">
          <Filter
            label="Status"
            value={filters.status}
            names={STATUS_WORDS}
            values={STATUSES}
            onChange={(status) => setFilters({ ...filters, status })}
          />
          <Filter
            label="Made by"
            value={filters.origin}
            names={ORIGIN_WORDS}
            values={ORIGINS}
            onChange={(origin) => setFilters({ ...filters, origin })}
          />
        </div>
      </div>
      <div class="grid" ref={grid} onKeyDown={(event) => walk(event, grid.current)}>
        {ids.map((one, index) => (
          <Card key={one} id={one} isFirst={index === 0} onDelete={onDelete} />
        ))}
      </div>
      {error !== undefined && (
        <div class="notice bad" role="alert">
          <strong>{explain(error).title}</strong>
          <p>{explain(error).text}</p>
        </div>
      )}
      {ids.length === 0 && !isLoading && error === undefined && (
        <p class="nothing">
          Nothing here yet. <a href="#/">Make a video</a>
        </p>
      )}
      {(hasMore || isLoading) && (
        <button class="wide" type="button" onClick={more} aria-disabled={isLoading}>
          {isLoading ? 'Loading…' : 'Load more'}
        </button>
      )}
      {id !== undefined && <Opened key={id} id={id} onClose={close} />}
    </main>
  )
}

interface FilterProps<T extends string> {
  readonly label: string
  readonly value: T | undefined
  readonly values: readonly T[]
  readonly names: Record<T, string>
  readonly onChange: (value: T | undefined) => void
}

const Filter = <T extends string>({ label, value, values, names, onChange }: FilterProps<T>) => (
  <select
    aria-label={label}
    value={value ?? ''}
    onChange={({ currentTarget }) => onChange(values.find((one) => one === currentTarget.value))}
  >
    <option value="">{label}: all</option>
    {values.map((one) => (
      <option key={one} value={one}>
        {names[one]}
      </option>
    ))}
  </select>
)

/** Pages of ids; what each is, the store knows. New ones come in at the top while nothing is filtered. */
const useList = (filters: Filters) => {
  const { pika, store } = useSession()
  const [ids, setIds] = useState<readonly string[]>([])
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const [hasMore, setHasMore] = useState(false)
  const [isLoading, setLoading] = useState(true)
  const [error, setError] = useState<unknown>()
  const pages = useRef<ReturnType<typeof pika.list>>(undefined)
  const wasLoaded = useRef(false)
  const isAll = filters.status === undefined && filters.origin === undefined

  const load = async (from: ReturnType<typeof pika.list>) => {
    setLoading(true)
    setError(undefined)
    try {
      const { value } = await from.next()
      if (pages.current !== from) return
      const data: readonly Generation[] = value?.data ?? []
      data.forEach(store.put)
      wasLoaded.current = true
      setIds((known) => newestFirst([...known, ...data.map(({ id }) => id)]))
      setHasMore(value?.has_more ?? false)
    } catch (error) {
      if (pages.current === from) setError(error)
    }
    if (pages.current === from) setLoading(false)
  }
  useEffect(() => {
    setIds([])
    wasLoaded.current = false
    const options: ListOptions = { limit: PAGE_SIZE, ...filters }
    pages.current = pika.list(options)
    void load(pages.current)
  }, [filters, pika])
  useEffect(
    () =>
      store.subscribe('*', (changed) => {
        if (changed === undefined || !isAll) return
        // What is older than the first comes with its page.
        setIds((known) =>
          changed.id > (known[0] ?? (wasLoaded.current ? '' : '~'))
            ? [changed.id, ...known]
            : known,
        )
      }),
    [store, isAll],
  )
  return {
    ids: ids.filter((id) => !hidden.has(id)),
    hasMore,
    isLoading,
    error,
    more: () => {
      if (pages.current !== undefined && !isLoading) void load(pages.current)
    },
    hide: (id: string) => setHidden((those) => new Set(those).add(id)),
    show: (id: string) => setHidden((those) => new Set([...those].filter((one) => one !== id))),
  }
}

/** Ids sort by the time they were made at. */
const newestFirst = (ids: readonly string[]): readonly string[] =>
  [...new Set(ids)].toSorted((a, b) => (a < b ? 1 : -1))

/** Deletes after a while in which it can be taken back; a page that is closed by then deletes nothing. */
const useDelayedDelete = (hide: (id: string) => void, show: (id: string) => void) => {
  const { pika, store, toast, fail } = useSession()
  return useCallback(
    (id: string) => {
      // Whoever walks the grid by keys goes on from the next card.
      const card = document.getElementById(`card-${id}`)?.parentElement
      const next = card?.nextElementSibling ?? card?.previousElementSibling
      next?.querySelector('a')?.focus()
      hide(id)
      const timer = setTimeout(() => {
        pika.delete(id).then(
          () => store.drop(id),
          (error: unknown) => {
            show(id)
            fail(error)
          },
        )
      }, UNDO_MS)
      const undo = () => {
        clearTimeout(timer)
        show(id)
      }
      toast({
        text: 'Deleted. What it cost stays in the books.',
        forMs: UNDO_MS,
        action: { label: 'Undo', run: undo },
      })
    },
    [pika],
  )
}

interface CardProps {
  readonly id: string
  readonly isFirst: boolean
  /** Left out where the key may not. */
  readonly onDelete: ((id: string) => void) | undefined
}

const Card = memo(({ id, isFirst, onDelete }: CardProps) => {
  const generation = useGeneration(id)
  if (generation === undefined) return null
  const { input, status, cost, error, video, created_at, schedule_id } = generation
  const isDone = !isOpen(generation)
  const words = error === null ? STATUS_WORDS[status] : (FAILURE_WORDS[error.code] ?? 'Failed')
  return (
    <article class="card">
      <a
        id={`card-${id}`}
        href={formatRoute({ view: 'history', id })}
        tabIndex={isFirst ? 0 : -1}
        aria-label={`${words}: ${input.prompt}`}
        onFocus={({ currentTarget }) => rove(currentTarget)}
        onKeyDown={(event) => {
          if (isDone && (event.key === 'Delete' || event.key === 'Backspace')) onDelete?.(id)
        }}
      >
        <Frame ratio={input.aspect_ratio} class={isDone ? '' : 'waiting'}>
          {video === null ? (
            <span class="big">{words}</span>
          ) : (
            <Thumbnail url={video.url} label="" />
          )}
        </Frame>
      </a>
      <p class="prompt">{input.prompt}</p>
      <div class="foot">
        <span class={`status ${status}`}>{STATUS_WORDS[status]}</span>
        {isDone ? <Age at={created_at} /> : <Running since={created_at} />}
        {schedule_id !== null && <span title="Made by a schedule">⏱</span>}
        <span class="cost">{costWords(cost)}</span>
        {isDone && onDelete && (
          <button class="quiet" type="button" aria-label="Delete" onClick={() => onDelete(id)}>
            ✕
          </button>
        )}
      </div>
    </article>
  )
})

/** As it was when the card was drawn: a clock for each would redraw the page. */
const Age = ({ at }: { readonly at: string }) => (
  <time class="note" datetime={at}>
    {ago(at, Date.now())}
  </time>
)

const Running = ({ since }: { readonly since: string }) => {
  const nowMs = useNow(1000)
  return <span class="note">{clock((nowMs - Date.parse(since)) / 1000)}</span>
}

/** Over the list, which stays as it is beneath; Esc closes it, and the card has the focus again. */
const Opened = ({ id, onClose }: { readonly id: string; readonly onClose: () => void }) => {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog class="opened" ref={dialog} aria-label="Video" onClose={onClose}>
      <form method="dialog" class="close">
        <button class="quiet" aria-label="Close">
          ✕
        </button>
      </form>
      <div class="stage">
        <Stage id={id} />
      </div>
    </dialog>
  )
}

/** The card that Tab comes back to. */
const rove = (card: HTMLElement) => {
  const cards = card.closest('.grid')?.querySelectorAll<HTMLElement>('.card > a') ?? []
  for (const one of cards) one.tabIndex = one === card ? 0 : -1
}

/** Arrows move between cards, by what is where on the screen. */
const walk = (event: KeyboardEvent, grid: HTMLElement | null) => {
  const cards = [...(grid?.querySelectorAll<HTMLElement>('.card > a') ?? [])]
  const at = cards.findIndex((card) => card === document.activeElement)
  const [first] = cards
  if (at === -1 || first === undefined) return
  const { offsetTop } = first.closest<HTMLElement>('.card') ?? first
  const inRow = cards.filter(
    (card) => card.closest<HTMLElement>('.card')?.offsetTop === offsetTop,
  ).length
  const to: Record<string, number> = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at + inRow,
    ArrowUp: at - inRow,
    Home: 0,
    End: cards.length - 1,
  }
  const next = to[event.key]
  if (next === undefined || cards[next] === undefined) return
  event.preventDefault()
  cards[next]?.focus()
}
