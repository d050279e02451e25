/** How many generations are open, at fal and unsent: counted once, and then kept in memory. */
import { isFinal } from '../../contract/status.ts'
import { stopsCountingMs } from '../../domain/generation/deadlines.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import type { Change } from './journal.ts'
import type { Sql } from '../../adapters/sql.ts'
import { earliest } from '../timed.ts'

/** How many are open, and how many of these are sent. */
type Count = { open: number; sent: number }

/**
 * Only in memory: an older release would not update a stored count. A change counts once it is
 * committed, so a failed transaction changes nothing.
 */
export const createCounts = (sql: Sql, maxAtFal: number) => {
  let known: Count | undefined
  /** Unconfirmed generations, and when each stops counting as being at fal. */
  const unconfirmedUntilMs = new Map<string, number>()

  const now = (): Readonly<Count> => (known ??= count())

  const unconfirmed = (): number => {
    now()
    return unconfirmedUntilMs.size
  }

  const room = (nowMs: number): number => {
    const { sent } = now()
    const notCounted = [...unconfirmedUntilMs.values()].filter((untilMs) => untilMs <= nowMs)
    return Math.max(0, maxAtFal - (sent - notCounted.length))
  }

  /** When the next unconfirmed generation stops counting; null if none will. */
  const nextRoomMs = (nowMs: number): number | null => {
    now()
    return earliest([...unconfirmedUntilMs.values()].filter((untilMs) => untilMs > nowMs))
  }

  const afterChange = ({ before, after }: Change): void => {
    if (known === undefined) return
    known.open += openIn(after) - openIn(before)
    known.sent += sentIn(after) - sentIn(before)
    const isUnconfirmed = after.unconfirmed && !isFinal(after.status)
    if (isUnconfirmed) unconfirmedUntilMs.set(after.id, stopsCountingMs(after))
    else unconfirmedUntilMs.delete(after.id)
  }

  const count = (): Count => {
    const lost = sql<{ id: string; sent_at_ms: number }>`SELECT id, sent_at_ms
      FROM generations WHERE status = 'submitting' AND sent_at_ms IS NOT NULL
      AND doc ->> '$.unconfirmed' = 1`
    for (const { id, sent_at_ms: sentAtMs } of lost) {
      unconfirmedUntilMs.set(id, stopsCountingMs({ sentAtMs, createdAtMs: sentAtMs }))
    }
    const [counted = { open: 0, sent: 0 }] = sql<Count>`
      SELECT COUNT(*) AS open, COUNT(sent_at_ms) AS sent FROM generations
      WHERE status IN ('submitting', 'queued', 'in_progress')`
    return counted
  }

  const unsent = (): number => now().open - now().sent

  return { now, unsent, unconfirmed, room, nextRoomMs, afterChange }
}

const openIn = (record: GenerationRecord | null): number =>
  record === null || isFinal(record.status) ? 0 : 1

const sentIn = (record: GenerationRecord | null): number =>
  record?.sentAtMs === null ? 0 : openIn(record)
