/** One generation until its end, in a box that never changes its shape. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Generation } from '../client/index.ts'
import { explain } from './errors.ts'
import { useAnswer, useInterval, useTitle } from './hooks.ts'
import { Actions, Details, Verdict } from './result.tsx'
import { Run } from './run.tsx'
import { useGeneration, useSession } from './session.ts'
import { isOpen } from './store.ts'
import { Notice } from './ui.tsx'
import { Frame, isMotionReduced, Player } from './video.tsx'
import { STATUS_WORDS, stateWords } from './words.ts'

/** Polls for the queue position and the usual duration, which the account's events do not have. */
const ASK_MS = 2500

/** Keeps the shown generation up to date. `error` says why there is none. */
export const useWatched = (id: string) => {
  const { pika, store } = useSession()
  const generation = useGeneration(id)
  const { error, again } = useAnswer((signal) => pika.get(id, { signal }).then(store.put), [id])
  const goesOn = generation !== undefined && isOpen(generation)
  useInterval(() => document.hidden || again(), ASK_MS, goesOn)
  return { generation, error: generation === undefined ? error : undefined }
}

/** @param isMain whether the page is about it: then it sets the tab's title and gets the focus */
export const Stage = ({ id, isMain = false }: { id: string; isMain?: boolean }) => {
  const { generation, error } = useWatched(id)
  const [size, setSize] = useState<string>()
  const [isGone, setGone] = useState(false)
  const { wasOpen, heading } = useEnding(generation, isMain)
  if (generation === undefined) {
    return (
      <Frame class={error === undefined ? 'waiting' : ''}>
        {error !== undefined && <Notice class="verdict" {...explain(error)} />}
      </Frame>
    )
  }
  const { input, status, video } = generation
  const goesOn = isOpen(generation)
  return (
    <>
      <h2 class="unseen" tabIndex={-1} ref={heading}>
        {STATUS_WORDS[status]}: {input.prompt}
      </h2>
      <Frame ratio={input.aspect_ratio} class={goesOn ? 'waiting' : ''}>
        {goesOn && <p class="big">{stateWords(generation)}</p>}
        {!goesOn && (video === null || isGone) && <Verdict generation={generation} />}
        {video !== null && !isGone && (
          <Player
            url={video.url}
            aria-label={input.prompt}
            controls
            autoplay={wasOpen && !isMotionReduced()}
            onLoadedMetadata={({ currentTarget }) => setSize(sizeOf(currentTarget))}
            onError={() => setGone(true)}
          />
        )}
      </Frame>
      {goesOn ? <Run generation={generation} /> : <Actions generation={generation} />}
      <Details generation={generation} size={size} />
    </>
  )
}

const sizeOf = (video: HTMLVideoElement) => `${video.videoWidth} × ${video.videoHeight}`

/** Reports the status in the tab's title and to screen readers, and focuses the result. */
const useEnding = (generation: Generation | undefined, isMain: boolean) => {
  const { announce, refreshUsage } = useSession()
  const heading = useRef<HTMLHeadingElement>(null)
  const wasOpen = useRef(false)
  const isReady = generation?.status === 'completed'
  const words = generation && STATUS_WORDS[generation.status]
  useTitle(isMain && words ? `${isReady ? '✓ ' : ''}${words}` : undefined)
  useEffect(() => {
    if (generation === undefined || words === undefined || !isMain) return
    if (isOpen(generation) || wasOpen.current) announce(isReady ? 'Your video is ready' : words)
    if (isOpen(generation)) wasOpen.current = true
    else if (wasOpen.current) {
      refreshUsage()
      notify(words, generation.input.prompt)
      const at = document.activeElement
      const hasMoved = at !== null && at !== document.body && !at.matches('.primary')
      if (!hasMoved) heading.current?.focus({ preventScroll: true })
    }
  }, [words])
  return { wasOpen: wasOpen.current, heading }
}

const notify = (title: string, body: string) => {
  if (document.hidden && 'Notification' in window && Notification.permission === 'granted') {
    new Notification(title, { body }).addEventListener('click', () => focus())
  }
}
