/** Several videos that differ in their seed, side by side and in sync, to pick one. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { useInterval } from './hooks.ts'
import { addressOf } from './route.ts'
import { useSession } from './session.ts'
import { useWatched } from './stage.tsx'
import { isOpen } from './store.ts'
import { Frame, isMotionReduced, Player } from './video.tsx'
import { stateWords } from './words.ts'

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
