/** Deletes old generations if the operator wants that, up to 500 an hour. */
import { DAY_MS, HOUR_MS } from '../../domain/generation/deadlines.ts'
import type { Core } from '../core.ts'
import type { Deletion } from './deletion.ts'

const MAX_AN_HOUR = 500

export const createRetention = ({ sql }: Core, deletion: Deletion, days: number | null) => {
  let ranAtMs = -Infinity
  /** When the oldest generation is old enough to delete; null while that is not known. */
  let oldEnoughMs: number | null = null

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
    for (const id of old) deletion.delete(id, nowMs)
  }

  return { nextDueMs, runDue }
}
