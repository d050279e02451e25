/** What the gateway reports, in the command's words. */
import type { Generation, GenerationEvent } from '../client/index.ts'
import type { PendingReason } from '../contract/status.ts'
import type { UsageView } from '../contract/usage.ts'
import { PENDING_WORDS, usd } from '../contract/words.ts'
import type { Fact, Text } from './table.ts'

/** Facts named after fields: `daily_budget_usd` is the daily budget, in dollars. */
export const factsOf = <Field extends string>(
  document: { readonly [Name in Field]: Text | readonly string[] },
  ...fields: readonly Field[]
): Fact[] => fields.map((field) => [nameOf(field), fieldWords(field, document[field])])

export const nameOf = (field: string): string =>
  field.replace(/_(usd|url|at|id)$/, '').replaceAll('_', ' ')

const fieldWords = (field: string, value: Text | readonly string[]): Text => {
  if (typeof value === 'object' && value !== null) return value.join(', ')
  if (field.endsWith('_usd')) return usdOrNone(value === null ? null : Number(value))
  return field.endsWith('_at') ? (value === null ? 'never' : clockTime(String(value))) : value
}

export const usdOrNone = (amount: number | null): string => (amount === null ? 'none' : usd(amount))

export const limitFacts = <L extends UsageView['limits'][number]>(
  limits: readonly L[],
  mark: (limit: L) => string = () => '',
): Fact[] =>
  limits.map((limit) => {
    const left = `${usd(limit.left_usd)} of ${usd(limit.limit_usd)} left`
    return [limit.limit, `${left} until ${clockTime(limit.resets_at)}`, mark(limit)]
  })

/** To the minute, and sortable. In the reader's time zone by default. */
export const clockTime = (iso: string, timeZone?: string): string =>
  new Date(iso).toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })

/** Without the parts that it shares with now: no date today, no year this year. */
export const shortTime = (iso: string, nowMs: number): string => {
  const [time, now] = [clockTime(iso), clockTime(new Date(nowMs).toISOString())]
  if (time.slice(0, 10) === now.slice(0, 10)) return time.slice(11)
  return time.slice(0, 4) === now.slice(0, 4) ? time.slice(5) : time.slice(0, 10)
}

/** From request to end; undefined while it is open. */
export const tookMs = ({ created_at, finished_at }: Generation): number | undefined =>
  finished_at === null ? undefined : Date.parse(finished_at) - Date.parse(created_at)

/** Why it waits; `sending` if nothing delays it. */
const waitingWords = (reason: PendingReason | null): string =>
  reason === null ? 'sending' : PENDING_WORDS[reason]

export const statusWords = (generation: Generation): string => {
  if (generation.status === 'submitting') return waitingWords(generation.pending_reason)
  if (generation.status === 'queued') return inLine(generation.queue_position)
  return generation.status === 'in_progress' ? 'rendering' : generation.status
}

/**
 * The generation's status after an event; undefined if the event has none.
 *
 * @param known as it was last read: an event does not say why it waits
 */
export const eventWords = (event: GenerationEvent, known?: Generation): string | undefined => {
  if (event.type === 'generation.queue_position') return inLine(event.queue_position)
  if (event.type === 'generation.cancel_requested') return 'asked fal to cancel'
  if (event.type === 'generation.late_result') return 'fal delivered after all, too late'
  if (event.type === 'generation.submitting') {
    return waitingWords(known && 'pending_reason' in known ? known.pending_reason : null)
  }
  // A newer gateway may tell of more.
  return 'generation' in event ? statusWords(event.generation) : undefined
}

const inLine = (position: number | null): string => {
  if (position === null) return 'in line'
  return position === 0 ? 'next in line' : `in line, ${position} ahead`
}
