/** Videos in boxes of their own shape, so that nothing moves when they load. */
import type { ComponentChildren, VideoHTMLAttributes } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

/** A box's sides as a style, in a form that `calc` accepts too. */
export const shapeOf = (ratio: string) => ({ '--ratio': ratio.replace(':', ' / ') })

type FrameProps = { ratio?: string | undefined; class?: string; children?: ComponentChildren }

export const Frame = ({ ratio = '16:9', class: name = '', children }: FrameProps) => (
  <div class={`frame ${name}`} style={shapeOf(ratio)}>
    {children}
  </div>
)

export const isMotionReduced = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches

/** The path of a gateway video, relative to this page's origin: the page may contact no other. */
export const ownAddress = (url: string): string => {
  const { pathname, search } = new URL(url)
  return pathname.startsWith('/videos/') ? pathname + search : url
}

/** Shows a frame from the beginning instead of black. */
const still = (url: string): string => `${ownAddress(url)}#t=0.1`

export const Player = ({ url, ...others }: { url: string } & VideoHTMLAttributes) => (
  <video src={still(url)} loop muted playsInline preload="metadata" {...others} />
)

/** A card's video, which has a source only while it is near the viewport. */
export const Thumbnail = ({ url }: { url: string }) => {
  const [isGone, setGone] = useState(false)
  const ref = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    const see = ([entry]: readonly IntersectionObserverEntry[]) => {
      const [video, isNear] = [ref.current, entry?.isIntersecting === true]
      if (isNear) video?.setAttribute('src', still(url))
      else {
        video?.removeAttribute('src')
        // Only this frees what was loaded.
        video?.load()
      }
      video?.setAttribute('preload', isNear ? 'metadata' : 'none')
    }
    const seen = new IntersectionObserver(see, { rootMargin: '200px 0px' })
    // The observer does not notice when an element inside an unrendered card leaves the viewport.
    seen.observe(ref.current?.closest('.card') ?? document.body)
    return () => seen.disconnect()
  }, [url])
  return (
    <>
      <video ref={ref} loop muted playsInline onError={() => setGone(true)} />
      {isGone && <span class="gone">File is gone</span>}
    </>
  )
}

/** The one thumbnail that plays. */
let playing: HTMLVideoElement | null = null

/** Plays only the video of the card under the pointer or with the focus. */
export const playLookedAt = (event: PointerEvent | FocusEvent) => {
  const at = event.type === 'focusout' ? event.relatedTarget : event.target
  const card = at instanceof Element ? at.closest('.card') : null
  const video = card?.querySelector('video') ?? null
  if (video === playing) return
  playing?.pause()
  playing = video
  if (!isMotionReduced()) void playing?.play().catch(() => undefined)
}
