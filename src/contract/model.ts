/** The only model that this gateway serves, and the values of its input. */

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
