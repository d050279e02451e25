/** Waiting with a limit. */

/**
 * Waits for `work`, but no longer than `ms`. Answers whether the work is done; rejects if
 * the work does. Work that is not done goes on. The timer is cleared with the wait: one that
 * is left pending keeps the object awake, and billed.
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
 * Waits until a request that fal did take can be found there: not finding one at once, by its id,
 * proves nothing yet.
 */
export const untilFindable = (): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, FINDABLE_AFTER_MS))
