/** Deletes generations, but keeps what they cost and which request they were. */
import { generationKey, requestKey } from '../../adapters/requests-kv.ts'
import type { DeleteResult } from '../../domain/account.ts'
import { DAY_MS, HOUR_MS } from '../../domain/generation/deadlines.ts'
import { bury, isDeletable } from '../../domain/generation/tombstone.ts'
import type { Archive } from '../archive/archive.ts'
import type { Core } from '../core.ts'
import type { AccountLog } from '../events/log.ts'
import type { Deliveries } from '../webhooks/deliveries.ts'

const MAX_AN_HOUR = 500

export type Deletion = ReturnType<typeof createDeletion>

/** @param days after which a generation is deleted, up to 500 an hour; null keeps them */
export const createDeletion = (
  { sql, store, journal, outbox }: Core,
  log: AccountLog,
  archive: Archive | null,
  deliveries: Pick<Deliveries, 'forget'>,
  days: number | null,
) => {
  let ranAtMs = -Infinity
  /** When the oldest generation is old enough to delete; null while that is not known. */
  let oldEnoughMs: number | null = null

  const wasDeleted = (id: string): boolean =>
    sql`SELECT 1 FROM tombstones WHERE id = ${id}`.length > 0

  const remove = (id: string, nowMs: number): DeleteResult => {
    const record = store.read(id)?.record
    if (record === undefined) return { type: wasDeleted(id) ? 'gone' : 'not_found' }
    if (!isDeletable(record)) return { type: 'not_deletable', status: record.status }
    journal.atomically(record.accountId, nowMs, () => {
      sql`INSERT INTO tombstones (id, deleted_at_ms, doc)
        VALUES (${id}, ${nowMs}, ${JSON.stringify(bury(record, nowMs))})`
      store.remove(id)
      log.appendDeleted(id, nowMs)
      archive?.remove(record, nowMs)
      deliveries.forget(id)
      const requestIds = [record.falRequestId, ...record.others.map((job) => job.requestId)]
      const keys = requestIds.flatMap((requestId) => (requestId ? [requestKey(requestId)] : []))
      for (const key of [generationKey(id), ...keys]) outbox.add({ kind: 'kv_delete', key }, nowMs)
    })
    return { type: 'deleted' }
  }

  const nextDueMs = (): number | null => {
    if (days === null) return null
    if (oldEnoughMs === null) {
      const oldestMs = sql.number`SELECT created_at_ms FROM generations ORDER BY id LIMIT 1`
      if (oldestMs === null) return null
      oldEnoughMs = oldestMs + days * DAY_MS
    }
    // A generation that cannot be deleted yet is tried again in an hour.
    return Math.max(oldEnoughMs, ranAtMs + HOUR_MS)
  }

  const runDue = (nowMs: number): void => {
    const dueMs = nextDueMs()
    if (days === null || dueMs === null || dueMs > nowMs) return
    ranAtMs = nowMs
    oldEnoughMs = null
    const old = sql.column<string>`SELECT id FROM generations
      WHERE finished_at_ms <= ${nowMs - days * DAY_MS}
      AND cost_state IN ('charged', 'released') ORDER BY id LIMIT ${MAX_AN_HOUR}`
    for (const id of old) remove(id, nowMs)
  }

  return { wasDeleted, delete: remove, nextDueMs, runDue }
}
