/** `/videos/…`: the video of a generation, for anyone who has its URL. */
import { Hono, type Context } from 'hono'
import type { FalVideo, GenerationRecord } from '../domain/generation/generation.ts'
import { parseVideoAddress, videoOf } from '../domain/generation/permit.ts'
import { partOf, type Served } from '../domain/range.ts'
import type { AppEnv, VideoBytes, VideoFile } from './gateway.ts'
import { deleted, notFound, problem } from './problem.ts'

/**
 * Serves a video to a player or as a download. The signature is verified before anything is looked
 * up. The account is asked, and never KV, so a deleted video is gone at once. It never redirects,
 * since fal's URLs are public and expire.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14
 */
export const videos = new Hono<AppEnv>().get('/:account/:file', async (c) => {
  const gateway = c.get('gateway')
  const url = new URL(c.req.url)
  const address = parseVideoAddress(url)
  if (gateway.misconfigured !== null) return problem(c, 'not_configured', gateway.misconfigured)
  if (address === undefined || !(await gateway.checkVideoAddress(address))) {
    return notFound(c, 'video')
  }
  const { accountId, generationId } = address
  const found = await gateway.account(accountId).generations.ofVideo(generationId)
  if (found === 'deleted') return deleted(c, generationId)
  const video = found && videoOf(found)
  if (!found || !video) return notFound(c, 'video')
  return serve(c, found, { accountId, generationId, video }, url.searchParams.has('download'))
})

const serve = async (
  c: Context<AppEnv>,
  record: GenerationRecord,
  file: VideoFile,
  isDownload: boolean,
): Promise<Response> => {
  const { video, generationId } = file
  // fal may have reported no size, or a useless one.
  const size = video.fileSizeBytes || (await c.get('gateway').videoSize(file))
  if (typeof size === 'string') return refuse(c, size, video)
  const lastModifiedMs = record.finishedAtMs ?? record.createdAtMs
  // A generation has one video, which never changes.
  const served = { size, etag: `"${generationId}"`, lastModifiedMs }
  const { method } = c.req.raw
  const part = partOf(method, c.req.raw.headers, served)
  const validators = {
    'cache-control': 'private, max-age=300',
    etag: served.etag,
    'last-modified': new Date(lastModifiedMs).toUTCString(),
  }
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
    return problem(c, 'range_not_satisfiable', `the video has ${size} bytes`, {
      headers: { 'content-range': `bytes */${size}`, 'accept-ranges': 'bytes' },
    })
  }
  if (method === 'HEAD') {
    return new Response(null, { headers: { ...headers, 'content-length': String(size) } })
  }
  const range = part.type === 'range' ? part : null
  const opened = await c.get('gateway').openVideo(file, range, c.req.raw.signal)
  if (typeof opened === 'string') return refuse(c, opened, video)
  return answer(opened, headers, served)
}

/** Reports the size that was received: fal may know its file better than its own result did. */
const answer = (
  { body, offset, length, size }: VideoBytes,
  headers: Readonly<Record<string, string>>,
  served: Served,
): Response => {
  const isWhole = offset === null
  const total = size ?? served.size
  return new Response(body, {
    status: isWhole ? 200 : 206,
    headers: {
      ...headers,
      ...(length === null ? {} : { 'content-length': String(length) }),
      ...(isWhole || length === null
        ? {}
        : { 'content-range': `bytes ${offset}-${offset + length - 1}/${total}` }),
    },
  })
}

const refuse = (c: Context<AppEnv>, why: 'gone' | 'unreachable', video: FalVideo) => {
  if (why === 'unreachable') {
    return problem(c, 'video_unavailable', 'fal did not serve the video; ask again', {
      retryAfterSeconds: 10,
    })
  }
  const because = video.archiveError === undefined ? '' : `: ${video.archiveError}`
  return problem(c, 'video_gone', `fal no longer has the video, and it was not kept${because}`)
}

/** Whatever type fal reports, a browser must not run what the gateway serves. */
const typeOf = ({ contentType }: FalVideo): string =>
  contentType !== null && /^video\/[\w.+-]+$/i.test(contentType) ? contentType : 'video/mp4'
