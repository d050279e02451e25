/** The account's clock: runs due work, and sets the only alarm for the next due time. */
import { logError } from '../adapters/log.ts'
import type { Core } from './core.ts'
import type { DirectoryNews } from './directory-news.ts'
import type { Change } from './generations/journal.ts'
import { isDoneWithin } from './patience.ts'
import { earliest, type Timed } from './timed.ts'

/** Alarms run one after another, so each waits at most this long for the work it started. */
const ALARM_PATIENCE_MS = 5000
/** Sends and outbox writes start at once; the alarm only finds those that a crash left. */
const FALLBACK_MS = 2000

export type Clock = ReturnType<typeof createClock>

/**
 * @param timed run in this order
 * @param unhurried run after `timed`; these do not make an account busy
 */
export const createClock = (
  { storage, transact, gate, outbox, counts }: Core,
  news: DirectoryNews,
  timed: readonly Timed[],
  unhurried: readonly Timed[],
) => {
  /** The alarm's time, as far as this process knows. */
  let armedForMs: number | null = null
  let stopWaiting = (): void => undefined
  // The rest waits for the next event, so the alarm must ring at once.
  gate.onSpent(() => {
    stopWaiting()
    arm()
  })

  const afterCommit = (changes: readonly Change[]): void => {
    void settleOutbox()
    // A commit that changed no generation is rare, and does not say what became due.
    if (changes.length === 0) return arm()
    for (const { due } of changes) armFor(due?.what === 'send' ? fallbackMs() : due?.atMs)
    for (const each of timed) if (each.isInMemory === true) armFor(each.nextDueMs())
  }

  /** Drains the outbox, and notes if no work is left at all. */
  const settleOutbox = async (): Promise<void> => {
    if (!outbox.isEmpty()) {
      armFor(fallbackMs())
      // Callers that wait for this commit come first.
      await scheduler.wait(0)
      await outbox.drain(Date.now)
      if (!outbox.isEmpty()) armFor(Math.max(outbox.nextDueMs() ?? 0, fallbackMs()))
    }
    if (counts.now().open > 0) return
    news.noteQuiet(Date.now())
    arm()
  }

  /**
   * Reads the alarm's time, since setting it costs a row even if the time stays the same. An
   * overdue alarm may never ring, so it counts as not set.
   */
  const recallAlarm = async (): Promise<void> => {
    const atMs = await storage.getAlarm()
    armedForMs = atMs !== null && atMs > Date.now() ? atMs : null
  }

  /**
   * Runs a bounded part of the due work, and sets the alarm for the rest. Never throws: the
   * platform drops an alarm that throws too often.
   *
   * @param tickMs the tick of the cron trigger, up to which slots are due; 0 for the alarm
   */
  const runDue = async (tickMs: number): Promise<void> => {
    const spent = Promise.withResolvers<void>()
    stopWaiting = spent.resolve
    gate.refill()
    try {
      const nowMs = Date.now()
      const work = [...timed, ...unhurried].map(async (each) => {
        // If one fails, the others still run.
        try {
          await each.runDue(nowMs, Math.max(tickMs, nowMs))
        } catch (error) {
          logError('timed_work_failed', error)
        }
      })
      transact(() => news.oweIdle(nowMs))
      work.push(settleOutbox())
      const done = Promise.race([Promise.all(work), spent.promise])
      await isDoneWithin(done, patienceMs(nowMs))
    } catch (error) {
      logError('alarm_failed', error)
    }
    // By now the alarm may have rung, or be gone.
    await recallAlarm().catch(() => (armedForMs = null))
    arm()
  }

  const arm = (): void => {
    const nowMs = Date.now()
    const due = timed.map((each) => each.nextDueMs())
    if (gate.isSpent()) due.push(nowMs)
    const outboxMs = outbox.nextDueMs()
    if (outboxMs !== null) due.push(Math.max(outboxMs, fallbackMs()))
    // The Directory hears of idleness only if no other work is left.
    const firstMs = earliest(due) ?? news.nextDueMs()
    armFor(earliest([firstMs, ...unhurried.map((each) => each.nextDueMs())]))
  }

  /** Sets the alarm, unless it is set for that time or earlier. */
  const armFor = (atMs: number | null | undefined): void => {
    if (atMs === null || atMs === undefined || atMs === Infinity) return
    if (armedForMs !== null && armedForMs <= atMs) return
    armedForMs = atMs
    void storage.setAlarm(atMs)
  }

  /** Alarms run one after another: this one must end before punctual work is due. */
  const patienceMs = (nowMs: number): number => {
    const punctual = timed.filter((each) => each.isPunctual === true)
    const nextMs = earliest(punctual.map((each) => each.nextDueMs())) ?? Infinity
    return Math.min(ALARM_PATIENCE_MS, Math.max(0, nextMs - nowMs))
  }

  return { afterCommit, settleOutbox, recallAlarm, runDue }
}

const fallbackMs = (): number => Date.now() + FALLBACK_MS
