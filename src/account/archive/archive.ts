/** Copies completed videos into the archive, one at a time; retries until fal deletes the file. */
import { log, logError } from '../../adapters/log.ts'
import { archivedName, type Copied } from '../../adapters/video-archive.ts'
import { ARCHIVE_CLAIM_MS, nextArchiveTryMs, toArchive } from '../../domain/generation/archive.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import type { Observation } from '../../domain/generation/observation.ts'
import { Agenda, type Entry } from '../agenda.ts'
import type { Core } from '../core.ts'
import type { Change, ChangeListener } from '../generations/journal.ts'

/** The call that woke the object comes first. */
const AFTER_START_MS = 2000

/** Copies a file into the archive, unless it is there already. */
export type CopyVideo = (name: string, sourceUrl: string) => Promise<Copied>

export interface ArchiveParts extends Pick<
  Core,
  'sql' | 'store' | 'journal' | 'transact' | 'onRollback' | 'outbox'
> {
  readonly copyVideo: CopyVideo | null
}

export class Archive implements ChangeListener {
  readonly agenda: Agenda
  readonly #parts: ArchiveParts

  constructor(parts: ArchiveParts) {
    this.#parts = parts
    const round = (nowMs: number) => this.#copyNext(nowMs)
    this.agenda = new Agenda({ ...parts, claimMs: ARCHIVE_CLAIM_MS, round }, 'archive_jobs')
    // The claims of another process died with it, and copying twice does no harm.
    if (parts.copyVideo !== null) this.agenda.hurry(Date.now() + AFTER_START_MS)
  }

  onChange({ before, after }: Change, nowMs: number): void {
    if (this.#parts.copyVideo === null) return
    const isNew = before === null || toArchive(before) === null
    if (isNew && toArchive(after) !== null) {
      this.agenda.add({ id: after.id, sinceMs: nowMs, tries: 0, dueMs: nowMs })
    }
  }

  /**
   * Queues the removal of a video. Called inside the transaction that deletes its generation. A
   * running copy may land after that, so a video that was due to be copied is removed again later.
   */
  remove({ id, accountId }: GenerationRecord, nowMs: number): void {
    const { copyVideo, outbox } = this.#parts
    if (copyVideo === null) return
    const name = archivedName(accountId, id)
    outbox.add({ kind: 'video_delete', key: `video:${name}` }, nowMs)
    if (this.agenda.dueMsOf(id) === undefined) return
    this.agenda.remove(id)
    outbox.add({ kind: 'video_delete', key: `video-late:${name}` }, nowMs + ARCHIVE_CLAIM_MS)
  }

  async #copyNext(nowMs: number): Promise<void> {
    const { copyVideo, store, transact } = this.#parts
    const [entry] = this.agenda.due(nowMs, 1)
    if (entry === undefined || copyVideo === null) return
    const record = store.read(entry.id)?.record
    const video = record && toArchive(record)
    if (!record || !video) return transact(() => this.agenda.remove(entry.id))
    transact(() => this.agenda.put({ ...entry, dueMs: nowMs + ARCHIVE_CLAIM_MS }))
    const result = await copyVideo(archivedName(record.accountId, entry.id), video.sourceUrl).catch(
      (error: unknown): Copied => {
        logError('archive_failed', error, { generation_id: entry.id })
        return { type: 'failed', reason: 'the copy was interrupted', isFinal: false }
      },
    )
    this.#note(entry, result, Date.now())
  }

  #note(entry: Entry, result: Copied, nowMs: number): void {
    const { store, journal } = this.#parts
    const { id } = entry
    const record = store.read(id)?.record
    // It was deleted during the copy, which has queued the removal of that copy.
    if (record === undefined) return
    log('archive_copied', { generation_id: id, result: result.type })
    const tries = entry.tries + 1
    const nextMs =
      result.type === 'failed' && !result.isFinal
        ? nextArchiveTryMs(entry.sinceMs, tries, nowMs)
        : undefined
    journal.atomically(record.accountId, nowMs, () => {
      if (nextMs !== undefined) return this.agenda.put({ ...entry, tries, dueMs: nextMs })
      this.agenda.remove(id)
      const outcome: Observation =
        result.type === 'kept'
          ? { type: 'archived', bytes: result.bytes }
          : { type: 'not_archived', reason: result.reason }
      journal.observe(id, [outcome], nowMs)
    })
  }
}
