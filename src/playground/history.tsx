/** The History view: generations, newest first, in a grid with keyboard navigation. */
import { useComputed, useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { Generation } from '../client/index.ts'
import { sleep } from '../client/patience.ts'
import type { Origin, Status } from '../contract/status.ts'
import { costWords } from '../contract/words.ts'
import { onArrowKey } from './arrow-keys.ts'
import { chosen, Select } from './fields.tsx'
import { usePages } from './hooks.ts'
import { addressOf, go } from './route.ts'
import { Elapsed } from './run.tsx'
import { useSession } from './session.ts'
import { Stage } from './stage.tsx'
import { isOpen } from './store.ts'
import { Failed, More } from './ui.tsx'
import { Frame, playLookedAt, Thumbnail } from './video.tsx'
import { localDay, STATUS_WORDS, stateWords } from './words.ts'

const PAGE_SIZE = 24
/** How long a deletion can be undone. Only then is it sent. */
const UNDO_MS = 6000
const STATUSES = { '': 'Status: all', ...STATUS_WORDS }
const ORIGINS = {
  '': 'Made by: all',
  api: 'API and this page',
  schedule: 'Schedules',
  fal: "fal's own client",
} satisfies Record<Origin | '', string>

const showModal = (dialog: HTMLDialogElement | null): void => dialog?.showModal()

export const History = ({ id }: { id: string | undefined }) => {
  const status = useSignal<Status | ''>('')
  const origin = useSignal<Origin | ''>('')
  const { ids, isFiltered, ...pages } = useList(status.value, origin.value)
  const remove = useDelayedDelete()
  const close = () => {
    go('history')
    document.getElementById(`card-${id}`)?.focus()
  }
  return (
    <main class="history">
      <div class="head">
        <h1>History</h1>
        <div class="actions">
          <Select label="Status" {...chosen(status)} options={STATUSES} />
          <Select label="Made by" {...chosen(origin)} options={ORIGINS} />
        </div>
      </div>
      <div
        class="grid"
        onKeyDown={onArrowKey}
        onFocusIn={playLookedAt}
        onFocusOut={playLookedAt}
        onPointerOver={playLookedAt}
        onPointerLeave={playLookedAt}
      >
        {ids.map((one, index) => (
          <Card key={one} id={one} isFirst={index === 0} onDelete={remove} />
        ))}
      </div>
      <Failed {...pages} />
      {pages.answer !== undefined && ids.length === 0 && (
        <p class="nothing">
          {isFiltered ? 'No video like that.' : 'Nothing here yet.'} <a href="#/">Make a video</a>
        </p>
      )}
      <More {...pages} />
      {id !== undefined && (
        <dialog key={id} ref={showModal} class="opened" aria-label="Video" onClose={close}>
          <form method="dialog" class="close">
            <button class="quiet" aria-label="Close">
              ✕
            </button>
          </form>
          <div class="stage">
            <Stage id={id} />
          </div>
        </dialog>
      )}
    </main>
  )
}

/** Pages of ids; the store has the generations. Without a filter, new ones appear at the top. */
const useList = (status: Status | '', origin: Origin | '') => {
  const { pika, store } = useSession()
  const filters = { status: status || undefined, origin: origin || undefined }
  const pages = usePages(
    async (options) => {
      const { value } = await pika.list({ limit: PAGE_SIZE, ...filters, ...options }).next()
      if (!value) throw new Error('there is no such page')
      value.data.forEach(store.put)
      return value
    },
    [status, origin],
  )
  const isFiltered = status !== '' || origin !== ''
  const known = useComputed(() => store.ids().join()).value.split(',')
  const listed = new Set(pages.data.map(({ id }) => id))
  // Generations older than the first come with their page.
  const newest = pages.data[0]?.id ?? ''
  const isLive = pages.answer !== undefined && !isFiltered
  const ids = known.filter((one) => listed.has(one) || (isLive && one > newest))
  return { ...pages, isFiltered, ids }
}

/** Deletes once the time to undo has passed. A page that is closed before deletes nothing. */
const useDelayedDelete = () => {
  const { pika, store, toast, fail } = useSession()
  return async (generation: Generation): Promise<void> => {
    const { id } = generation
    // Keyboard users continue from the next card.
    const card = document.getElementById(`card-${id}`)?.parentElement
    const next = card?.nextElementSibling ?? card?.previousElementSibling
    next?.querySelector('a')?.focus()
    store.drop(id)
    const undo = new AbortController()
    const action = { label: 'Undo', run: () => undo.abort() }
    toast('Deleted. Its cost stays in the usage.', UNDO_MS, action)
    try {
      await sleep(UNDO_MS, undo.signal)
      await pika.delete(id)
    } catch (error) {
      store.restore(generation)
      store.put(generation)
      if (!undo.signal.aborted) fail(error)
    }
  }
}

type CardProps = { id: string; isFirst: boolean; onDelete: (one: Generation) => Promise<void> }

/** Rendered again only when its own generation changes: there may be hundreds of cards. */
const Card = ({ id, isFirst, onDelete }: CardProps) => {
  const { store, may } = useSession()
  const generation = useComputed(() => store.get(id)).value
  return useMemo(() => {
    if (generation === undefined) return null
    const { input, status, video, created_at, schedule_id } = generation
    const isDone = !isOpen(generation)
    const isDeletable = isDone && may('generations:write')
    const words = stateWords(generation)
    const remove = () => void onDelete(generation)
    return (
      <article class="card">
        <a
          id={`card-${id}`}
          href={addressOf('history', [id])}
          tabIndex={isFirst ? 0 : -1}
          aria-label={`${words}: ${input.prompt}`}
          onKeyDown={({ key }) => isDeletable && /^(Delete|Backspace)$/.test(key) && remove()}
        >
          <Frame ratio={input.aspect_ratio} class={isDone ? '' : 'waiting'}>
            {video === null ? <span class="big">{words}</span> : <Thumbnail url={video.url} />}
          </Frame>
        </a>
        <p class="prompt">{input.prompt}</p>
        <div class="foot">
          <span class={`status ${status}`}>{STATUS_WORDS[status]}</span>
          <time class="note" datetime={created_at}>
            {isDone ? localDay(created_at) : <Elapsed since={created_at} />}
          </time>
          {schedule_id !== null && <span title="Made by a schedule">⏱</span>}
          <span class="cost">{costWords(generation)}</span>
          {isDeletable && (
            <button class="quiet" aria-label="Delete" onClick={remove}>
              ✕
            </button>
          )}
        </div>
      </article>
    )
  }, [generation, isFirst])
}
