/** Waiting that an AbortSignal or a limit ends. */

/** The longest wait between two tries. */
const MAX_WAIT_MS = 30_000

/** Thrown by `within` if nothing came in time. */
class TooLate extends Error {
  override readonly name = 'TooLate'
}

/**
 * What the promise gives, unless the signal aborts first or `limitMs` pass: then the
 * signal's reason or `TooLate` is thrown, even if what is waited for knows nothing
 * of signals.
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

/** `firstMs`, doubled with each try, spread so that clients cut off together come back apart. */
export const backOffMs = (tries: number, firstMs: number): number =>
  Math.min(MAX_WAIT_MS, firstMs * 2 ** (tries - 1)) * (0.75 + Math.random() / 2)
