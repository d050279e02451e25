/** The R2 bucket `VIDEOS`: archived videos, as `<account>/<generation>.mp4`. */
import type { FalMedia } from './fal-media.ts'

export type Copied =
  | { readonly type: 'kept'; readonly bytes: number }
  /** `isFinal`: a retry cannot succeed. */
  | { readonly type: 'failed'; readonly reason: string; readonly isFinal: boolean }

export const archivedName = (accountId: string, generationId: string): string =>
  `${accountId}/${generationId}.mp4`

export interface CopyOptions {
  readonly name: string
  readonly sourceUrl: string
  readonly maxBytes: number
  /** Ends the copy, which leaves nothing behind. */
  readonly signal: AbortSignal
}

/**
 * Copies one of fal's files into the bucket, unless it is already there. The bytes are streamed,
 * never held in memory. R2 needs their number beforehand, and stores nothing of a broken upload.
 */
export const copyVideo = async (
  bucket: R2Bucket,
  media: FalMedia,
  { name, sourceUrl, maxBytes, signal }: CopyOptions,
): Promise<Copied> => {
  const there = await bucket.head(name)
  if (there !== null) return { type: 'kept', bytes: there.size }
  const file = await media.open(sourceUrl, { method: 'GET', signal })
  if (file.type === 'gone') return failed('fal no longer has the file', true)
  if (file.type === 'unreachable') return failed('fal did not serve the file', false)
  const { body, headers } = file.response
  const contentType = headers.get('content-type') ?? ''
  const bytes = Number(headers.get('content-length') ?? Number.NaN)
  const why = whyNotKept(contentType, bytes, maxBytes)
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

const whyNotKept = (contentType: string, bytes: number, maxBytes: number): string | undefined => {
  if (!/^(video\/|application\/octet-stream)/i.test(contentType)) return 'the file is no video'
  if (!Number.isInteger(bytes) || bytes <= 0) return 'fal does not say how long the file is'
  return bytes > maxBytes ? 'the file is too large' : undefined
}

const failed = (reason: string, isFinal: boolean): Copied => ({ type: 'failed', reason, isFinal })
