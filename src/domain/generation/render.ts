/** A generation as a caller sees it. */
import type { Generation, LateResult } from '../../contract/generation.ts'
import type { Video } from '../../contract/video.ts'
import { MODEL } from '../../contract/model.ts'
import type { PendingReason } from '../../contract/status.ts'
import { toIso, toIsoOrNull, toUsd, usdOrNull } from '../../contract/units.ts'
import type { Holdup, View } from './calls.ts'
import { listeningEndsMs } from './deadlines.ts'
import type { Cost, FalVideo, GenerationRecord, OtherJob } from './generation.ts'
import { lateResults } from './other-jobs.ts'
import { ownVideoUrl } from './permit.ts'

export const NO_HOLDUP: Holdup = { isFalAway: false, isFull: false }
const NOTHING_TO_ADD = { expected: null, holdup: NO_HOLDUP }

/**
 * The generation as JSON. Pure: the same record reads the same everywhere.
 *
 * @param view `origin` is the gateway's; without it, the video's URL is fal's
 */
export const renderGeneration = (
  record: GenerationRecord,
  view: Omit<View, 'record'> & { readonly origin?: string | null } = NOTHING_TO_ADD,
): Generation => {
  const common = {
    id: record.id,
    object: 'generation',
    status: record.status,
    model: MODEL,
    fal_request_id: record.falRequestId,
    adopted_by: record.falRequestId === null ? null : record.adoptedBy,
    candidate_request_id: record.falRequestId === null ? (record.candidateRequestId ?? null) : null,
    unconfirmed: record.unconfirmed,
    input: record.input,
    seed_source: record.seedSource,
    queue_position: null,
    video: null,
    error: null,
    cost: renderCost(withOthers(record)),
    late_results: lateResults(record).map(renderLateResult),
    retry_of: record.retryOf,
    schedule_id: record.scheduleId,
    user: record.user ?? null,
    metadata: { ...record.metadata },
    revision: record.revision,
    created_at: toIso(record.createdAtMs),
    started_at: null,
    finished_at: null,
    cancel_requested_at: toIsoOrNull(record.cancelRequestedAtMs),
  } as const
  const open = {
    expected_seconds: view.expected,
    pending_reason: pendingReason(record, view.holdup),
  }
  const url = view.origin ? ownVideoUrl(view.origin, record) : null
  const finishedMs = record.finishedAtMs ?? record.createdAtMs
  const ended = { started_at: toIsoOrNull(record.startedAtMs), finished_at: toIso(finishedMs) }
  switch (record.status) {
    case 'submitting':
      return { ...common, ...open, status: record.status }
    case 'queued':
      return { ...common, ...open, status: record.status, queue_position: record.queuePosition }
    case 'in_progress': {
      const started_at = toIso(record.startedAtMs ?? record.createdAtMs)
      return { ...common, ...open, status: record.status, started_at }
    }
    case 'completed': {
      if (record.video === null) throw new Error('a completed generation has a video')
      const video = renderVideo(record.video, url)
      return { ...common, ...ended, status: record.status, video }
    }
    case 'failed': {
      if (record.failure === null) throw new Error('a failed generation has a reason')
      const error = renderFailure(record.failure, listeningUntil(record), url)
      return { ...common, ...ended, status: record.status, error }
    }
    case 'canceled':
      return { ...common, ...ended, status: record.status }
  }
}

/** Why an open generation waits, other than for its turn at fal. */
const pendingReason = (
  record: GenerationRecord,
  { isFalAway, isFull }: Holdup,
): PendingReason | null => {
  if (record.unconfirmed) return 'confirmation'
  if (record.sentAtMs !== null) return null
  if (isFalAway) return 'provider_unavailable'
  return isFull ? 'concurrency_limit' : null
}

/** The total cost of a generation's jobs, once its own job's cost is known. */
const withOthers = ({ cost, others }: GenerationRecord): Cost => {
  const besideMicrousd = others.reduce((sum, job) => sum + (job.cost.chargedMicrousd ?? 0), 0)
  if (cost.chargedMicrousd === null || besideMicrousd === 0) return cost
  return { ...cost, state: 'charged', chargedMicrousd: cost.chargedMicrousd + besideMicrousd }
}

const renderCost = (cost: Cost): Generation['cost'] => ({
  estimated_usd: toUsd(cost.estimatedMicrousd),
  charged_usd: usdOrNull(cost.chargedMicrousd),
  state: cost.state,
  basis: cost.basis,
})

const renderLateResult = ({ requestId, video, cost }: OtherJob): LateResult => ({
  fal_request_id: requestId,
  video: video && renderVideo(video, null),
  cost: renderCost(cost),
})

const renderVideo = (video: FalVideo, url: string | null): Video => ({
  url: url ?? video.sourceUrl,
  source_url: video.sourceUrl,
  content_type: video.contentType,
  file_name: video.fileName,
  file_size: video.fileSizeBytes,
  archived_at: toIsoOrNull(video.archivedAtMs ?? null),
  archive_error: video.archiveError ?? null,
})

/** Until when fal may deliver an ended generation; null if it no longer can or never could. */
export const listeningUntil = (record: GenerationRecord): string | null =>
  record.listening ? toIso(listeningEndsMs(record)) : null

const renderFailure = (
  { code, message, retryable, fields, lateVideo }: NonNullable<GenerationRecord['failure']>,
  listening_until: string | null,
  url: string | null,
) => ({
  code,
  message,
  retryable,
  ...(fields === undefined ? {} : { fields: [...fields] }),
  ...(listening_until === null ? {} : { listening_until }),
  ...(lateVideo === undefined ? {} : { late_video: renderVideo(lateVideo, url) }),
})
