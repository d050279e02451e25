/** The loop that sends a request again while its answer is lost or says to retry. */
import { networkError, type Refusal, readRefusal } from './answer.ts'
import type { PikaError } from './error.ts'
import { backOffMs, sleep } from './patience.ts'

/** The result of sending once. */
export type Tried<T> =
  | { readonly answer: T; readonly refusal?: never }
  | { readonly answer?: never; readonly refusal: Refusal }

export interface RetryOptions {
  readonly signal?: AbortSignal | undefined
  /** The key of every try, which a thrown error has too. */
  readonly idempotencyKey?: string | undefined
  /** Called before each wait. If it throws, there are no more tries. */
  readonly beforeRetry?: (error: PikaError, waitMs: number, tries: number) => void
}

const FIRST_WAIT_MS = 500
/** About a minute and a half of waits, unless the gateway asks for longer ones. */
const MAX_TRIES = 9

/** Sends once, and reads the answer. Throws only the signal's reason. */
export const tryOnce = async <R extends Response, T>(
  signal: AbortSignal | undefined,
  send: () => Promise<R>,
  read: (response: R) => Promise<T>,
): Promise<Tried<T>> => {
  try {
    const response = await send()
    if (!response.ok) return { refusal: await readRefusal(response, signal) }
    return { answer: await read(response) }
  } catch (error) {
    signal?.throwIfAborted()
    return { refusal: { error: networkError(error), canRetry: true, retryAfterMs: undefined } }
  }
}

/**
 * Sends until the gateway gives a final answer. Only for requests that are safe to repeat, such as
 * those that read or have an idempotency key.
 *
 * @throws {PikaError} the gateway's refusal, or `network`
 */
export const sendUntilAnswered = async <T>(
  { signal, idempotencyKey, beforeRetry }: RetryOptions,
  once: () => Promise<Tried<T>>,
): Promise<T> => {
  for (let tries = 1; ; tries++) {
    signal?.throwIfAborted()
    const { answer, refusal } = await once()
    if (refusal === undefined) return answer
    const { canRetry, retryAfterMs } = refusal
    const error =
      idempotencyKey === undefined ? refusal.error : refusal.error.with({ idempotencyKey })
    if (!canRetry || tries >= MAX_TRIES) throw error
    const waitMs = retryAfterMs ?? backOffMs(tries, FIRST_WAIT_MS)
    beforeRetry?.(error, waitMs, tries)
    await sleep(waitMs, signal)
  }
}
