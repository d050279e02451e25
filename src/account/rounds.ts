/** What is done by an agenda: one round at a time, and none while what it asks is silent. */
import { logError } from '../adapters/log.ts'
import type { Agenda } from './agenda.ts'
import type { Core } from './core.ts'
import type { Platform } from './platform.ts'
import type { Timed } from './timed.ts'

/** What was asked and not heard of for this long is asked again: its process has died. */
export const CLAIM_MS = 60_000

export interface RoundsParts extends Pick<Core, 'journal'> {
  readonly agenda: Agenda
  /** When it may be asked; at any time without one. */
  readonly platform?: Pick<Platform, 'readyMs'>
  readonly claimMs?: number
}

export class Rounds implements Timed {
  readonly isInMemory = true
  readonly #parts: RoundsParts
  readonly #round: (nowMs: number) => Promise<void>
  #isUnderWay = false

  /** @param round claims what is due, asks, and plans it anew */
  constructor(parts: RoundsParts, round: (nowMs: number) => Promise<void>) {
    this.#parts = parts
    this.#round = round
  }

  nextDueMs(): number | null {
    const { agenda, platform, claimMs = CLAIM_MS } = this.#parts
    const firstMs = agenda.firstDueMs()
    // While one is under way, an alarm is only for a process that dies.
    const freeMs = this.#isUnderWay ? Date.now() + claimMs : 0
    return firstMs === null ? null : Math.max(firstMs, platform?.readyMs() ?? 0, freeMs)
  }

  async runDue(nowMs: number): Promise<void> {
    const dueMs = this.nextDueMs()
    if (dueMs === null || dueMs > nowMs) return
    this.#isUnderWay = true
    try {
      await this.#round(nowMs)
    } catch (error) {
      logError('round_failed', error)
    } finally {
      this.#isUnderWay = false
      // The alarm that began it may be long over: another is set for what is next.
      this.#parts.journal.atomically(null, Date.now(), () => undefined)
    }
  }
}
