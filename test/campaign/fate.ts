/** What may go wrong for one generation, as the emulator's markers, and what is then to be expected. */
import * as fc from 'fast-check'

/** Answers to the submit that fal's rules make a refusal: nothing was queued. */
const REFUSED = ['429', 'locked'] as const
/** A refusal that is no proof, from a fal that did not take the job, and from one that did. */
const SAID_NO = ['503_before', '503_before_id', '503_after_no_id', '503_after_inner_id'] as const
/** Answers that prove nothing, from a fal that did not take the job. */
const UNPROVEN_BEFORE = ['500_before', 'reset'] as const
/** Answers that prove nothing, from a fal that did take it. */
const UNPROVEN_AFTER = [
  'lost',
  'no_id',
  'malformed',
  '500_after_no_id',
  '502_after_no_id',
  '504_after_no_id',
  '500_after_inner_id',
  '502_after_inner_id',
  '504_after_inner_id',
] as const
/** Answers that look like failures and name the job that was taken. */
const LOOKED_UP = ['500_after', '502_after', '503_after', '504_after'] as const

export interface Fate {
  readonly submit: string
  readonly outcome: string
  readonly webhook: string
  readonly cancel: 'confirmed' | 'ignored' | 'gone'
  readonly queueMs: number
  readonly renderMs: number
}

/** Whether the answer to the submit leaves open what became of it. */
export const provesNothing = ({ submit }: Pick<Fate, 'submit'>): boolean =>
  ([...UNPROVEN_BEFORE, ...UNPROVEN_AFTER] as readonly string[]).includes(submit)

/** Whether fal says no to the submit in a way that leaves open what became of it. */
export const saysNo = ({ submit }: Pick<Fate, 'submit'>): boolean =>
  (SAID_NO as readonly string[]).includes(submit)

const of = <Text extends string>(...texts: readonly Text[]) => fc.constantFrom(...texts)

/**
 * Any fate, most of them unremarkable in most respects.
 *
 * @param longestMs the longest that a job waits in line, and that it renders
 */
export const anyFate = (longestMs: number): fc.Arbitrary<Fate> =>
  fc.record({
    submit: fc.oneof(
      // Mostly well: three lost answers in a row are an outage to the gateway, which then waits.
      { arbitrary: fc.constant('ok'), weight: 16 },
      { arbitrary: of(...REFUSED, ...SAID_NO), weight: 1 },
      { arbitrary: of(...UNPROVEN_BEFORE), weight: 1 },
      { arbitrary: of(...UNPROVEN_AFTER), weight: 3 },
      { arbitrary: of(...LOOKED_UP), weight: 1 },
    ),
    outcome: fc.oneof(
      { arbitrary: fc.constant('ok'), weight: 6 },
      {
        arbitrary: of(
          'content_policy',
          'silent_422',
          'model_500',
          'runner_disconnected',
          'no_video',
          'unserialisable',
          'null_fields',
        ),
        weight: 2,
      },
    ),
    webhook: fc.oneof(
      { arbitrary: fc.constant('ok'), weight: 4 },
      {
        arbitrary: of(
          'lost',
          'doubled',
          `late:${longestMs}`,
          `out_of_order:${longestMs}`,
          'forged',
          'forged_first',
          'stale',
        ),
        weight: 4,
      },
    ),
    cancel: of('confirmed', 'ignored', 'gone'),
    queueMs: fc.nat(longestMs),
    renderMs: fc.nat(longestMs),
  })

/** The prompt that asks for a fate. The tag tells one request's jobs from every other's. */
export const promptOf = (fate: Fate, tag: string, more = ''): string => {
  const { submit, outcome, webhook, cancel, queueMs, renderMs } = fate
  const markers =
    `submit=${submit} outcome=${outcome} webhook=${webhook} cancel=${cancel} ` +
    `queue_ms=${queueMs} render_ms=${renderMs}${more}`
  return `${tag} [emulator: ${markers}]`
}
