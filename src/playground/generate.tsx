/** The Generate view: compose a request, see its price, and watch its result. */
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { duration, usd } from '../contract/words.ts'
import { Compose } from './compose.tsx'
import { draftOf } from './draft.ts'
import { explain } from './errors.ts'
import { EXAMPLES } from './examples.ts'
import { useNow } from './hooks.ts'
import { Request } from './request.tsx'
import { useSession } from './session.ts'
import { VideoSet } from './set.tsx'
import { Stage } from './stage.tsx'
import { useStudio } from './studio.ts'
import { Notice } from './ui.tsx'
import { Frame } from './video.tsx'
import { priceOf } from './words.ts'

export const Generate = ({ ids }: { ids: readonly string[] }) => {
  const { isNew, isStreamLost } = useSession()
  const { setDraft, refusals } = useStudio()
  const stage = useRef<HTMLElement>(null)
  // A refusal that names a shown generation is shown there.
  const untold = refusals.filter(({ id }) => id === undefined || !ids.includes(id))
  const [refusal] = untold
  const explained = refusal && explain(refusal.error)
  const [only] = ids
  // The same element again: what is typed in the form draws nothing here.
  const shown = useMemo(
    () =>
      ids.length > 1 ? (
        <VideoSet key={ids.join()} ids={ids} />
      ) : (
        only && <Stage key={only} id={only} isMain />
      ),
    [ids.join()],
  )
  useEffect(() => {
    if (isNew) setDraft((now) => (now.prompt ? now : { ...now, prompt: EXAMPLES[0][1] }))
  }, [])
  const showStage = () => {
    // On a narrow screen the result is below the form.
    const isBelow = (stage.current?.getBoundingClientRect().top ?? 0) > innerHeight / 2
    if (isBelow) stage.current?.scrollIntoView({ behavior: 'smooth' })
  }
  return (
    <main class="generate">
      <h1 class="unseen">Generate a video</h1>
      <div class="left">
        <Compose refused={explained?.fields ?? {}} onSent={showStage} />
      </div>
      <section class="stage" aria-label="Result" ref={stage}>
        <Unconfirmed />
        {explained !== undefined && (
          <Notice {...explained}>
            {refusal?.retryAtMs !== undefined && <Countdown toMs={refusal.retryAtMs} />}
            {untold.length > 1 && <p>This happened to {untold.length} of the set.</p>}
          </Notice>
        )}
        {shown ?? <Empty />}
        {isStreamLost && (
          <p class="notice" role="status">
            The live stream is cut off. The page asks every few seconds until it is back.
          </p>
        )}
      </section>
      <Request />
    </main>
  )
}

const Empty = () => {
  const { draft, state } = useStudio()
  const { aspect_ratio, resolution, duration } = draft
  return (
    <Frame ratio={aspect_ratio} class={state === 'sending' ? 'waiting' : 'empty'}>
      {state === 'sending' ? (
        <p class="big">Sending</p>
      ) : (
        <p>
          <strong>{`${aspect_ratio} · ${resolution} · ${duration} s`}</strong>
          Your video plays here after you press Generate.
        </p>
      )}
    </Frame>
  )
}

const Countdown = ({ toMs }: { toMs: number }) => {
  const leftMs = toMs - useNow(500)
  return (
    <p>
      {leftMs > 0
        ? `You can try again in ${duration(Math.ceil(leftMs / 1000) * 1000)}.`
        : 'Try again now.'}
    </p>
  )
}

/** A request whose answer was lost. It is sent again only under the same key. */
const Unconfirmed = () => {
  const { state, submission, forget } = useStudio()
  const { model } = useSession()
  if (state !== 'unknown' || submission === undefined) return null
  const prices = submission.items.map(({ body }) => priceOf(model.prices, draftOf(body)))
  const cost = usd(prices.reduce((sum, price) => sum + price, 0))
  return (
    <Notice
      title="Could not confirm"
      text={`The answer was lost on the way, so it may have cost ${cost}. “Check again” sends the same request under the same idempotency key, so you pay once.`}
    >
      <p class="actions">
        <button onClick={forget}>Leave it</button>
      </p>
    </Notice>
  )
}
