/** The request history: everything sent with the key's account, whoever sent it. */
import type { Context } from 'hono'
import type { EmulatorContext } from './context.ts'
import { endingOf } from './jobs.ts'
import type { Job } from './jobs.ts'
import { INPUT_DEFAULTS } from './model-input.ts'
import { MODEL_ID } from './model.ts'
import { cursorOf, iso, listOf, readPage, readWindow, refusal } from './query.ts'
import { outputOf } from './webhook-body.ts'

/** fal keeps it for 30 days. */
export const KEPT_MS = 30 * 24 * 60 * 60 * 1000
const MAX_LIMIT = 100
const SORTS = ['ended_at', 'duration']
const STATUSES = ['success', 'error', 'user_error']

/** The history adds these to an input that leaves them open. */
const FILLED_IN = { ...INPUT_DEFAULTS, enable_safety_checker: true }

/** Answers `GET /v1/models/requests/by-endpoint`. */
export async function history(emulator: EmulatorContext, c: Context): Promise<Response> {
  const { endpoint_id: endpointId, request_id: requestId, status, sort_by: sort } = c.req.query()
  const page = readPage(c, MAX_LIMIT)
  const window = readWindow(c, emulator.clock.nowMs())
  if (endpointId === undefined) return refusal(400, 'endpoint_id is required')
  if (page === undefined) return refusal(400, 'limit or cursor is invalid')
  if (window === undefined) return refusal(400, 'start or end is not an ISO 8601 date')
  if (status !== undefined && !STATUSES.includes(status)) return refusal(400, 'status is invalid')
  if (sort !== undefined && !SORTS.includes(sort)) return refusal(400, 'sort_by is invalid')

  const { historyPage, historyShifts } = emulator.settings
  const asOfMs = page.asOfMs ?? emulator.clock.nowMs()
  const past = [...emulator.jobs.values()]
    .filter((job) => endpointId === MODEL_ID && isListed(emulator, job, asOfMs))
    .filter((job) => requestId === undefined || job.requestId === requestId)
    .filter((job) => job.sentAtMs >= window.fromMs && job.sentAtMs < window.untilMs)
    .map((job) => lookAt(job, asOfMs))
    .filter((one) => status === undefined || one.status === status)
    .toSorted(sort === 'duration' ? byDuration : byEnd)

  const size = Math.max(Math.min(page.limit, historyPage), 1)
  // As if a job had come in at the top between two pages. Pages of one would then never end.
  const step = historyShifts && size > 1 ? size - 1 : size
  const start = (page.number - 1) * step
  const hasMore = start + size < past.length
  const withPayloads = listOf(c, 'expand').includes('payloads')
  const items = past
    .slice(start, start + size)
    .map(async (one) => item(emulator, one, withPayloads))
  return c.json({
    items: await Promise.all(items),
    next_cursor: hasMore ? cursorOf(page.number + 1, historyShifts ? undefined : asOfMs) : null,
    has_more: hasMore,
  })
}

/** Whether the history lists a job at a time. It never leaves out a stranger's job. */
export function isListed(emulator: EmulatorContext, job: Job, nowMs: number): boolean {
  const { historyLagMs, historyQueued, historyUnlisted } = emulator.settings
  const { history: marker, historyLateMs } = job.isStranger ? {} : job.markers
  if (marker === 'never') return false
  if (marker === undefined && !job.isStranger && shareOf(job.requestId) < historyUnlisted) {
    return false
  }
  const { endsAtMs } = endingOf(job)
  const lagMs = marker === 'listed' ? 0 : (historyLateMs ?? historyLagMs)
  const sinceMs = (historyQueued ? job.acceptedAtMs : endsAtMs) + lagMs
  return nowMs >= sinceMs && nowMs < endsAtMs + KEPT_MS
}

interface Past {
  job: Job
  startedAtMs: number
  /** This and the next two are there once the job has ended. */
  endedAtMs?: number
  durationMs?: number
  status?: string
}

function lookAt(job: Job, nowMs: number): Past {
  const { startsAtMs, endsAtMs, failure } = endingOf(job)
  // Moving a job ahead in time does not change when it was sent.
  const startedAtMs = Math.max(job.sentAtMs, nowMs < startsAtMs ? 0 : startsAtMs)
  if (nowMs < endsAtMs) return { job, startedAtMs }
  const status = failure === undefined ? 'success' : failure.status < 500 ? 'user_error' : 'error'
  const endedAtMs = Math.max(startedAtMs, endsAtMs)
  return { job, startedAtMs, endedAtMs, durationMs: endsAtMs - startsAtMs, status }
}

/** Newest first, and jobs that have not ended before all others. */
function byEnd(one: Past, other: Past): number {
  if (one.endedAtMs === other.endedAtMs) return other.job.sentAtMs - one.job.sentAtMs
  return (other.endedAtMs ?? Infinity) - (one.endedAtMs ?? Infinity)
}

function byDuration(one: Past, other: Past): number {
  return (other.durationMs ?? 0) - (one.durationMs ?? 0)
}

async function item(
  emulator: EmulatorContext,
  { job, startedAtMs, endedAtMs, durationMs = 0 }: Past,
  withPayloads: boolean,
): Promise<Record<string, unknown>> {
  const { failure } = endingOf(job)
  // This header keeps a job's payloads out of the history.
  const isStored = withPayloads && job.headers['x-fal-store-io'] !== '0'
  return {
    request_id: job.requestId,
    endpoint_id: MODEL_ID,
    started_at: iso(startedAtMs),
    sent_at: iso(job.sentAtMs),
    ...(endedAtMs !== undefined && {
      ended_at: iso(endedAtMs),
      status_code: failure?.status ?? 200,
      duration: durationMs / 1000,
    }),
    ...(isStored && { json_input: inputAsKept(emulator, job.input) }),
    ...(isStored &&
      endedAtMs !== undefined && {
        json_output: failure?.body ?? outputOf(job, await emulator.fileBytes(job)),
      }),
  }
}

/** Equal in every field sent, but never the same text: with more fields, in another order. */
function inputAsKept(emulator: EmulatorContext, input: Job['input']): Job['input'] {
  const filled = emulator.settings.historyDefaults ? { ...FILLED_IN, ...input } : input
  return Object.fromEntries(Object.entries(filled).toReversed())
}

/** A number between 0 and 1 for a request: always the same, and as good as random. */
function shareOf(requestId: string): number {
  let hash = 2_166_136_261
  for (const char of requestId) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619)
  // The low bits hardly differ between ids that differ only at the end.
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}
