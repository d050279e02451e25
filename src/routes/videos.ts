/** The video of a generation: `/videos/…` for anyone who has its URL, and links that expire. */
import type { Context } from 'hono'
import * as z from 'zod/mini'
import { body } from '../contract/field.ts'
import { toIso } from '../contract/units.ts'
import { type FalVideo, type GenerationRecord, videoOf } from '../domain/generation/generation.ts'
import { parseVideoAddress, videoUrl } from '../domain/generation/permit.ts'
import { partOf } from '../domain/range.ts'
import { reads } from './access.ts'
import { type AppEnv, newRoutes, type VideoFile } from './gateway.ts'
import { deleted, notFound, problem } from './problem.ts'
import { findGeneration, missing, ofGeneration, originOf } from './reading.ts'
import { jsonBody } from './validate.ts'

/**
 * Serves a video to a player or as a download. The signature is verified before anything is looked
 * up. The account is asked, and never KV, so a deleted video is gone at once. It never redirects,
 * since fal's URLs are public and expire.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14
 */
export const videos = newRoutes().get('/:account/:file', async (c) => {
  const gateway = c.get('gateway')
  const address = parseVideoAddress(new URL(c.req.url))
  if (gateway.misconfigured !== null) return problem(c, 'not_configured', gateway.misconfigured)
  if (address === undefined || !(await gateway.checkVideoAddress(address))) {
    return notFound(c, 'video')
  }
  const { accountId, generationId } = address
  const found = await gateway.account(accountId).generations.ofVideo(generationId)
  if (found === 'deleted') return deleted(c, generationId)
  const video = found && videoOf(found)
  if (!found || !video) return notFound(c, 'video')
  return serve(c, found, { accountId, generationId, video })
})

const serve = async (c: Context<AppEnv>, record: GenerationRecord, file: VideoFile) => {
  const { video, generationId } = file
  // fal may have reported no size, or a useless one.
  const size = video.fileSizeBytes || (await c.get('gateway').videoSize(file))
  if (typeof size === 'string') return refuse(c, size, video)
  const lastModifiedMs = record.finishedAtMs ?? record.createdAtMs
  // A generation has one video, which never changes.
  const etag = `"${generationId}"`
  const { method } = c.req.raw
  const part = partOf(method, c.req.raw.headers, { size, etag, lastModifiedMs })
  const validators = {
    'cache-control': 'private, max-age=300',
    etag,
    'last-modified': new Date(lastModifiedMs).toUTCString(),
  }
  const isDownload = new URL(c.req.url).searchParams.has('download')
  const headers = {
    ...validators,
    'accept-ranges': 'bytes',
    'content-disposition': `${isDownload ? 'attachment' : 'inline'}; filename="${generationId}.mp4"`,
    'content-type': typeOf(video),
  }
  if (part.type === 'not_modified') return new Response(null, { status: 304, headers: validators })
  if (part.type === 'precondition_failed') {
    return problem(c, part.type, 'the video is not the one that If-Match names')
  }
  if (part.type === 'unsatisfiable') {
    const headers = { 'content-range': `bytes */${size}`, 'accept-ranges': 'bytes' }
    return problem(c, 'range_not_satisfiable', `the video has ${size} bytes`, { headers })
  }
  if (method === 'HEAD') {
    return new Response(null, { headers: { ...headers, 'content-length': String(size) } })
  }
  const range = part.type === 'range' ? part : null
  const opened = await c.get('gateway').openVideo(file, range, c.req.raw.signal)
  if (typeof opened === 'string') return refuse(c, opened, video)
  const { body, offset, length } = opened
  const sent = new Headers(headers)
  if (length !== null) sent.set('content-length', String(length))
  if (offset !== null && length !== null) {
    // The size that was received: fal may know its file better than its own result did.
    const total = opened.size ?? size
    sent.set('content-range', `bytes ${offset}-${offset + length - 1}/${total}`)
  }
  return new Response(body, { status: offset === null ? 200 : 206, headers: sent })
}

const refuse = (c: Context<AppEnv>, why: 'gone' | 'unreachable', video: FalVideo) => {
  if (why === 'unreachable') {
    const detail = 'fal did not serve the video; ask again'
    return problem(c, 'video_unavailable', detail, { retryAfterSeconds: 10 })
  }
  const because = video.archiveError === undefined ? '' : `: ${video.archiveError}`
  return problem(c, 'video_gone', `fal no longer has the video, and it was not kept${because}`)
}

/** Whatever type fal reports, a browser must not run what the gateway serves. */
const typeOf = ({ contentType }: FalVideo): string =>
  contentType !== null && /^video\/[\w.+-]+$/i.test(contentType) ? contentType : 'video/mp4'

const MAX_SHARE_SECONDS = 30 * 24 * 3600
const DEFAULT_SHARE_SECONDS = 24 * 3600
const error = `must be a whole number from 60 to ${MAX_SHARE_SECONDS}`

/** How long the link is valid. */
export const shareRequest = body({
  /** Seconds, from a minute to 30 days. Default: a day. */
  expires_in_seconds: z.optional(
    z.int({ error }).check(z.minimum(60, { error }), z.maximum(MAX_SHARE_SECONDS, { error })),
  ),
})

/** `/v1/generations/:id/share`: a link to a video that expires. */
export const share = newRoutes().post(
  '/:id/share',
  reads,
  jsonBody(shareRequest),
  ofGeneration,
  async (c) => {
    const id = c.req.param('id')
    const found = await findGeneration(c, id)
    if (found === null) return missing(c, id)
    if (videoOf(found.record) === null) {
      return problem(c, 'no_video', 'there is no video to share', { generation_id: id })
    }
    const { accountId } = found.record
    const gateway = c.get('gateway')
    const seconds = c.req.valid('json').expires_in_seconds ?? DEFAULT_SHARE_SECONDS
    const expiresAtSeconds = Math.ceil(Date.now() / 1000) + seconds
    const sig = await gateway.signVideo(accountId, id, expiresAtSeconds)
    const address = { accountId, generationId: id, sig, expiresAtSeconds }
    const url = videoUrl(await originOf(c), address)
    const expires_at = toIso(expiresAtSeconds * 1000)
    return c.json({ object: 'share' as const, url, expires_at }, 200)
  },
)
