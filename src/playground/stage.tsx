/** What the page shows until its end, in boxes that never change their shape: one, or a set. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { useAnswer, useInterval } from './hooks.ts'
import { Actions, Details, Verdict } from './result.tsx'
import { addressOf } from './route.ts'
import { Run } from './run.tsx'
import { useSession } from './session.ts'
import { isOpen } from './store.ts'
import { Notice } from './ui.tsx'
import { Frame, isMotionReduced, Player } from './video.tsx'
import { explain, STATUS_WORDS, stateWords } from './words.ts'

/** Polls for the queue position and the usual duration, which the account's events do not have. */
const ASK_MS = 2500

/** Keeps the shown generation up to date. `error` says why there is none. */
const useWatched = (id: string) => {
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

const STEP_MS = 250
/** A video that is off by more seconds than this jumps; otherwise it runs faster or slower. */
const JUMP_SECONDS = 0.5

/** Brings looping videos into sync with the first, unnoticed by the viewer. */
const keepStep = ([leader, ...others]: readonly HTMLVideoElement[]) => {
  if (leader === undefined || !(leader.duration > 0)) return
  const { currentTime, duration, paused } = leader
  for (const video of others) {
    const apart = currentTime - video.currentTime
    // Around the end of a loop, one video may already have restarted.
    const behind = apart - duration * Math.round(apart / duration)
    if (Math.abs(behind) > JUMP_SECONDS || paused) video.currentTime = currentTime
    else video.playbackRate = 1 + behind / 2
  }
}

/** Several videos that differ in their seed, side by side and in sync, to pick one. */
export const VideoSet = ({ ids }: { ids: readonly string[] }) => {
  const { store } = useSession()
  const grid = useRef<HTMLDivElement>(null)
  const [isPlaying, setPlaying] = useState(!isMotionReduced())
  const ratio = store.get(ids[0] ?? '')?.input.aspect_ratio ?? '16:9'
  const [wide = 1, high = 1] = ratio.split(':').map(Number)
  const ready = ids.filter((id) => store.get(id)?.status === 'completed').length
  const videos = () => [...(grid.current?.querySelectorAll('video') ?? [])]
  useEffect(() => {
    for (const video of videos()) {
      if (isPlaying) void video.play().catch(() => undefined)
      else video.pause()
    }
    keepStep(videos())
  }, [isPlaying, ready])
  useInterval(() => keepStep(videos()), isPlaying ? STEP_MS : undefined)
  return (
    <>
      <div class={`set ${high > wide ? 'tall' : ''}`} ref={grid}>
        {ids.map((id, index) => (
          <Cell key={id} id={id} number={index + 1} />
        ))}
      </div>
      {ready > 0 && (
        <div class="actions">
          <button onClick={() => setPlaying(!isPlaying)}>
            {isPlaying ? 'Pause all' : 'Play all'}
          </button>
          <span class="note">{`${ready} of ${ids.length} ready. Pick the one you like.`}</span>
        </div>
      )}
    </>
  )
}

const Cell = ({ id, number }: { id: string; number: number }) => {
  const { generation, error } = useWatched(id)
  const { input, video } = generation ?? {}
  const words = generation && stateWords(generation)
  const goesOn = generation === undefined ? error === undefined : isOpen(generation)
  return (
    <figure>
      <Frame ratio={input?.aspect_ratio} class={goesOn ? 'waiting' : ''}>
        {video ? (
          <Player url={video.url} aria-label={`Variation ${number}`} />
        ) : (
          <p class="big">{words ?? (error === undefined ? 'Sending' : 'Not found')}</p>
        )}
      </Frame>
      <figcaption>
        <span>{number}</span>
        <span class="note">seed {input?.seed}</span>
        {video && (
          <a class="button" href={addressOf('generate', [id])}>
            Pick
          </a>
        )}
      </figcaption>
    </figure>
  )
}
