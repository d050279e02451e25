/** Ends unsent generations that are too late, or whose key is revoked. */
import { logError } from '../../adapters/log.ts'
import { DAY_MS } from '../../domain/generation/deadlines.ts'
import type { Core } from '../core.ts'
import { raw } from '../../adapters/sql.ts'

/** The next alarm ends the rest. */
const MAX_ENDED_AT_ONCE = 40
/** A generation that could not be ended is tried again after this long. */
const AGAIN_MS = 2000

/** All of them: the index on the status returns them in the order of their creation. */
const UNSENT = raw(`status = 'submitting' AND due_what = 'send'`)
/** Those with a deadline of their own, which have an index of their own. */
const HURRIED = raw(`due_what = 'send' AND doc ->> '$.sendBeforeMs' IS NOT NULL`)

export const createUnsent = ({ sql, counts, journal }: Core) => {
  const nextDueMs = (): number | null => {
    const atMs = tooLateMs()
    return atMs === null ? null : Math.max(atMs, Date.now() + AGAIN_MS)
  }

  const runDue = (nowMs: number): void => {
    if ((tooLateMs() ?? Infinity) > nowMs) return
    const tooLate = sql.column<string>`
      SELECT id FROM generations WHERE ${HURRIED} AND doc ->> '$.sendBeforeMs' <= ${nowMs}
      UNION ALL SELECT id FROM generations WHERE ${UNSENT} AND created_at_ms <= ${nowMs - DAY_MS}
      LIMIT ${MAX_ENDED_AT_ONCE}`
    for (const id of tooLate) {
      try {
        journal.observe(id, [{ type: 'clock' }], nowMs)
      } catch (error) {
        logError('not_ended', error, { generation_id: id })
      }
    }
  }

  const onRevoked = (keyId: string): void => {
    const unsent = sql.column<string>`
      SELECT id FROM generations WHERE ${UNSENT} AND key_id = ${keyId}`
    for (const id of unsent) journal.observe(id, [{ type: 'cancel_requested' }], Date.now())
  }

  const tooLateMs = (): number | null => {
    if (counts.unsent() === 0) return null
    const oldestMs = sql.number`
      SELECT created_at_ms FROM generations WHERE ${UNSENT} ORDER BY id LIMIT 1`
    if (oldestMs === null) return null
    const hurriedMs = sql.number`
      SELECT MIN(doc ->> '$.sendBeforeMs') FROM generations WHERE ${HURRIED}`
    return Math.min(oldestMs + DAY_MS, hurriedMs ?? Infinity)
  }

  return { nextDueMs, runDue, onRevoked }
}
