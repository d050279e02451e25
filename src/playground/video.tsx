/** Videos in boxes of their own shape, so that nothing moves when they come. */
import type { ComponentChildren, VideoHTMLAttributes } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

/** For a style: the sides of a box, as `calc` takes them too. */
export const shapeOf = (ratio: string) => ({ '--ratio': ratio.replace(':', ' / ') })

type FrameProps = { ratio?: string | undefined; class?: string; children?: ComponentChildren }

export const Frame = ({ ratio = '16:9', class: name = '', children }: FrameProps) => (
  <div class={`frame ${name}`} style={shapeOf(ratio)}>
    {children}
  </div>
)

export const isMotionReduced = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches

/** The gateway's own address of a video, at the origin of this page: no other may be asked. */
export const ownAddress = (url: string): string => {
  const { pathname, search } = new URL(url)
  return pathname.startsWith('/videos/') ? pathname + search : url
}

/** A still frame of the beginning, rather than black. */
const still = (url: string): string => `${ownAddress(url)}#t=0.1`

export const Player = ({ url, ...others }: { url: string } & VideoHTMLAttributes) => (
  <video src={still(url)} loop muted playsInline preload="metadata" {...others} />
)

/** A video of a card: it has a source only near the screen. */
export const Thumbnail = ({ url }: { url: string }) => {
  const [isNear, setNear] = useState(false)
  const [isGone, setGone] = useState(false)
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    const see = ([entry]: readonly IntersectionObserverEntry[]) =>
      setNear(entry?.isIntersecting === true)
    const seen = new IntersectionObserver(see, { rootMargin: '200px 0px' })
    // What is inside a card that is not drawn is never seen to leave.
    seen.observe(video.current?.closest('.card') ?? document.body)
    return () => seen.disconnect()
  }, [])
  useEffect(() => {
    if (isNear) video.current?.setAttribute('src', still(url))
    else {
      // As a property of JSX it would stay, empty. What was loaded goes with load alone.
      video.current?.removeAttribute('src')
      video.current?.load()
    }
  }, [isNear, url])
  return (
    <>
      <video
        ref={video}
        loop
        muted
        playsInline
        disablePictureInPicture
        preload={isNear ? 'metadata' : 'none'}
        onError={() => setGone(isNear)}
      />
      {isGone && <span class="gone">File is gone</span>}
    </>
  )
}

/** The one thumbnail that plays. */
let playing: HTMLVideoElement | null = null

/** Plays the video of the card that is looked at, by the pointer as by the keyboard, and no other. */
export const playLookedAt = (event: PointerEvent | FocusEvent) => {
  const at = event.type === 'focusout' ? event.relatedTarget : event.target
  const card = at instanceof Element ? at.closest('.card') : null
  const video = card?.querySelector('video') ?? null
  if (video === playing) return
  playing?.pause()
  playing = video
  if (!isMotionReduced()) void playing?.play().catch(() => undefined)
}
