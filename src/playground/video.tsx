/** Videos in boxes of their own shape, so that nothing moves when they come. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

export const sidesOf = (ratio: string): readonly [wide: number, high: number] => {
  const [wide = 1, high = 1] = ratio.split(':').map(Number)
  return [wide, high]
}

interface FrameProps {
  readonly ratio?: string | undefined
  readonly children?: ComponentChildren
  readonly class?: string | undefined
}

export const Frame = ({ ratio = '16:9', children, class: name = '' }: FrameProps) => {
  const [wide, high] = sidesOf(ratio)
  return (
    <div class={`frame ${name}`} style={{ '--wide': wide, '--high': high }}>
      {children}
    </div>
  )
}

export const isMotionReduced = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches

/** The gateway's own address of a video, at the origin of this page: no other may be asked. */
export const ownAddress = (url: string): string => {
  const { pathname, search } = new URL(url)
  return pathname.startsWith('/videos/') ? pathname + search : url
}

/** A still frame of the beginning, rather than black. */
const still = (url: string): string => `${ownAddress(url)}#t=0.1`

interface PlayerProps {
  readonly url: string
  readonly label: string
  readonly autoplay?: boolean
  readonly onSize?: (size: string) => void
  /** The file cannot be had any more. */
  readonly onGone?: () => void
  readonly controls?: boolean
}

export const Player = (props: PlayerProps) => {
  const { url, label, autoplay = false, onSize, onGone, controls = true } = props
  return (
    <video
      src={still(url)}
      aria-label={label}
      controls={controls}
      loop
      muted
      playsInline
      preload="metadata"
      autoplay={autoplay && !isMotionReduced()}
      onLoadedMetadata={({ currentTarget: { videoWidth, videoHeight } }) =>
        onSize?.(`${videoWidth} × ${videoHeight}`)
      }
      onError={onGone}
    />
  )
}

/** The one thumbnail that plays. */
let playing: HTMLVideoElement | undefined

/** A video of a card: it has a source only near the screen, and plays while it is looked at. */
export const Thumbnail = ({ url }: { url: string }) => {
  const video = useRef<HTMLVideoElement>(null)
  const [isNear, setNear] = useState(false)
  const [isGone, setGone] = useState(false)
  useEffect(() => {
    // What is inside a card that is not drawn is never seen to leave.
    const card = video.current?.closest('.card')
    const link = video.current?.closest('a')
    if (!card || !link) return
    const seen = new IntersectionObserver(([entry]) => setNear(entry?.isIntersecting ?? false), {
      rootMargin: '200px 0px',
    })
    seen.observe(card)
    // By the keyboard as by the pointer.
    for (const type of ['pointerenter', 'focus']) link.addEventListener(type, play)
    for (const type of ['pointerleave', 'blur']) link.addEventListener(type, pause)
    return () => seen.disconnect()
  }, [])
  useEffect(() => {
    if (video.current === null) return
    if (isNear) video.current.src = still(url)
    else {
      // As a property of JSX it would stay, empty. What was loaded goes with load alone.
      video.current.removeAttribute('src')
      video.current.load()
    }
  }, [isNear, url])
  const pause = () => video.current?.pause()
  const play = () => {
    if (isMotionReduced() || video.current === null) return
    playing?.pause()
    playing = video.current
    void playing.play().catch(() => undefined)
  }
  return (
    <>
      <video
        ref={video}
        preload={isNear ? 'metadata' : 'none'}
        loop
        muted
        playsInline
        disablePictureInPicture
        onError={() => setGone(isNear)}
      />
      {isGone && <span class="gone">File is gone</span>}
    </>
  )
}
