/** Waits that an AbortSignal or a time limit ends. */

/** The longest wait between two tries. */
const MAX_WAIT_MS = 30_000

/** Thrown by `within` if nothing came in time. */
class TooLate extends Error {
  override readonly name = 'TooLate'
}

/**
 * The promise's value. Throws the signal's reason if it aborts first, or `TooLate` after `limitMs`,
 * even if the promise itself ignores signals.
 */
export const within = async <T>(
  limitMs: number,
  signal: AbortSignal | undefined,
  promise: Promise<T>,
): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let abort = (): void => undefined
  const cut = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal?.reason)
    timer = setTimeout(() => reject(new TooLate(`nothing came for ${limitMs} ms`)), limitMs)
    if (signal?.aborted === true) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
  return Promise.race([promise, cut]).finally(() => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  })
}

/** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
export const sleep = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
  const forever = new Promise<never>(() => undefined)
  await within(ms, signal, forever).catch((error: unknown) => {
    if (!(error instanceof TooLate)) throw error
  })
}

/** `firstMs`, doubled with each try. Jitter spreads the return of clients cut off together. */
export const backOffMs = (tries: number, firstMs: number): number =>
  Math.min(MAX_WAIT_MS, firstMs * 2 ** (tries - 1)) * (0.75 + Math.random() / 2)
