/** The R2 bucket `VIDEOS`: archived videos, as `<account>/<generation>.mp4`. */
import { ARCHIVE_CLAIM_MS, MAX_ARCHIVED_BYTES } from '../domain/generation/archive.ts'
import type { FalMedia } from './fal-media.ts'

export type Copied =
  | { readonly type: 'kept'; readonly bytes: number }
  /** `isFinal`: a retry cannot succeed. */
  | { readonly type: 'failed'; readonly reason: string; readonly isFinal: boolean }

export const archivedName = (accountId: string, generationId: string): string =>
  `${accountId}/${generationId}.mp4`

/** A copy ends before its claim does, and leaves nothing behind. */
const MAX_COPY_MS = ARCHIVE_CLAIM_MS - 60_000

/**
 * Copies one of fal's files into the bucket, unless it is already there. The bytes are streamed,
 * never held in memory. R2 needs their number beforehand, and stores nothing of a broken upload.
 */
export const copyVideo = async (
  bucket: R2Bucket | undefined,
  media: FalMedia,
  name: string,
  sourceUrl: string,
): Promise<Copied> => {
  if (bucket === undefined) return failed('there is no archive', false)
  const signal = AbortSignal.timeout(MAX_COPY_MS)
  const there = await bucket.head(name)
  if (there !== null) return { type: 'kept', bytes: there.size }
  const file = await media.open(sourceUrl, { method: 'GET', signal })
  if (file.type === 'gone') return failed('fal no longer has the file', true)
  if (file.type === 'unreachable') return failed('fal did not serve the file', false)
  const { body, headers } = file.response
  const contentType = headers.get('content-type') ?? ''
  const bytes = Number(headers.get('content-length') ?? Number.NaN)
  const why = whyNotKept(contentType, bytes)
  if (why !== undefined || body === null) {
    await body?.cancel()
    return failed(why ?? 'the file is empty', true)
  }
  const onlyIf = new Headers({ 'if-none-match': '*' })
  const options = { onlyIf, httpMetadata: { contentType } }
  const kept = await bucket.put(name, body.pipeThrough(new FixedLengthStream(bytes)), options)
  // Null: someone else stored it first.
  const size = kept?.size ?? (await bucket.head(name))?.size
  return size === undefined ? failed('it could not be kept', false) : { type: 'kept', bytes: size }
}

const whyNotKept = (contentType: string, bytes: number): string | undefined => {
  if (!/^(video\/|application\/octet-stream)/i.test(contentType)) return 'the file is no video'
  if (!Number.isInteger(bytes) || bytes <= 0) return 'fal does not say how long the file is'
  return bytes > MAX_ARCHIVED_BYTES ? 'the file is too large' : undefined
}

const failed = (reason: string, isFinal: boolean): Copied => ({ type: 'failed', reason, isFinal })
