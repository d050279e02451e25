/** The only model that this gateway serves, the values of its input, and its prices. */

/** @see https://fal.ai/models/fal-ai/pika/v2.2/text-to-video */
export const MODEL = 'fal-ai/pika/v2.2/text-to-video'

export const ASPECT_RATIOS = ['16:9', '9:16', '1:1', '4:5', '5:4', '3:2', '2:3'] as const
export const RESOLUTIONS = ['720p', '1080p'] as const
/** Seconds. Pika renders these two lengths and refuses all others. */
export const DURATIONS = [5, 10] as const

/** Width to height. */
export type AspectRatio = (typeof ASPECT_RATIOS)[number]
/** Lines of the shorter side. */
export type Resolution = (typeof RESOLUTIONS)[number]
/** Seconds of video. */
export type Duration = (typeof DURATIONS)[number]

/** Always sent, so that a change of fal's own defaults never changes a caller's bill. */
export const DEFAULTS = { aspect_ratio: '16:9', resolution: '720p', duration: 5 } as const

/** In micro-dollars. */
export type PriceTable = Readonly<Record<Resolution, Readonly<Record<Duration, number>>>>

/**
 * fal publishes a price for 5 s: $0.20 at 720p, $0.45 at 1080p. It publishes none for 10 s; twice
 * the 5 s price is assumed until another is configured.
 */
export const DEFAULT_PRICES: PriceTable = {
  '720p': { 5: 200_000, 10: 400_000 },
  '1080p': { 5: 450_000, 10: 900_000 },
}
