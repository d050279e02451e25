/** Generate: compose a request, see what it costs, and watch what becomes of it. */
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { Compose } from './compose.tsx'
import { useSession } from './context.ts'
import {
  checkRequest,
  draftOf,
  type FieldErrors,
  randomSeed,
  requestOf,
  variationsOf,
} from './draft.ts'
import { explain } from './errors.ts'
import { EXAMPLES } from './examples.ts'
import { useNow } from './hooks.ts'
import { priceOf } from './price.ts'
import { Request } from './request.tsx'
import { VideoSet } from './set.tsx'
import { Stage } from './stage.tsx'
import { useStudio } from './studio.ts'
import { Frame } from './video.tsx'
import { clock, usd } from './words.ts'

const NONE: FieldErrors = {}

export const Generate = ({ ids }: { readonly ids: readonly string[] }) => {
  const { draft, setDraft, count, setCount, state, refusals, generate, checkAgain } = useStudio()
  const { liveness } = useSession()
  const recent = useRecentPrompts()
  const stage = useRef<HTMLElement>(null)
  // One that made a generation is told by that generation.
  const untold = refusals.filter(({ id }) => id === undefined || !ids.includes(id))
  const [refusal] = untold
  const explained = refusal === undefined ? undefined : explain(refusal.error)

  const press = () => {
    const checked = checkRequest(requestOf(draft))
    if (!checked.ok) return
    generate(variationsOf(checked.request, count, randomSeed))
    // On a narrow screen what one waits for is below the form.
    const isBelow = (stage.current?.getBoundingClientRect().top ?? 0) > innerHeight / 2
    if (isBelow) stage.current?.scrollIntoView({ behavior: 'smooth' })
  }
  const [only] = ids
  return (
    <main class="generate">
      <h1 class="unseen">Generate a video</h1>
      <div class="left">
        <Compose
          draft={draft}
          onDraft={setDraft}
          count={count}
          onCount={setCount}
          refused={explained?.fields ?? NONE}
          state={state}
          onCheckAgain={checkAgain}
          recent={recent}
          onGenerate={press}
        />
      </div>
      <section class="stage" aria-label="Result" ref={stage}>
        <Unconfirmed />
        {explained !== undefined && (
          <div class="notice bad" role="alert">
            <strong>{explained.title}</strong>
            <p>{explained.text}</p>
            {refusal?.retryAtMs !== undefined && <Countdown toMs={refusal.retryAtMs} />}
            {untold.length > 1 && <p>This is so for {untold.length} of the set.</p>}
          </div>
        )}
        {state === 'sending' && ids.length === 0 ? (
          <Frame ratio={draft.aspect_ratio} class="waiting">
            <p class="big">Sending</p>
          </Frame>
        ) : only === undefined ? (
          <Frame ratio={draft.aspect_ratio} class="empty">
            <p>
              <strong>
                {draft.aspect_ratio} · {draft.resolution} · {draft.duration} s
              </strong>
              Your video plays here after you press Generate.
            </p>
          </Frame>
        ) : ids.length === 1 ? (
          <Stage key={only} id={only} isMain />
        ) : (
          <VideoSet key={ids.join()} ids={ids} />
        )}
        {liveness === 'asking' && (
          <p class="notice" role="status">
            The live stream is cut off. What runs is asked for every few seconds meanwhile.
          </p>
        )}
      </section>
      <Request draft={draft} onDraft={setDraft} />
    </main>
  )
}

const Countdown = ({ toMs }: { readonly toMs: number }) => {
  const leftMs = toMs - useNow(500)
  return (
    <p>{leftMs > 0 ? `You can try again in ${clock(leftMs / 1000 + 1)}.` : 'Try again now.'}</p>
  )
}

/** The request whose answer was lost: it is asked again under the same key, and never anew. */
const Unconfirmed = () => {
  const { state, submission, forget } = useStudio()
  const { model } = useSession()
  if (state !== 'unknown' || submission === undefined) return null
  const cost = submission.items
    .map(({ body }) => priceOf(model.prices, draftOf(body)))
    .reduce((sum, price) => sum + price, 0)
  return (
    <div class="notice bad" role="alert">
      <strong>Could not confirm</strong>
      <p>
        The answer was lost on the way, so it may have cost {usd(cost)}. “Check again” sends the
        same request under the same idempotency key: it is paid for once.
      </p>
      <p class="actions">
        <button type="button" onClick={forget}>
          Leave it
        </button>
      </p>
    </div>
  )
}

/** Of the newest videos. Where there is none yet, the form has a prompt written out. */
const useRecentPrompts = (): readonly string[] => {
  const { store, isNew } = useSession()
  const { setDraft } = useStudio()
  useEffect(() => {
    if (!isNew) return
    setDraft((now) => (now.prompt === '' ? { ...now, prompt: EXAMPLES[0].text } : now))
  }, [isNew])
  return useMemo(() => {
    const prompts = store.all().map(({ input }) => input.prompt)
    return [...new Set(prompts)].slice(0, 5)
  }, [store])
}
