/** Copies completed videos into the archive, one at a time; retries until fal deletes the file. */
import { log, logError } from '../../adapters/log.ts'
import { archivedName, type Copied } from '../../adapters/video-archive.ts'
import { ARCHIVE_CLAIM_MS, nextArchiveTryMs, toArchive } from '../../domain/generation/archive.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import type { Observation } from '../../domain/generation/observation.ts'
import { createAgenda } from '../agenda.ts'
import type { Core } from '../core.ts'
import type { Change } from '../generations/journal.ts'

/** The call that woke the object comes first. */
const AFTER_START_MS = 2000

/** Copies a file into the archive, unless it is there already. */
export type CopyVideo = (name: string, sourceUrl: string) => Promise<Copied>

export type Archive = ReturnType<typeof createArchive>

export const createArchive = (core: Core, copyVideo: CopyVideo | null) => {
  const { store, journal, transact, outbox } = core
  const round = (nowMs: number) => copyNext(nowMs)
  const agenda = createAgenda(core, 'archive_jobs', round, undefined, ARCHIVE_CLAIM_MS)
  // The claims of another process died with it, and copying twice does no harm.
  if (copyVideo !== null) agenda.hurry(Date.now() + AFTER_START_MS)

  const onChange = ({ before, after }: Change, nowMs: number): void => {
    if (copyVideo === null) return
    const isNew = before === null || toArchive(before) === null
    if (isNew && toArchive(after) !== null) {
      agenda.add({ id: after.id, sinceMs: nowMs, tries: 0, dueMs: nowMs })
    }
  }

  /**
   * Queues the removal of a video. Called inside the transaction that deletes its generation. A
   * running copy may land after that, so a video that was due to be copied is removed again later.
   */
  const remove = ({ id, accountId }: GenerationRecord, nowMs: number): void => {
    if (copyVideo === null) return
    const name = archivedName(accountId, id)
    outbox.add({ kind: 'video_delete', key: `video:${name}` }, nowMs)
    if (agenda.dueMsOf(id) === null) return
    agenda.remove(id)
    outbox.add({ kind: 'video_delete', key: `video-late:${name}` }, nowMs + ARCHIVE_CLAIM_MS)
  }

  const copyNext = async (nowMs: number): Promise<void> => {
    const [entry] = agenda.due(nowMs, 1)
    if (entry === undefined || copyVideo === null) return
    const { id } = entry
    const record = store.read(id)?.record
    const video = record && toArchive(record)
    if (!record || !video) return transact(() => agenda.remove(id))
    transact(() => agenda.put({ ...entry, dueMs: nowMs + ARCHIVE_CLAIM_MS }))
    const result = await copyVideo(archivedName(record.accountId, id), video.sourceUrl).catch(
      (error: unknown): Copied => {
        logError('archive_failed', error, { generation_id: id })
        return { type: 'failed', reason: 'the copy was interrupted', isFinal: false }
      },
    )
    // It was deleted during the copy, which has queued the removal of that copy.
    if (store.read(id) === undefined) return
    const endedMs = Date.now()
    log('archive_copied', { generation_id: id, result: result.type })
    const tries = entry.tries + 1
    const nextMs =
      result.type === 'failed' && !result.isFinal
        ? nextArchiveTryMs(entry.sinceMs, tries, endedMs)
        : undefined
    journal.atomically(record.accountId, endedMs, () => {
      if (nextMs !== undefined) return agenda.put({ ...entry, tries, dueMs: nextMs })
      agenda.remove(id)
      const outcome: Observation =
        result.type === 'kept'
          ? { type: 'archived', bytes: result.bytes }
          : { type: 'not_archived', reason: result.reason }
      journal.observe(id, [outcome])
    })
  }

  return { agenda, onChange, remove }
}
