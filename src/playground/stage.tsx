/** One generation from accepted to its end, in a box that keeps its shape all the while. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Generation } from '../client/index.ts'
import { useSession } from './context.ts'
import { explain } from './errors.ts'
import { useGeneration } from './hooks.ts'
import { refresh } from './live.ts'
import { Actions, Details, Verdict } from './result.tsx'
import { isOpen, Logs, Run } from './run.tsx'
import { localTime, STATUS_WORDS, statusWords } from './words.ts'
import { Frame, Player } from './video.tsx'

/** Where in line it is, and how long past ones took: no event tells. */
const ASK_MS = 2500

/** Keeps the one that is looked at as it is now; says why, where it cannot be had. */
export const useWatched = (id: string) => {
  const { pika, store } = useSession()
  const generation = useGeneration(id)
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    const asking = new AbortController()
    setError(undefined)
    pika.get(id, { signal: asking.signal }).then(store.put, (error: unknown) => {
      if (!asking.signal.aborted) setError(error)
    })
    return () => asking.abort()
  }, [id])
  const goesOn = generation !== undefined && isOpen(generation)
  useEffect(() => {
    if (!goesOn) return
    const timer = setInterval(() => {
      if (!document.hidden) void refresh(pika, store, [id])
    }, ASK_MS)
    return () => clearInterval(timer)
  }, [id, goesOn])
  return { generation, error: generation === undefined ? error : undefined }
}

interface StageProps {
  readonly id: string
  /** The one that the page is about: it has the title of the tab, and takes the focus. */
  readonly isMain?: boolean
}

export const Stage = ({ id, isMain = false }: StageProps) => {
  const { generation, error } = useWatched(id)
  const [size, setSize] = useState<string>()
  const [isGone, setGone] = useState(false)
  const { wasOpen, heading } = useEnding(generation, isMain)
  if (error !== undefined) {
    const { title, text } = explain(error)
    return (
      <Frame ratio="16:9">
        <div class="verdict" role="alert">
          <h2>{title}</h2>
          <p>{text}</p>
        </div>
      </Frame>
    )
  }
  if (generation === undefined) return <Frame ratio="16:9" class="waiting" />
  const { input, video } = generation
  return (
    <>
      <h2 class="unseen" tabIndex={-1} ref={heading}>
        {STATUS_WORDS[generation.status]}: {input.prompt}
      </h2>
      <Frame ratio={input.aspect_ratio} class={isOpen(generation) ? 'waiting' : ''}>
        {isOpen(generation) ? (
          <p class="big">{statusWords(generation)}</p>
        ) : video === null ? (
          <Verdict generation={generation} />
        ) : isGone ? (
          <div class="verdict">
            <h2>The file is gone</h2>
            <p>
              fal keeps a video for about seven days, and this one was made on{' '}
              {localTime(generation.created_at)}. Use its settings to make it again, or look whether{' '}
              <a href={video.source_url}>fal still has it</a>.
            </p>
          </div>
        ) : (
          <Player
            url={video.url}
            label={input.prompt}
            autoplay={wasOpen}
            onSize={setSize}
            onGone={() => setGone(true)}
          />
        )}
      </Frame>
      {isOpen(generation) ? (
        <>
          <Run generation={generation} />
          <Logs id={id} />
        </>
      ) : (
        <>
          <Actions generation={generation} />
          <Details generation={generation} size={size} />
        </>
      )}
    </>
  )
}

/** Says where it is, in the tab's title and to a screen reader, and turns to the result. */
const useEnding = (generation: Generation | undefined, isMain: boolean) => {
  const { announce, refreshUsage } = useSession()
  const heading = useRef<HTMLHeadingElement>(null)
  const wasOpen = useRef(false)
  const status = generation?.status
  useEffect(() => {
    if (generation === undefined || status === undefined || !isMain) return
    const words = STATUS_WORDS[status]
    document.title = `${status === 'completed' ? '✓ ' : ''}${words} · pika-edge`
    if (isOpen(generation)) {
      wasOpen.current = true
      announce(words)
    } else if (wasOpen.current) {
      announce(status === 'completed' ? 'Your video is ready' : words)
      refreshUsage()
      notify(words, generation.input.prompt)
      const at = document.activeElement
      const hasMoved = at !== null && at !== document.body && !at.matches('.primary')
      if (!hasMoved) heading.current?.focus({ preventScroll: true })
    }
  }, [status, generation?.id])
  return { wasOpen: wasOpen.current, heading }
}

const notify = (title: string, body: string) => {
  if (document.hidden && 'Notification' in window && Notification.permission === 'granted') {
    new Notification(title, { body }).addEventListener('click', () => focus())
  }
}
