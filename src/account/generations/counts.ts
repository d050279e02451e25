/** How many generations are open, at fal and unsent: counted once, and then kept in memory. */
import { isFinal } from '../../contract/status.ts'
import { stopsCountingMs } from '../../domain/generation/deadlines.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import type { Change, ChangeListener } from './journal.ts'
import type { Sql } from '../sql.ts'

export interface Count {
  readonly open: number
  /** How many of the open ones are sent. */
  readonly sent: number
}

/**
 * Only in memory: an older release would not update a stored count. A change counts once it is
 * committed, so a failed transaction changes nothing.
 */
export class Counts implements ChangeListener {
  readonly #sql: Sql
  readonly #maxAtFal: number
  #known: Count | undefined
  /** Unconfirmed generations, and when each stops counting as being at fal. */
  readonly #unconfirmedUntilMs = new Map<string, number>()

  constructor(sql: Sql, maxAtFal: number) {
    this.#sql = sql
    this.#maxAtFal = maxAtFal
  }

  now(): Count {
    this.#known ??= this.#read()
    return this.#known
  }

  unsent(): number {
    const { open, sent } = this.now()
    return open - sent
  }

  unconfirmed(): number {
    this.now()
    return this.#unconfirmedUntilMs.size
  }

  room(nowMs: number): number {
    const { sent } = this.now()
    const notCounted = [...this.#unconfirmedUntilMs.values()].filter((untilMs) => untilMs <= nowMs)
    return Math.max(0, this.#maxAtFal - (sent - notCounted.length))
  }

  /** When the next unconfirmed generation stops counting; null if none will. */
  nextRoomMs(nowMs: number): number | null {
    this.now()
    const later = [...this.#unconfirmedUntilMs.values()].filter((untilMs) => untilMs > nowMs)
    return later.length > 0 ? Math.min(...later) : null
  }

  afterChange({ before, after }: Change): void {
    if (this.#known === undefined) return
    const was = before === null ? NOTHING : countOf(before)
    const is = countOf(after)
    const { open, sent } = this.#known
    this.#known = { open: open - was.open + is.open, sent: sent - was.sent + is.sent }
    this.#noteUnconfirmed(after)
  }

  #noteUnconfirmed(record: GenerationRecord): void {
    const isUnconfirmed = record.unconfirmed && !isFinal(record.status)
    if (isUnconfirmed) this.#unconfirmedUntilMs.set(record.id, stopsCountingMs(record))
    else this.#unconfirmedUntilMs.delete(record.id)
  }

  #read(): Count {
    const unconfirmed = this.#sql<{ id: string; sent_at_ms: number }>`SELECT id, sent_at_ms
      FROM generations WHERE status = 'submitting' AND sent_at_ms IS NOT NULL
      AND doc ->> '$.unconfirmed' = 1`
    for (const { id, sent_at_ms: sentAtMs } of unconfirmed) {
      this.#unconfirmedUntilMs.set(id, stopsCountingMs({ sentAtMs, createdAtMs: sentAtMs }))
    }
    const [count = NOTHING] = this.#sql<{ open: number; sent: number }>`
      SELECT COUNT(*) AS open, COUNT(sent_at_ms) AS sent FROM generations
      WHERE status IN ('submitting', 'queued', 'in_progress')`
    return count
  }
}

const NOTHING: Count = { open: 0, sent: 0 }

const countOf = ({ status, sentAtMs }: GenerationRecord): Count => {
  if (isFinal(status)) return NOTHING
  return { open: 1, sent: sentAtMs === null ? 0 : 1 }
}
