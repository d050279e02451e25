/** Videos in boxes of their own shape, so that nothing moves when they come. */
import type { ComponentChildren, RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

interface FrameProps {
  readonly ratio: string | undefined
  readonly children?: ComponentChildren
  readonly class?: string | undefined
}

export const Frame = ({ ratio = '16:9', children, class: name = '' }: FrameProps) => {
  const [wide, high] = ratio.split(':')
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
  readonly autoplay: boolean
  readonly onSize?: (size: string) => void
  /** The file cannot be had any more. */
  readonly onGone?: () => void
  readonly controls?: boolean
  readonly video?: RefObject<HTMLVideoElement>
}

export const Player = (props: PlayerProps) => {
  const { url, label, autoplay, onSize, onGone, controls = true, video } = props
  return (
    <video
      ref={video ?? null}
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

/** A video of a grid: it has a source only near the screen, and plays while it is pointed at. */
export const Thumbnail = ({ url, label }: Pick<PlayerProps, 'url' | 'label'>) => {
  const video = useRef<HTMLVideoElement>(null)
  const [isNear, setNear] = useState(false)
  const [isGone, setGone] = useState(false)
  useEffect(() => {
    const seen = new IntersectionObserver(([entry]) => setNear(entry?.isIntersecting ?? false), {
      rootMargin: '200px 0px',
    })
    // What is inside a card that is not drawn is never seen to leave.
    const card = video.current?.closest('.card')
    if (card) seen.observe(card)
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
        aria-label={label}
        loop
        muted
        playsInline
        disablePictureInPicture
        onPointerEnter={play}
        onPointerLeave={() => video.current?.pause()}
        onError={() => setGone(isNear)}
      />
      {isGone && <span class="gone">File is gone</span>}
    </>
  )
}
