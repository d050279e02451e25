/** Several that differ in their seed, side by side and in step, to pick one. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { useInterval } from './hooks.ts'
import { addressOf } from './route.ts'
import { isOpen } from './run.tsx'
import { useGeneration, useSession } from './session.ts'
import { useWatched } from './stage.tsx'
import { Frame, isMotionReduced, Player, sidesOf } from './video.tsx'
import { stateWords } from './words.ts'

const STEP_MS = 250
/** Further behind than this, in seconds, one jumps; below it runs a little faster or slower. */
const JUMP_SECONDS = 0.5

/** Brings a looping video into step with another, so that the eye does not see it. */
const keepStep = (leader: HTMLVideoElement, video: HTMLVideoElement) => {
  const { duration } = leader
  if (!(duration > 0)) return
  const apart = leader.currentTime - video.currentTime
  // At the end of a loop one may have begun anew already.
  const behind = apart - duration * Math.round(apart / duration)
  if (Math.abs(behind) > JUMP_SECONDS || leader.paused) video.currentTime = leader.currentTime
  else video.playbackRate = 1 + behind / 2
}

export const VideoSet = ({ ids }: { ids: readonly string[] }) => {
  const grid = useRef<HTMLDivElement>(null)
  const [isPlaying, setPlaying] = useState(!isMotionReduced())
  const [wide, high] = sidesOf(useGeneration(ids[0] ?? '')?.input.aspect_ratio ?? '16:9')
  const ready = useReady(ids)
  const step = () => {
    const [leader, ...others] = grid.current?.querySelectorAll('video') ?? []
    if (leader !== undefined) others.forEach((video) => keepStep(leader, video))
  }
  useEffect(() => {
    for (const video of grid.current?.querySelectorAll('video') ?? []) {
      if (isPlaying) void video.play().catch(() => undefined)
      else video.pause()
    }
    step()
  }, [isPlaying, ready])
  useInterval(step, STEP_MS, isPlaying)
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
          <span class="note">
            {ready} of {ids.length} ready. Pick the one you like.
          </span>
        </div>
      )}
    </>
  )
}

/** How many have their video. */
const useReady = (ids: readonly string[]): number => {
  const { store, announce, refreshUsage } = useSession()
  const count = () => ids.filter((id) => store.get(id)?.status === 'completed').length
  const [ready, setReady] = useState(count)
  useEffect(() => store.subscribe('*', () => setReady(count())), [])
  useEffect(() => {
    document.title = `${ready === ids.length ? '✓ Ready' : `${ready} of ${ids.length} ready`} · pika-edge`
    if (ready === 0) return
    announce(`${ready} of ${ids.length} ready`)
    refreshUsage()
  }, [ready])
  return ready
}

const Cell = ({ id, number }: { id: string; number: number }) => {
  const { generation, error } = useWatched(id)
  if (generation === undefined) {
    return (
      <Frame class="waiting">
        <p class="big">{error === undefined ? 'Sending' : 'Not found'}</p>
      </Frame>
    )
  }
  const { input, video } = generation
  return (
    <figure>
      <Frame ratio={input.aspect_ratio} class={isOpen(generation) ? 'waiting' : ''}>
        {video === null ? (
          <p class="big">{stateWords(generation)}</p>
        ) : (
          <Player url={video.url} label={`Variation ${number}`} controls={false} />
        )}
      </Frame>
      <figcaption>
        <span>{number}</span>
        <span class="note">seed {input.seed}</span>
        {video !== null && (
          <a class="button" href={addressOf('generate', [id])}>
            Pick
          </a>
        )}
      </figcaption>
    </figure>
  )
}
