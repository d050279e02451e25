/** Several that differ in their seed, side by side and in step, to pick one. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { useSession } from './context.ts'
import { useGeneration } from './hooks.ts'
import { formatRoute } from './route.ts'
import { isOpen } from './run.tsx'
import { useWatched } from './stage.tsx'
import { FAILURE_WORDS, STATUS_WORDS } from './words.ts'
import { Frame, isMotionReduced, Player } from './video.tsx'

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

export const VideoSet = ({ ids }: { readonly ids: readonly string[] }) => {
  const grid = useRef<HTMLDivElement>(null)
  const [isPlaying, setPlaying] = useState(!isMotionReduced())
  const first = useGeneration(ids[0] ?? '')
  const ready = useReady(ids)
  useEffect(() => {
    document.title = `${ready === ids.length ? '✓ Ready' : `${ready} of ${ids.length} ready`} · pika-edge`
  }, [ready])
  useEffect(() => {
    const videos = () => [...(grid.current?.querySelectorAll('video') ?? [])]
    const step = () => {
      const [leader, ...others] = videos()
      if (leader === undefined) return
      for (const video of others) keepStep(leader, video)
    }
    for (const video of videos()) {
      if (isPlaying) void video.play().catch(() => undefined)
      else video.pause()
    }
    step()
    const timer = setInterval(() => isPlaying && step(), STEP_MS)
    return () => clearInterval(timer)
  }, [isPlaying, ready])
  return (
    <>
      <div class={`set ${first && isTall(first.input.aspect_ratio) ? 'tall' : ''}`} ref={grid}>
        {ids.map((id, index) => (
          <Cell key={id} id={id} number={index + 1} />
        ))}
      </div>
      {ready > 0 && (
        <div class="actions">
          <button type="button" onClick={() => setPlaying(!isPlaying)}>
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

const isTall = (ratio: string): boolean => {
  const [wide = 1, high = 1] = ratio.split(':').map(Number)
  return high > wide
}

/** How many have their video. */
const useReady = (ids: readonly string[]): number => {
  const { store, announce, refreshUsage } = useSession()
  const count = () => ids.filter((id) => store.get(id)?.status === 'completed').length
  const [ready, setReady] = useState(count)
  useEffect(() => {
    const unsubscribe = ids.map((id) => store.subscribe(id, () => setReady(count())))
    setReady(count())
    return () => unsubscribe.forEach((end) => end())
  }, [ids.join()])
  useEffect(() => {
    if (ready === 0) return
    announce(`${ready} of ${ids.length} ready`)
    refreshUsage()
  }, [ready])
  return ready
}

const Cell = ({ id, number }: { readonly id: string; readonly number: number }) => {
  const { generation, error } = useWatched(id)
  const ratio = generation?.input.aspect_ratio
  const words =
    error !== undefined
      ? 'Not found'
      : generation?.error
        ? (FAILURE_WORDS[generation.error.code] ?? 'Failed')
        : STATUS_WORDS[generation?.status ?? 'submitting']
  return (
    <figure>
      <Frame ratio={ratio} class={generation && isOpen(generation) ? 'waiting' : ''}>
        {generation?.video ? (
          <Player
            url={generation.video.url}
            label={`Variation ${number}`}
            autoplay={false}
            controls={false}
          />
        ) : (
          <p class="big">{words}</p>
        )}
      </Frame>
      <figcaption>
        <span>{number}</span>
        <span class="note">seed {generation?.input.seed ?? '…'}</span>
        {generation?.video && (
          <a class="button" href={formatRoute({ view: 'generate', ids: [id] })}>
            Pick
          </a>
        )}
      </figcaption>
    </figure>
  )
}
