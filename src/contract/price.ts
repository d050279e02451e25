/** The price of a video, in integer micro-dollars (1,000,000 are one US dollar). */
import type { Duration, Resolution } from './model.ts'

export type PriceTable = Readonly<Record<Resolution, Readonly<Record<Duration, number>>>>

/**
 * fal publishes a price for 5 s: $0.20 at 720p, $0.45 at 1080p. It publishes none for 10 s; twice
 * the 5 s price is assumed until another is configured.
 */
export const DEFAULT_PRICES: PriceTable = {
  '720p': { 5: 200_000, 10: 400_000 },
  '1080p': { 5: 450_000, 10: 900_000 },
}

export const MICROUSD_PER_USD = 1_000_000

/** Dollars from JSON as micro-dollars, rounded to the nearest. */
export const toMicrousd = (usd: number): number => Math.round(usd * MICROUSD_PER_USD)

/** Dollars for JSON. Exact to the micro-dollar below nine billion dollars. */
export const toUsd = (microusd: number): number => microusd / MICROUSD_PER_USD
