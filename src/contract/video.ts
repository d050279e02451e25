/** A video, and a link to it that expires. */
import * as z from 'zod/mini'

/** A video. */
export const video = z.object({
  /** Where to play or download it, without a key, for as long as the generation exists. */
  url: z.string(),
  /** fal's own file: public, and kept for about seven days. */
  source_url: z.string(),
  /** As fal named it. */
  content_type: z.nullable(z.string()),
  /** As fal named it. */
  file_name: z.nullable(z.string()),
  /** Bytes. */
  file_size: z.nullable(z.number()),
  /** When the gateway archived it; null while only fal has it. */
  archived_at: z.nullable(z.string()),
  /** Why the gateway could not archive it. Usually null. */
  archive_error: z.nullable(z.string()),
})

/** The video, and where it is. */
export type Video = z.infer<typeof video>

/** A link to a video. It expires. */
export const share = z.object({
  object: z.literal('share'),
  /** Plays and downloads the video without a key. */
  url: z.string(),
  /** When it expires. */
  expires_at: z.string(),
})
/** A link to a video. It expires. */
export type Share = z.infer<typeof share>
