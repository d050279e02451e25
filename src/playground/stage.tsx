/** One generation until its end, in a box that never changes its shape. */
import { useRef, useState } from 'preact/hooks'
import { useAnswer } from './hooks.ts'
import { Actions, Details, Verdict } from './result.tsx'
import { Run } from './run.tsx'
import { useSession } from './session.ts'
import { isOpen } from './store.ts'
import { Notice } from './ui.tsx'
import { Frame, isMotionReduced, Player } from './video.tsx'
import { explain, STATUS_WORDS, stateWords } from './words.ts'

/** Polls for the queue position and the usual duration, which the account's events do not have. */
const ASK_MS = 2500

/** Keeps the shown generation up to date. `error` says why there is none. */
export const useWatched = (id: string) => {
  const { pika, store } = useSession()
  const generation = store.get(id)
  const everyMs = generation !== undefined && isOpen(generation) ? ASK_MS : undefined
  const ask = (signal: AbortSignal) => pika.get(id, { signal }).then(store.put)
  const { error } = useAnswer(ask, [id], everyMs)
  return { generation, error: generation === undefined ? error : undefined }
}

export const Stage = ({ id }: { id: string }) => {
  const { generation, error } = useWatched(id)
  const [size, setSize] = useState<string>()
  const [isGone, setGone] = useState(false)
  const wasOpen = useRef(false)
  if (generation === undefined) {
    return (
      <Frame class={error === undefined ? 'waiting' : ''}>
        {error !== undefined && <Notice class="verdict" {...explain(error)} />}
      </Frame>
    )
  }
  const { input, status, video } = generation
  const goesOn = isOpen(generation)
  if (goesOn) wasOpen.current = true
  return (
    <>
      <h2 class="unseen">
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
            autoplay={wasOpen.current && !isMotionReduced()}
            onLoadedMetadata={({ currentTarget: { videoWidth, videoHeight } }) =>
              setSize(`${videoWidth} × ${videoHeight}`)
            }
            onError={() => setGone(true)}
          />
        )}
      </Frame>
      {goesOn ? <Run generation={generation} /> : <Actions generation={generation} />}
      <Details generation={generation} size={size} />
    </>
  )
}
