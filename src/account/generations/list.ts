/** Lists generations. Every combination of filters uses an index. */
import type { ListRequest, ListResult } from '../../domain/account.ts'
import type { Origin } from '../../contract/status.ts'
import { type GenerationRecord, readGeneration } from '../../domain/generation/generation.ts'
import { earliestId } from '../../domain/id.ts'
import { type Fragment, part, raw, type Sql } from '../../adapters/sql.ts'

/** The Worker makes the id, and the account admits it at most this much later. */
const LONGEST_WAY_MS = 5 * 60_000
/** An id is not newer than its admission, except for clocks that differ by this much. */
const CLOCKS_DIFFER_MS = 10_000

/** No index has the origin: a page scans at most this many rows, and may be short or empty. */
const MAX_SCANNED = 2000

const AFTER_ALL = 'gen_~'

const OF_ORIGIN: Readonly<Record<Origin, Fragment>> = {
  schedule: raw('schedule_id IS NOT NULL'),
  fal: raw("doc ->> '$.via' = 'fal'"),
  api: raw("schedule_id IS NULL AND doc ->> '$.via' IS NULL"),
}

/** A page of an account's generations, newest first, that match every given filter. */
export const listGenerations = (sql: Sql, filter: ListRequest): Omit<ListResult, 'holdup'> => {
  const { origin, beforeId, limit } = filter
  const scan = origin === undefined ? undefined : lastOfScan(sql, beforeId)
  const ofOrigin = origin === undefined ? [] : [OF_ORIGIN[origin]]
  const bound = scan === undefined ? [] : [part`id >= ${scan}`]
  const all = select(sql, filter, [...bound, ...ofOrigin])
  const records = all.slice(0, limit)
  const nextBeforeId = all.length > limit ? (records.at(-1)?.id ?? null) : (scan ?? null)
  return { records, nextBeforeId }
}

/** The oldest id that one page scans; undefined if it scans all. */
const lastOfScan = (sql: Sql, beforeId = AFTER_ALL): string | undefined =>
  sql.text`SELECT id FROM generations WHERE id < ${beforeId} ORDER BY id DESC
    LIMIT 1 OFFSET ${MAX_SCANNED}` ?? undefined

const select = (sql: Sql, filter: ListRequest, where: Fragment[]): GenerationRecord[] => {
  const { status, scheduleId, user, beforeId, limit } = filter
  const { createdAfterMs: afterMs, createdBeforeMs: beforeMs } = filter
  // The times in ids limit what is read, and the times of admission decide.
  const end = beforeMs === undefined ? undefined : earliestId('gen', beforeMs + CLOCKS_DIFFER_MS)
  const [earlier] = [beforeId, end].filter((id) => id !== undefined).toSorted()
  if (afterMs !== undefined) where.push(part`id > ${earliestId('gen', afterMs - LONGEST_WAY_MS)}`)
  if (earlier !== undefined) where.push(part`id < ${earlier}`)
  if (status !== undefined) where.push(part`status = ${status}`)
  if (scheduleId !== undefined) where.push(part`schedule_id = ${scheduleId}`)
  if (user !== undefined) where.push(part`user_id = ${user}`)
  if (afterMs !== undefined) where.push(part`created_at_ms > ${afterMs}`)
  if (beforeMs !== undefined) where.push(part`created_at_ms < ${beforeMs}`)
  // With both time bounds, SQLite would choose the index of the schedule alone.
  const isNarrow = status !== undefined && scheduleId !== undefined
  const index = isNarrow ? 'schedule_status' : user === undefined ? null : 'user'
  const by = raw(index === null ? '' : `INDEXED BY generations_${index}`)
  const conditions = where.reduce((all, one) => part`${all} AND ${one}`, raw('TRUE'))
  return sql.column<string>`SELECT doc FROM generations ${by} WHERE ${conditions}
    ORDER BY id DESC LIMIT ${limit + 1}`.map(readGeneration)
}
