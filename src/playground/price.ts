/** What a request costs, and which limit would be in its way. */
import type { LimitView } from '../contract/account.ts'
import type { Draft } from './draft.ts'
import { localTime, usd } from './words.ts'

interface Price {
  readonly resolution: string
  readonly duration: number
  readonly usd: number
}

export const priceOf = (
  prices: readonly Price[],
  { resolution, duration }: Pick<Draft, 'resolution' | 'duration'>,
): number =>
  prices.find((price) => price.resolution === resolution && price.duration === duration)?.usd ?? 0

/** Why so much cannot be spent now; undefined where it can. The gateway has the last word. */
export const whyNotNow = (limits: readonly LimitView[], neededUsd: number): string | undefined => {
  // Sums of dollars as JSON carries them are off by less than a micro-dollar.
  const limit = limits.find(({ left_usd }) => left_usd + 1e-6 < neededUsd)
  if (limit === undefined) return undefined
  const name = limit.limit.replaceAll('_', ' ')
  return `The ${name} budget has ${usd(limit.left_usd)} left of ${usd(limit.limit_usd)}. It starts afresh on ${localTime(limit.resets_at)}.`
}
