/** What may go wrong for one generation, as emulator markers, and what to expect then. */
import * as fc from 'fast-check'

/** Answers to submit that are refusals by fal's rules: nothing was queued. */
const REFUSED = ['429', 'locked'] as const
/** Refusals that prove nothing: fal may or may not have accepted the job. */
const SAID_NO = ['503_before', '503_before_id', '503_after_no_id', '503_after_inner_id'] as const
/** Answers that prove nothing, when fal did not accept the job. */
const UNPROVEN_BEFORE = ['500_before', 'reset'] as const
/** Answers that prove nothing, when fal did accept it. */
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
/** Answers that look like failures and name the accepted job. */
const LOOKED_UP = ['500_after', '502_after', '503_after', '504_after'] as const
const ODD_OUTPUTS = ['no_video', 'unserialisable', 'null_fields'] as const
const UNTRUE_HOOKS = ['forged', 'forged_first', 'stale'] as const
export interface Fate {
  readonly submit: string
  readonly outcome: string
  readonly webhook: string
  readonly cancel: 'confirmed' | 'ignored' | 'gone'
  readonly queueMs: number
  readonly renderMs: number
}

/** Whether the answer to submit leaves open what became of the job. */
export const provesNothing = ({ submit }: Pick<Fate, 'submit'>): boolean =>
  ([...UNPROVEN_BEFORE, ...UNPROVEN_AFTER] as readonly string[]).includes(submit)

/** Whether fal refuses the submit in a way that leaves open what became of the job. */
export const saysNo = ({ submit }: Pick<Fate, 'submit'>): boolean =>
  (SAID_NO as readonly string[]).includes(submit)

const of = <Text extends string>(weight: number, ...texts: readonly Text[]) => ({
  weight,
  arbitrary: fc.constantFrom(...texts),
})

/**
 * Generates fates; most are ordinary in most respects.
 *
 * @param longestMs the longest time that a job waits in line, and that it renders
 */
export const anyFate = (longestMs: number): fc.Arbitrary<Fate> =>
  fc.record({
    submit: fc.oneof(
      // Mostly ok: the gateway takes three lost answers in a row for an outage, and then waits.
      of(16, 'ok'),
      of(1, ...REFUSED, ...SAID_NO),
      of(1, ...UNPROVEN_BEFORE),
      of(3, ...UNPROVEN_AFTER),
      of(1, ...LOOKED_UP),
    ),
    outcome: fc.oneof(
      of(6, 'ok'),
      of(2, 'content_policy', 'silent_422', 'model_500', 'runner_disconnected', ...ODD_OUTPUTS),
    ),
    webhook: fc.oneof(
      of(4, 'ok'),
      of(4, 'lost', 'doubled', `late:${longestMs}`, `out_of_order:${longestMs}`, ...UNTRUE_HOOKS),
    ),
    cancel: fc.constantFrom('confirmed' as const, 'ignored', 'gone'),
    queueMs: fc.nat(longestMs),
    renderMs: fc.nat(longestMs),
  })

/** The prompt that requests a fate. Its tag tells one request's jobs from all others. */
export const promptOf = (fate: Fate, tag: string, more = ''): string => {
  const { submit, outcome, webhook, cancel, queueMs, renderMs } = fate
  const markers =
    `submit=${submit} outcome=${outcome} webhook=${webhook} cancel=${cancel} ` +
    `queue_ms=${queueMs} render_ms=${renderMs}${more}`
  return `${tag} [emulator: ${markers}]`
}
