/** The Generate view: compose a request, see its price, and watch its result. */
import { useEffect, useRef } from 'preact/hooks'
import { duration } from '../contract/words.ts'
import { Compose } from './compose.tsx'
import { EXAMPLES } from './examples.ts'
import { useNow, useTitle } from './hooks.ts'
import { Request } from './request.tsx'
import { useSession } from './session.ts'
import { Stage, VideoSet } from './stage.tsx'
import { Unconfirmed, useStudio } from './studio.tsx'
import { Notice } from './ui.tsx'
import { Frame } from './video.tsx'
import { explain, STATUS_WORDS } from './words.ts'

export const Generate = ({ ids }: { ids: readonly string[] }) => {
  const { isNew } = useSession()
  const studio = useStudio()
  const { draft, change, state, refusals } = studio
  const stage = useRef<HTMLElement>(null)
  // A refusal that names a shown generation is shown there.
  const untold = refusals.filter(({ error }) => !ids.includes(error.problem?.generation_id ?? ''))
  const [refusal] = untold
  const focusStage = () => stage.current?.focus({ preventScroll: true })
  const explained = refusal && explain(refusal.error)
  useEffect(() => {
    if (isNew && !draft.peek().prompt) change({ prompt: EXAMPLES[0]?.[1] ?? '' })
  }, [])
  useEffect(() => {
    // On a narrow screen the result is below the form.
    const isBelow = (stage.current?.getBoundingClientRect().top ?? 0) > innerHeight / 2
    if (state === 'sending' && isBelow) stage.current?.scrollIntoView({ behavior: 'smooth' })
  }, [state])
  return (
    <main class="generate">
      <h1 class="unseen">Generate a video</h1>
      <Compose />
      <section class="stage" aria-label="Result" ref={stage} tabIndex={-1}>
        <Unconfirmed {...studio} />
        {explained !== undefined && (
          <Notice {...explained}>
            {refusal?.retryAtMs !== undefined && <Countdown toMs={refusal.retryAtMs} />}
            {untold.length > 1 && <p>This happened to {untold.length} of the set.</p>}
          </Notice>
        )}
        <Result key={ids.join()} ids={ids} onEnd={focusStage} />
      </section>
      <Request />
    </main>
  )
}

/** Reports the progress in the tab's title and to screen readers, and focuses the result. */
const Result = ({ ids, onEnd }: { ids: readonly string[]; onEnd: () => void }) => {
  const { store, announce, refreshUsage } = useSession()
  const [only = ''] = ids
  const ready = ids.filter((id) => store.get(id)?.status === 'completed').length
  const open = store.open().filter(({ id }) => ids.includes(id)).length
  const status = store.get(only)?.status
  const wasOpen = useRef(false)
  const words = ids.length > 1 ? `${ready} of ${ids.length} ready` : status && STATUS_WORDS[status]
  useTitle(words && `${open === 0 && ready > 0 ? '✓ ' : ''}${words}`)
  useEffect(() => {
    if (open > 0) wasOpen.current = true
    if (words === undefined || !wasOpen.current) return
    announce(words)
    if (ready > 0 || open === 0) refreshUsage()
    if (open > 0) return
    notify(words, store.get(only)?.input.prompt)
    const at = document.activeElement
    const hasMoved = at !== null && at !== document.body && !at.matches('.primary')
    if (!hasMoved) onEnd()
  }, [words, open === 0])
  if (ids.length === 0) return <Empty />
  return ids.length > 1 ? <VideoSet ids={ids} /> : <Stage id={only} />
}

const notify = (title: string, body = '') => {
  if (document.hidden && 'Notification' in window && Notification.permission === 'granted') {
    new Notification(title, { body }).addEventListener('click', () => focus())
  }
}

const Empty = () => {
  const { draft, state } = useStudio()
  const { aspect_ratio, resolution, duration } = draft.value
  return (
    <Frame ratio={aspect_ratio} class={state === 'sending' ? 'waiting' : 'empty'}>
      {state === 'sending' ? (
        <p class="big">Sending</p>
      ) : (
        <p>
          <strong>{`${aspect_ratio} · ${resolution} · ${duration} s`}</strong>
          Your video plays here after you press Generate.
        </p>
      )}
    </Frame>
  )
}

const Countdown = ({ toMs }: { toMs: number }) => {
  const leftMs = toMs - useNow(500)
  const wait = duration(Math.ceil(leftMs / 1000) * 1000)
  return <p>{leftMs > 0 ? `You can try again in ${wait}.` : 'Try again now.'}</p>
}
