/** Serves a finished job's video, publicly and with ranges, as fal's CDN does. */
import { notFound } from './answers.ts'
import type { EmulatorContext } from './context.ts'
import { endingOf } from './jobs.ts'
import type { Job } from './jobs.ts'
import { videoName } from './model-input.ts'

/** fal keeps files for at least a week, long after it has forgotten the result. */
export async function file(
  emulator: EmulatorContext,
  job: Job | undefined,
  request: Request,
): Promise<Response> {
  if (job === undefined || !hasVideo(emulator, job)) return notFound()
  const video = Uint8Array.from(await emulator.loadVideo(videoName(job.input)))
  const headers = {
    'content-type': 'video/mp4',
    'accept-ranges': 'bytes',
    'cache-control': 'public, max-age=604800',
    'access-control-allow-origin': '*',
    etag: `"${job.requestId}"`,
  }
  const range = readRange(request.headers.get('range'), video.byteLength)
  if (range === 'unsatisfiable') {
    const contentRange = { 'content-range': `bytes */${video.byteLength}` }
    return new Response(null, { status: 416, headers: { ...headers, ...contentRange } })
  }
  const { start, end } = range ?? { start: 0, end: video.byteLength - 1 }
  const contentRange = { 'content-range': `bytes ${start}-${end}/${video.byteLength}` }
  return new Response(request.method === 'HEAD' ? null : video.slice(start, end + 1), {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      'content-length': `${end - start + 1}`,
      ...(range !== undefined && contentRange),
    },
  })
}

function hasVideo(emulator: EmulatorContext, job: Job): boolean {
  const { endsAtMs, failure } = endingOf(job)
  return failure === undefined && emulator.clock.nowMs() >= endsAtMs
}

/** One range; undefined if there is none or it is malformed, which means the whole file. */
function readRange(
  header: string | null,
  bytes: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null || match[0] === 'bytes=-') return undefined
  const [, first = '', last = ''] = match
  const start = first === '' ? Math.max(bytes - Number(last), 0) : Number(first)
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1)
  return start > end ? 'unsatisfiable' : { start, end }
}
