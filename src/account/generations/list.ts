/** Lists generations by an index, whatever the filters: what is not told is not read. */
import type { ListRequest } from '../../domain/account.ts'
import { type GenerationRecord, readGeneration } from '../../domain/generation/generation.ts'
import { earliestId } from '../../domain/id.ts'

/** An id is made in front of the account, and waits no longer than this to be admitted. */
const LONGEST_WAY_MS = 5 * 60_000
/** Nor is it made later than it is admitted, but for clocks that differ. */
const CLOCKS_DIFFER_MS = 10_000

/** An account's generations, the newest first, by as many filters as are given. */
export const listGenerations = (sql: SqlStorage, filter: ListRequest): GenerationRecord[] => {
  const where: string[] = []
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
