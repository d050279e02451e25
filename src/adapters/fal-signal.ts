/** What an answer of fal says of fal itself: whether it takes requests at all. */
import type { Signal } from '../domain/breaker.ts'
import { readRetryAfterMs } from '../domain/webhook/delivery.ts'
import type { Answer } from './fal-answers.ts'

/** By these fal takes nothing from us, whatever it is asked. */
const UNAVAILABLE: ReadonlySet<number> = new Set([401, 402, 403, 429, 503])

/** Reads the answer to a submit, or to a look at a request that there is not: 404 is a clear one. */
export const readSignal = (answer: Answer | undefined): Signal => {
  if (answer === undefined) return { type: 'unclear' }
  const { status, headers } = answer
  if (UNAVAILABLE.has(status)) {
    const retryAfterMs = readRetryAfterMs(headers.get('retry-after'), Date.now())
    return { type: 'unavailable', retryAfterMs }
  }
  return { type: status >= 500 || (status >= 300 && status < 400) ? 'unclear' : 'clear' }
}
