/** Timed work. The clock asks each capability when it is due, and knows nothing else about it. */
import { HOUR_MS } from '../domain/generation/deadlines.ts'

export interface Timed {
  /** Must not be late: a running alarm ends before this is due. */
  readonly isPunctual?: true
  /** `nextDueMs` is cheap, so the clock asks for it after every change. */
  readonly isInMemory?: true
  /**
   * When the alarm must ring; null if nothing waits. After `runDue` it must be in the future, or
   * the alarm rings forever.
   */
  nextDueMs(): number | null
  /**
   * Starts a bounded part of the due work; the rest is due at once. Running it twice does no harm,
   * since it claims what it starts.
   *
   * @param tickMs wall-clock work is due up to this minute: now, or the cron trigger's tick, which
   * this object's own clock may not have reached yet
   * @returns settles when the started work is done; the alarm waits a few seconds for it
   */
  runDue(nowMs: number, tickMs: number): Promise<unknown> | void
}

/** The earliest of some times, of which null is none; null if all are. */
export const earliest = (times: readonly (number | null)[]): number | null =>
  times.reduce((least, atMs) => (least === null || (atMs ?? Infinity) < least ? atMs : least), null)

/**
 * Prunes about once an hour, without waking the object.
 *
 * @param prune answers whether nothing is left to prune
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
