/** What came of a generation: the video or the reason, what it cost, and what to do next. */
import { useState } from 'preact/hooks'
import type { FinalGeneration, Generation } from '../client/index.ts'
import { useSession } from './context.ts'
import { draftOf, randomSeed, writeRecipe } from './draft.ts'
import { priceOf } from './price.ts'
import { sentence, WHAT_TO_DO } from './errors.ts'
import { formatRoute, go } from './route.ts'
import { Events } from './run.tsx'
import { useStudio } from './studio.ts'
import { Copy, Tabs } from './ui.tsx'
import { ownAddress } from './video.tsx'
import { bytes, clock, costWords, FAILURE_WORDS, localTime, usd } from './words.ts'

/** Why there is no video, in the frame where it would be. */
export const Verdict = ({ generation }: { readonly generation: FinalGeneration }) => {
  if (generation.status === 'completed') return null
  const { error } = generation
  return (
    <div class="verdict" role={error === null ? undefined : 'alert'}>
      <h2>{error === null ? 'Canceled' : (FAILURE_WORDS[error.code] ?? 'It failed')}</h2>
      {error !== null && (
        <p>
          {sentence(error.message)} {WHAT_TO_DO[error.code]}
        </p>
      )}
      {error?.fields?.map(({ path, message }) => (
        <p key={path}>
          <code>{path}</code> {message}
        </p>
      ))}
      {error?.listening_until !== undefined && (
        <p class="note">It may still turn up until {localTime(error.listening_until)}.</p>
      )}
      {error?.late_video !== undefined && (
        <p>
          <a href={error.late_video.url}>The video came late</a>: it was paid for.
        </p>
      )}
      <p class="cost">
        {generation.cost.state === 'charged' && 'charged '}
        {costWords(generation.cost)}
      </p>
    </div>
  )
}

export const Actions = ({ generation }: { readonly generation: FinalGeneration }) => {
  const { input, status, cost, id } = generation
  const { model, may, pika } = useSession()
  const { setDraft, generate, retry, state } = useStudio()
  const [isRisky, setRisky] = useState(false)
  const price = usd(priceOf(model.prices, input))
  const { error } = generation
  const mayHelp = error === null || error.retryable || cost.state === 'unknown'
  const isBusy = state !== 'idle'
  const { seed: _seed, ...unseeded } = input
  const asked = generation.seed_source === 'caller' ? input : unseeded
  const share = async () => (await pika.share(id, { expires_in_seconds: SHARED_SECONDS })).url
  return (
    <div class="actions">
      {status === 'completed' && (
        <>
          <a
            class="button"
            href={`${ownAddress(generation.video.url)}&download=1`}
            download={`${id}.mp4`}
          >
            Download
          </a>
          <Copy text={share}>Copy link</Copy>
        </>
      )}
      <button
        type="button"
        onClick={() => {
          setDraft(draftOf(asked))
          go({ view: 'generate', ids: [] })
          scrollTo(0, 0)
        }}
      >
        Use these settings
      </button>
      {may('generations:write') && (
        <>
          {status === 'completed' ? (
            <button
              type="button"
              disabled={isBusy}
              title="The same with a new seed"
              onClick={() => generate([{ ...input, seed: randomSeed() }])}
            >
              Vary · {price}
            </button>
          ) : !mayHelp ? null : cost.state === 'unknown' && !isRisky ? (
            <button type="button" onClick={() => setRisky(true)}>
              Retry…
            </button>
          ) : (
            <button
              type="button"
              disabled={isBusy}
              onClick={() => retry(generation, isRisky ? true : undefined)}
            >
              {isRisky ? `Retry, and maybe pay twice · ${price}` : `Retry · ${price}`}
            </button>
          )}
        </>
      )}
      {may('schedules:write') && (
        <a class="button" href={formatRoute({ view: 'schedules', recipe: writeRecipe(asked) })}>
          Schedule this
        </a>
      )}
    </div>
  )
}

/** A week. */
const SHARED_SECONDS = 7 * 86_400

interface DetailsProps {
  readonly generation: Generation
  /** As the file itself says, once that is known. */
  readonly size: string | undefined
}

export const Details = ({ generation, size }: DetailsProps) => {
  const json = JSON.stringify(generation, null, 2)
  return (
    <Tabs
      label="About this video"
      tabs={[
        { name: 'Details', panel: () => <Facts generation={generation} size={size} /> },
        { name: 'Events', panel: () => <Events id={generation.id} /> },
        {
          name: 'JSON',
          panel: () => (
            <>
              <div class="actions">
                <Copy text={() => json}>Copy</Copy>
              </div>
              <pre tabIndex={0}>{json}</pre>
            </>
          ),
        },
      ]}
    />
  )
}

const Facts = ({ generation, size }: DetailsProps) => {
  const { input, cost, created_at, started_at, finished_at, video } = generation
  const seconds = (from: string | null, to: string | null) =>
    from !== null && to !== null && clock((Date.parse(to) - Date.parse(from)) / 1000)
  const facts: readonly (readonly [string, string | number | false | null | undefined])[] = [
    ['Prompt', input.prompt],
    ['Negative prompt', input.negative_prompt],
    ['Seed', input.seed],
    ['Asked for', `${input.aspect_ratio}, ${input.resolution}, ${input.duration} s`],
    ['Size', size],
    ['File', video?.file_size != null && bytes(video.file_size)],
    ['Made', localTime(created_at)],
    ['Waited', seconds(created_at, started_at)],
    ['Rendered in', seconds(started_at, finished_at)],
    ['Estimated', usd(cost.estimated_usd)],
    ['Charged', costWords(cost)],
    ['Generation', generation.id],
    ['Request at fal', generation.fal_request_id],
    ['Schedule', generation.schedule_id],
    ['Retry of', generation.retry_of],
  ]
  return (
    <dl class="facts">
      {facts.map(
        ([name, value]) =>
          value != null &&
          value !== false && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
