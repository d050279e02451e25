/** Keeps a video longer than the week for which fal does. */
import { isFinal } from '../../contract/status.ts'
import { changed, same, type Step } from './change.ts'
import { DAY_MS, HOUR_MS } from './deadlines.ts'
import { type FalVideo, type GenerationRecord, videoOf } from './generation.ts'

/** The longest that copying a video may take. After that its process has died. */
export const ARCHIVE_CLAIM_MS = 15 * 60_000
/** No video of the model comes near it. */
export const MAX_ARCHIVED_BYTES = 512 * 1024 * 1024

const FIRST_PAUSE_MS = 60_000
const LONGEST_PAUSE_MS = 6 * HOUR_MS
/** fal keeps a file for about a week. */
const GIVEN_UP_AFTER_MS = 8 * DAY_MS

export const toArchive = (generation: GenerationRecord): FalVideo | null => {
  const video = isFinal(generation.status) ? videoOf(generation) : null
  return video?.archivedAtMs === undefined && video?.archiveError === undefined ? video : null
}

/** When to try again after that many failures; undefined once it is given up. */
export const nextArchiveTryMs = (
  sinceMs: number,
  failures: number,
  nowMs: number,
): number | undefined => {
  const atMs = nowMs + Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS)
  return atMs < sinceMs + GIVEN_UP_AFTER_MS ? atMs : undefined
}

/** Notes the outcome of the copy. Status and cost stay the same. */
export const archived: Step<'archived' | 'not_archived'> = (generation, outcome, nowMs) => {
  const video = toArchive(generation)
  if (video === null) return same(generation)
  const after: FalVideo =
    outcome.type === 'archived'
      ? { ...video, archivedAtMs: nowMs, fileSizeBytes: outcome.bytes }
      : { ...video, archiveError: outcome.reason }
  const { failure, revision } = generation
  const where =
    generation.video === null
      ? { failure: failure && { ...failure, lateVideo: after } }
      : { video: after }
  return changed(generation, { ...where, revision: revision + 1 })
}
