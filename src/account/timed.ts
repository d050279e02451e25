/** Timed work. The clock asks each capability when it is due, and knows nothing else of it. */
import { HOUR_MS } from '../domain/generation/deadlines.ts'

export interface Timed {
  /** It may not be late: an alarm that is running ends before it is due. */
  readonly isPunctual?: true
  /** `nextDueMs` is cheap, so the clock asks for it after every change. */
  readonly isInMemory?: true
  /**
   * When the alarm must ring for it; null while nothing waits. It must be later than
   * now once `runDue` has run, or the alarm rings forever.
   */
  nextDueMs(): number | null
  /**
   * Begins what is due, a bounded part of it: what is left is due at once. Running it twice
   * does no harm, since it claims what it begins.
   *
   * @param tickMs the minute up to which what runs by the clock on the wall is due: now, or the
   * tick of the cron trigger that this object's own clock is not quite at yet
   * @returns settles when what it began is done; the alarm waits a few seconds for that
   */
  runDue(nowMs: number, tickMs: number): Promise<unknown> | void
}

/**
 * Forgets what is old, about once an hour: it wakes nobody.
 *
 * @param prune answers whether nothing more is left to forget
 */
export const hourly = (prune: (nowMs: number) => boolean) => {
  let prunedAtMs = -Infinity
  return {
    nextDueMs: () => null,
    runDue: (nowMs: number) => {
      if (nowMs - prunedAtMs >= HOUR_MS && prune(nowMs)) prunedAtMs = nowMs
    },
  } satisfies Timed
}
