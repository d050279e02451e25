/** What an answer says about fal itself: whether it takes requests at all. */
import type { Signal } from '../domain/breaker.ts'
import { readRetryAfterMs } from '../domain/webhook/delivery.ts'
import type { Answer } from './fal-answers.ts'

/** With these statuses fal takes nothing from us, whatever the request. */
const UNAVAILABLE: ReadonlySet<number> = new Set([401, 402, 403, 429, 503])

/** Reads the answer to a submit or a probe. The 404 of a probe is a clear answer. */
export const readSignal = (answer: Answer | undefined): Signal => {
  if (answer === undefined) return { type: 'unclear' }
  const { status, headers } = answer
  if (UNAVAILABLE.has(status)) {
    const retryAfterMs = readRetryAfterMs(headers.get('retry-after'), Date.now())
    return { type: 'unavailable', retryAfterMs }
  }
  return { type: status >= 500 || (status >= 300 && status < 400) ? 'unclear' : 'clear' }
}
