/** A generation's result: the video or the reason for none, the cost, and what to do next. */
import { useId, useState } from 'preact/hooks'
import type { CompletedGeneration, FinalGeneration, Generation } from '../client/index.ts'
import { costWords, duration, usd } from '../contract/words.ts'
import { onArrowKey } from './arrow-keys.ts'
import { draftOf, randomSeed } from './draft.ts'
import { go } from './route.ts'
import { Events } from './run.tsx'
import { useSession } from './session.ts'
import { useStudio } from './studio.tsx'
import { Copy, Facts, Notice, Source } from './ui.tsx'
import { ownAddress } from './video.tsx'
import { localTime, sentence, stateWords, WHAT_TO_DO } from './words.ts'

/** Why there is no video, or no longer one. */
export const Verdict = ({ generation }: { generation: FinalGeneration }) => {
  if (generation.status === 'completed') return <Gone generation={generation} />
  const { error } = generation
  const text = error ? `${sentence(error.message)} ${WHAT_TO_DO[error.code] ?? ''}` : ''
  return (
    <Notice class="verdict" title={stateWords(generation)} text={text}>
      {error?.fields?.map(({ path, message }) => (
        <p key={path}>
          <code>{path}</code> {message}
        </p>
      ))}
      {error?.listening_until !== undefined && (
        <p class="note">The video may still arrive until {localTime(error.listening_until)}.</p>
      )}
      {error?.late_video !== undefined && (
        <p>
          <a href={error.late_video.url}>The video came late</a>. You paid for it.
        </p>
      )}
      <p class="cost">{costWords(generation)}</p>
    </Notice>
  )
}

const Gone = ({ generation: { video, created_at } }: { generation: CompletedGeneration }) => {
  const text =
    video.archived_at === null
      ? `fal keeps a video for about seven days, and this one was made on ${localTime(created_at)}. It is not in the archive.`
      : `The archive kept it from ${localTime(video.archived_at)}, and no longer has it.`
  return (
    <Notice class="verdict" title="The file is gone" text={text}>
      <p>
        Use its settings to make it again, or look whether{' '}
        <a href={video.source_url}>fal still has it</a>.
      </p>
    </Notice>
  )
}

const SHARED_SECONDS = 7 * 86_400

export const Actions = ({ generation }: { generation: FinalGeneration }) => {
  const { id, input } = generation
  const { may, pika } = useSession()
  const { change, schedule } = useStudio()
  const { seed: _seed, ...unseeded } = input
  const asked = generation.seed_source === 'caller' ? input : unseeded
  const share = async () => (await pika.share(id, { expires_in_seconds: SHARED_SECONDS })).url
  const download = generation.video && `${ownAddress(generation.video.url)}&download=1`
  const reuse = (into: typeof change, ...at: Parameters<typeof go>) => {
    into(draftOf(asked))
    go(...at)
    scrollTo(0, 0)
  }
  return (
    <div class="actions">
      {download !== null && (
        <>
          <a class="button" href={download} download={`${id}.mp4`}>
            Download
          </a>
          <Copy text={share}>Copy link</Copy>
        </>
      )}
      <button onClick={() => reuse(change, 'generate')}>Use these settings</button>
      {may('generations:write') && <Again generation={generation} />}
      {may('schedules:write') && (
        <button onClick={() => reuse(schedule.change, 'schedules', ['new'])}>Schedule this</button>
      )}
    </div>
  )
}

/** Pays for another one: with a new seed, or as a retry of one that failed. */
const Again = ({ generation }: { generation: FinalGeneration }) => {
  const { input, status, cost, error } = generation
  const { priceOf } = useSession()
  const { generate, retry, state } = useStudio()
  const [isRisky, setRisky] = useState(false)
  let words = isRisky ? 'Retry, and maybe pay twice' : 'Retry'
  let press = () => retry(generation, isRisky)
  if (status === 'completed') {
    words = 'Vary'
    press = () => generate([{ ...input, seed: randomSeed() }])
  } else if (cost.state === 'unknown' && !isRisky) {
    return <button onClick={() => setRisky(true)}>Retry…</button>
  } else if (error?.retryable === false && !isRisky) return null
  return (
    <button disabled={state !== 'idle'} onClick={press}>
      {words} · {usd(priceOf(input))}
    </button>
  )
}

/** `size` comes from the file, once it has loaded. */
type DetailsProps = { generation: Generation; size: string | undefined }

const TABS = ['Details', 'Events', 'JSON'] as const

/** @see https://www.w3.org/WAI/ARIA/apg/patterns/tabs/ */
export const Details = ({ generation, size }: DetailsProps) => {
  const id = useId()
  const [chosen, choose] = useState<(typeof TABS)[number]>('Details')
  return (
    <>
      <div role="tablist" aria-label="About this video" onKeyDown={onArrowKey}>
        {TABS.map((name) => (
          <button
            key={name}
            role="tab"
            aria-selected={name === chosen}
            aria-controls={id}
            tabIndex={name === chosen ? 0 : -1}
            onClick={() => choose(name)}
            onFocus={() => choose(name)}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={id} aria-label={chosen}>
        {chosen === 'Details' && <Facts class="facts" facts={factsOf(generation, size)} />}
        {chosen === 'Events' && <Events generation={generation} />}
        {chosen === 'JSON' && <Source text={JSON.stringify(generation, null, 2)} />}
      </div>
    </>
  )
}

const secondsWords = (from: string | null, to: string | null) =>
  from !== null && to !== null && duration(Date.parse(to) - Date.parse(from))

const factsOf = (generation: Generation, size: string | undefined) => {
  const { input, cost, created_at, started_at, finished_at, video } = generation
  const keptAt = video?.archived_at
  const keptSince = keptAt && `in this gateway's archive, since ${localTime(keptAt)}`
  return [
    ['Prompt', input.prompt],
    ['Negative prompt', input.negative_prompt],
    ['Seed', input.seed],
    ['Asked for', `${input.aspect_ratio}, ${input.resolution}, ${input.duration} s`],
    ['Size', size],
    ['File', video?.file_size != null && `${(video.file_size / 1e6).toFixed(1)} MB`],
    ['Kept', video && (keptSince ?? 'at fal, for about seven days')],
    ['Made', localTime(created_at)],
    ['Waited', secondsWords(created_at, started_at)],
    ['Rendered in', secondsWords(started_at, finished_at)],
    ['Estimated', usd(cost.estimated_usd)],
    ['Cost', costWords(generation)],
    ['Generation', generation.id],
    ['Request at fal', generation.fal_request_id],
    ['Schedule', generation.schedule_id],
    ['Retry of', generation.retry_of],
  ] as const
}
