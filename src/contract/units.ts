/** Money and times: inside as integers, in JSON as US dollars and RFC 3339 in UTC. */

const MICROUSD_PER_USD = 1_000_000

/** Dollars from JSON as micro-dollars, rounded to the nearest. */
export const toMicrousd = (usd: number): number => Math.round(usd * MICROUSD_PER_USD)

/** Dollars for JSON. Exact to the micro-dollar below nine billion dollars. */
export const toUsd = (microusd: number): number => microusd / MICROUSD_PER_USD

export const usdOrNull = (microusd: number | null): number | null =>
  microusd === null ? null : toUsd(microusd)

export const toIso = (ms: number): string => new Date(ms).toISOString()

export const toIsoOrNull = (ms: number | null): string | null => (ms === null ? null : toIso(ms))
