/** What is to happen later, on the emulator's clock: webhooks, their retries, the next stream event. */
import type { Clock } from './clock.ts'

/**
 * The longest a timer sleeps before it looks at the clock again: a clock that a test moves does not
 * wake timers.
 */
const MAX_NAP_MS = 250

interface Entry {
  dueMs: number
  run: () => void | Promise<void>
}

export interface Agenda {
  /** Runs once when the clock reaches `dueMs`; the function that it gives takes it back. */
  at(dueMs: number, run: () => void | Promise<void>): () => void
  /** Starts all that is due, and what becomes due by that; resolves when all of it has ended. */
  runDue(): Promise<void>
  /** Forgets all that is pending. */
  clear(): void
}

/** Errors of an entry are its own to handle: the agenda drops them. */
export function createAgenda(clock: Clock): Agenda {
  const entries = new Set<Entry>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function arm(): void {
    clearTimeout(timer)
    timer = undefined
    if (entries.size === 0) return
    const nextMs = Math.min(...[...entries].map((entry) => entry.dueMs))
    const napMs = Math.min(Math.max(nextMs - clock.nowMs(), 0), MAX_NAP_MS)
    timer = setTimeout(() => void runDue(), napMs)
    // A pending webhook is no reason for the process to stay alive.
    if (typeof timer === 'object') timer.unref()
  }

  async function runDue(): Promise<void> {
    for (;;) {
      const due = [...entries].filter((entry) => entry.dueMs <= clock.nowMs())
      if (due.length === 0) break
      for (const entry of due) entries.delete(entry)
      due.sort((one, other) => one.dueMs - other.dueMs)
      // The timer must not wait for a slow receiver before it starts what is due meanwhile.
      arm()
      await Promise.allSettled(due.map(async (entry) => entry.run()))
    }
    arm()
  }

  return {
    at(dueMs, run) {
      const entry = { dueMs, run }
      entries.add(entry)
      arm()
      return () => {
        entries.delete(entry)
      }
    },
    runDue,
    clear() {
      entries.clear()
      clearTimeout(timer)
      timer = undefined
    },
  }
}
