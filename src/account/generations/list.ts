/** Lists generations by an index, whatever the filters: what is not told is not read. */
import type { ListRequest } from '../../domain/account.ts'
import type { Origin } from '../../contract/status.ts'
import { type GenerationRecord, readGeneration } from '../../domain/generation/generation.ts'
import { earliestId } from '../../domain/id.ts'

/** An id is made in front of the account, and waits no longer than this to be admitted. */
const LONGEST_WAY_MS = 5 * 60_000
/** Nor is it made later than it is admitted, but for clocks that differ. */
const CLOCKS_DIFFER_MS = 10_000

/** No index has the origin: so many are looked at for one page, which may then have fewer, or none. */
const MAX_SCANNED = 2000

/** Sorts after any id. */
const AFTER_ALL = 'gen_~'

const OF_ORIGIN: Readonly<Record<Origin, string>> = {
  schedule: 'schedule_id IS NOT NULL',
  fal: "doc ->> '$.via' = 'fal'",
  api: "schedule_id IS NULL AND doc ->> '$.via' IS NULL",
}

export interface Listed {
  readonly records: readonly GenerationRecord[]
  /** What the next page is to be before; null if there is none. */
  readonly nextBeforeId: string | null
}

/** A page of an account's generations, the newest first, by as many filters as are given. */
export const listGenerations = (sql: SqlStorage, filter: ListRequest): Listed => {
  const { origin, beforeId, limit } = filter
  const found = (more: Partial<ListRequest>, where?: string) =>
    select(sql, { ...filter, ...more, limit: limit + 1 }, where)
  const scan = origin === undefined ? undefined : lastOfScan(sql, beforeId)
  const bound = scan === undefined ? '' : `id >= '${scan}' AND `
  const all = origin === undefined ? found({}) : found({}, bound + OF_ORIGIN[origin])
  const records = all.slice(0, limit)
  const nextBeforeId = all.length > limit ? (records.at(-1)?.id ?? null) : (scan ?? null)
  return { records, nextBeforeId }
}

/** The oldest id of those that one page looks at; undefined if those are all. */
const lastOfScan = (sql: SqlStorage, beforeId = AFTER_ALL): string | undefined =>
  sql
    .exec<{ id: string }>(
      'SELECT id FROM generations WHERE id < ? ORDER BY id DESC LIMIT 1 OFFSET ?',
      beforeId,
      MAX_SCANNED,
    )
    .toArray()[0]?.id

const select = (sql: SqlStorage, filter: ListRequest, condition?: string): GenerationRecord[] => {
  const where: string[] = condition === undefined ? [] : [condition]
  const values: (string | number)[] = []
  const add = (condition: string, value: string | number | undefined) => {
    if (value === undefined) return
    where.push(condition)
    values.push(value)
  }
  // The times of ids bound what is read, and the times of admission decide.
  const { beforeId, createdAfterMs: afterMs, createdBeforeMs: beforeMs } = filter
  const start = afterMs === undefined ? undefined : earliestId('gen', afterMs - LONGEST_WAY_MS)
  const end = beforeMs === undefined ? undefined : earliestId('gen', beforeMs + CLOCKS_DIFFER_MS)
  const [earlier] = [beforeId, end].filter((id) => id !== undefined).toSorted()
  add('id > ?', start)
  add('id < ?', earlier)
  add('status = ?', filter.status)
  add('schedule_id = ?', filter.scheduleId)
  add('user_id = ?', filter.user)
  add('created_at_ms > ?', afterMs)
  add('created_at_ms < ?', beforeMs)
  // SQLite itself takes the index of the schedule alone where both bounds of time are given.
  const isNarrow = filter.status !== undefined && filter.scheduleId !== undefined
  const index = isNarrow ? 'schedule_status' : filter.user === undefined ? null : 'user'
  return sql
    .exec<{ doc: string }>(
      `SELECT doc FROM generations ${index === null ? '' : `INDEXED BY generations_${index}`}
         ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY id DESC LIMIT ?`,
      ...values,
      filter.limit,
    )
    .toArray()
    .map((row) => readGeneration(row.doc))
}
