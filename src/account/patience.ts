/** Waits for work, up to a limit, and until fal can find a request. */

/**
 * Waits for `work`, at most `ms`. Answers whether the work is done; rejects if the work does.
 * Unfinished work goes on. The timer is always cleared: a pending one keeps the object awake, and
 * billed.
 */
export const isDoneWithin = async (work: Promise<unknown>, ms: number): Promise<boolean> => {
  const over = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => over.resolve(false), ms)
  try {
    return await Promise.race([work.then(() => true), over.promise])
  } finally {
    clearTimeout(timer)
  }
}

const FINDABLE_AFTER_MS = 2000

/**
 * Waits until fal can find a request that it has taken: a 404 right after the submit proves
 * nothing.
 */
export const untilFindable = (): Promise<void> => scheduler.wait(FINDABLE_AFTER_MS)
