/** The bytes of videos: from the archive if it has them, else from fal. */
import type { FalMedia } from '../adapters/fal-media.ts'
import { logError } from '../adapters/log.ts'
import { archivedName } from '../adapters/video-archive.ts'
import type { Gateway, VideoBytes } from '../routes/gateway.ts'

/** @param bucket null without an archive */
export const createVideos = (
  bucket: R2Bucket | null,
  media: FalMedia,
): Pick<Gateway, 'videoSize' | 'openVideo'> => ({
  videoSize: async ({ video }) => {
    const file = await media.open(video.sourceUrl, { method: 'HEAD' })
    if (file.type !== 'file') return file.type
    const size = Number(file.response.headers.get('content-length') ?? Number.NaN)
    return Number.isInteger(size) ? size : 'unreachable'
  },
  openVideo: async (file, range, signal) => {
    const { accountId, generationId, video } = file
    if (bucket !== null && video.archivedAtMs !== undefined) {
      const kept = await openKept(bucket, archivedName(accountId, generationId), range)
      if (kept !== null) return kept
    }
    const asked = range && `bytes=${range.offset}-${range.offset + range.length - 1}`
    const opened = await media.open(video.sourceUrl, {
      method: 'GET',
      signal,
      ...(asked === null ? {} : { range: asked }),
    })
    return opened.type === 'file' ? bytesOf(opened.response) : opened.type
  },
})

/** A video that is not there, or cannot be read now, may still be at fal. */
const openKept = async (
  bucket: R2Bucket,
  name: string,
  range: { readonly offset: number; readonly length: number } | null,
): Promise<VideoBytes | null> => {
  try {
    const kept = await bucket.get(name, range === null ? {} : { range })
    if (kept === null) return null
    const { offset = null, length = kept.size } = range ?? {}
    return { body: kept.body, offset, length, size: kept.size }
  } catch (error) {
    logError('archive_read_failed', error)
    return null
  }
}

/** fal's answer: the part that it names, or the whole file if it does not serve parts. */
const bytesOf = async (response: Response): Promise<VideoBytes | 'unreachable'> => {
  const { status, headers, body } = response
  const [, first, last, total] =
    /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? []
  if (body === null || status === 416 || (status === 206 && last === undefined)) {
    await body?.cancel()
    return 'unreachable'
  }
  if (status === 206) {
    const offset = Number(first)
    const size = total === '*' ? null : Number(total)
    return { body, offset, length: Number(last) - offset + 1, size }
  }
  const length = headers.get('content-length')
  return { body, offset: null, length: length === null ? null : Number(length), size: null }
}
