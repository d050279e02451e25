/** Deletes generations, but keeps what they cost and which request they were. */
import { generationKey, requestKey } from '../../adapters/requests-kv.ts'
import type { DeleteResult } from '../../domain/account.ts'
import { bury, isDeletable } from '../../domain/generation/tombstone.ts'
import type { Archive } from '../archive/archive.ts'
import type { Core } from '../core.ts'
import type { AccountLog } from '../events/log.ts'
import type { Deliveries } from '../webhooks/deliveries.ts'

export const TOMBSTONES = `
  -- What is kept of a deleted generation, so that nothing of it is ever spent or taken again.
  CREATE TABLE IF NOT EXISTS tombstones (
    id TEXT PRIMARY KEY,
    deleted_at_ms INTEGER NOT NULL,
    doc TEXT NOT NULL,
    fal_request_id TEXT GENERATED ALWAYS AS (doc ->> '$.falRequestId') STORED
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX IF NOT EXISTS tombstones_request ON tombstones (fal_request_id)
    WHERE fal_request_id IS NOT NULL;
  `

export type Deletion = ReturnType<typeof createDeletion>

export const createDeletion = (
  { sql, store, journal, outbox }: Core,
  log: AccountLog,
  archive: Archive,
  deliveries: Pick<Deliveries, 'forget'>,
) => {
  const wasDeleted = (id: string): boolean =>
    sql`SELECT 1 FROM tombstones WHERE id = ${id}`.length > 0

  return {
    wasDeleted,
    delete: (id: string, nowMs: number): DeleteResult => {
      const record = store.read(id)?.record
      if (record === undefined) return { type: wasDeleted(id) ? 'gone' : 'not_found' }
      if (!isDeletable(record)) return { type: 'not_deletable', status: record.status }
      journal.atomically(record.accountId, nowMs, () => {
        sql`INSERT INTO tombstones (id, deleted_at_ms, doc)
          VALUES (${id}, ${nowMs}, ${JSON.stringify(bury(record, nowMs))})`
        store.remove(id)
        log.appendDeleted(id, nowMs)
        archive.remove(record, nowMs)
        deliveries.forget(id)
        const requestIds = [record.falRequestId, ...record.others.map((job) => job.requestId)]
        const keys = requestIds.flatMap((requestId) => (requestId ? [requestKey(requestId)] : []))
        for (const key of [generationKey(id), ...keys]) {
          outbox.add({ kind: 'kv_delete', key }, nowMs)
        }
      })
      return { type: 'deleted' }
    },
  }
}
