/** Future work on the emulator's clock: webhooks and their retries. */
import type { Clock } from './clock.ts'

/**
 * The longest a timer sleeps before it checks the clock: moving the clock in a test wakes no timer.
 */
const MAX_NAP_MS = 250

interface Entry {
  dueMs: number
  run: () => void | Promise<void>
}

export interface Agenda {
  /** Runs once when the clock reaches `dueMs`; returns the function that cancels it. */
  at(dueMs: number, run: () => void | Promise<void>): () => void
  /** Starts all that is due, and what becomes due through it; resolves when all of it has ended. */
  runDue(): Promise<void>
  clear(): void
}

/** An entry handles its own errors: the agenda drops them. */
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
      // Work that becomes due in the meantime must not wait for a slow receiver.
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
