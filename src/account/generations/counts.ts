/** How many generations are open, at fal and unsent: counted once, and then kept in memory. */
import { isFinal } from '../../contract/status.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import type { Change, ChangeListener } from './journal.ts'

export interface Count {
  /** Not ended. */
  readonly open: number
  /** Of these, sent. */
  readonly atFal: number
}

/**
 * Kept in memory alone: a stored count would go wrong under an older release that does not know of
 * it. A change counts once it is committed, so a transaction that fails changes nothing.
 */
export class Counts implements ChangeListener {
  readonly #sql: SqlStorage
  #known: Count | undefined

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  now(): Count {
    this.#known ??= this.#sql
      .exec<{ open: number; atFal: number }>(
        `SELECT COUNT(*) AS open, COUNT(sent_at_ms) AS atFal FROM generations
         WHERE status IN ('submitting', 'queued', 'in_progress')`,
      )
      .one()
    return this.#known
  }

  afterChange({ before, after }: Change): void {
    if (this.#known === undefined) return
    const was = before === null ? NOTHING : countOf(before)
    const is = countOf(after)
    const { open, atFal } = this.#known
    this.#known = { open: open - was.open + is.open, atFal: atFal - was.atFal + is.atFal }
  }
}

const NOTHING: Count = { open: 0, atFal: 0 }

const countOf = ({ status, sentAtMs }: GenerationRecord): Count => {
  if (isFinal(status)) return NOTHING
  return { open: 1, atFal: sentAtMs === null ? 0 : 1 }
}
