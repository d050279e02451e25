/** Ends unsent generations that are too late, or whose key is revoked. */
import { logError } from '../../adapters/log.ts'
import { DAY_MS } from '../../domain/generation/deadlines.ts'
import type { Core } from '../core.ts'
import type { KeyListener } from '../keys.ts'
import type { Timed } from '../timed.ts'
import { raw, type Sql } from '../sql.ts'

/** The next alarm ends the rest. */
const MAX_ENDED_AT_ONCE = 40
/** A generation that could not be ended is tried again after this long. */
const AGAIN_MS = 2000

/** All of them: the index on the status returns them in the order of their creation. */
const UNSENT = raw(`status = 'submitting' AND due_what = 'send'`)
/** Those with a deadline of their own, which have an index of their own. */
const HURRIED = raw(`due_what = 'send' AND doc ->> '$.sendBeforeMs' IS NOT NULL`)

export class Unsent implements Timed, KeyListener {
  readonly #sql: Sql
  readonly #counts: Core['counts']
  readonly #journal: Core['journal']

  constructor({ sql, counts, journal }: Pick<Core, 'sql' | 'counts' | 'journal'>) {
    this.#sql = sql
    this.#counts = counts
    this.#journal = journal
  }

  nextDueMs(): number | null {
    const tooLateMs = this.#tooLateMs()
    return tooLateMs === null ? null : Math.max(tooLateMs, Date.now() + AGAIN_MS)
  }

  runDue(nowMs: number): void {
    if ((this.#tooLateMs() ?? Infinity) > nowMs) return
    for (const id of this.#tooLate(nowMs)) {
      try {
        this.#journal.observe(id, [{ type: 'clock' }], nowMs)
      } catch (error) {
        logError('not_ended', error, { generation_id: id })
      }
    }
  }

  onRevoked(keyId: string): void {
    const unsent = this.#sql<{ id: string }>`
      SELECT id FROM generations WHERE ${UNSENT} AND key_id = ${keyId}`
    for (const { id } of unsent) {
      this.#journal.observe(id, [{ type: 'cancel_requested' }], Date.now())
    }
  }

  #tooLateMs(): number | null {
    if (this.#counts.unsent() === 0) return null
    const [oldest] = this.#sql<{ at: number }>`
      SELECT created_at_ms AS at FROM generations WHERE ${UNSENT} ORDER BY id LIMIT 1`
    if (oldest === undefined) return null
    const [first] = this.#sql<{ at: number | null }>`
      SELECT MIN(doc ->> '$.sendBeforeMs') AS at FROM generations WHERE ${HURRIED}`
    return Math.min(oldest.at + DAY_MS, first?.at ?? Infinity)
  }

  #tooLate(nowMs: number): string[] {
    return this.#sql<{ id: string }>`
      SELECT id FROM generations WHERE ${HURRIED} AND doc ->> '$.sendBeforeMs' <= ${nowMs}
      UNION ALL SELECT id FROM generations WHERE ${UNSENT} AND created_at_ms <= ${nowMs - DAY_MS}
      LIMIT ${MAX_ENDED_AT_ONCE}`.map((row) => row.id)
  }
}
