/** fal's queue, through `@fal-ai/client`: each call here sends at most one HTTP request. */
import { createFalClient, type FalClient } from '@fal-ai/client'
import type { NormalisedInput } from '../contract/input.ts'
import { MODEL } from '../contract/model.ts'
import type { Signal } from '../domain/breaker.ts'
import { SUBMIT_TIMEOUT_MS } from '../domain/generation/deadlines.ts'
import { readText } from './body.ts'
import type { Answer, SubmitAnswer } from './fal-answers.ts'
import { readCancel, readResult, readSignal, readStatus, readSubmit } from './fal-answers.ts'

interface SubmitOptions {
  readonly startTimeoutSeconds: number
  /** The URL that fal reports the end to; absent if the gateway has no public address. */
  readonly webhookUrl?: string | undefined
}

/** What an answer says about fal itself, besides the request. */
export interface Heard {
  readonly signal: Signal
}

export type FalQueue = ReturnType<typeof createFalQueue>

interface FalQueueOptions {
  /** The queue's URL: fal's own origin, or another that answers like it. */
  readonly queueUrl: string
  readonly credentials: string
  readonly fetch?: typeof fetch
}

/** The client writes this origin into every URL; it is replaced before sending. */
const CLIENT_ORIGIN = 'https://queue.fal.run'
const LOOK_TIMEOUT_MS = 15_000
/** The nil UUID, which fal gives to no request. */
const NO_SUCH_REQUEST = '00000000-0000-0000-0000-000000000000'
/** fal's answers have a few kilobytes. A longer one is discarded, mostly unread. */
const MAX_ANSWER_BYTES = 1024 * 1024
/** A plain string: the literal type would pull fal's whole endpoint map into every type check. */
const ENDPOINT: string = MODEL

/** Ends the client's call once the answer is here, in a form that the client never retries. */
class AnswerTaken extends Error {
  override readonly name = 'AbortError'
}

/**
 * The queue at `queueUrl`. The key is sent only to that origin: redirects are not followed, and
 * URLs in fal's answers are not used.
 *
 * The client would repeat a paid POST after a 429, 502, 503 or 504, and no option prevents that. So
 * its `fetch` keeps the answer, then ends the call with an error that the client does not retry.
 */
export const createFalQueue = (options: FalQueueOptions) => {
  const send = options.fetch ?? ((input, init) => fetch(input, init))

  const call = async (
    run: (queue: FalClient['queue']) => Promise<unknown>,
    timeoutMs = LOOK_TIMEOUT_MS,
  ): Promise<Answer | undefined> => {
    let answer: Answer | undefined
    let sent = false
    // Not `AbortSignal.timeout`: its timer would keep the object awake long after the answer.
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(), timeoutMs)
    const client = createFalClient({
      credentials: options.credentials,
      fetch: async (url, init) => {
        if (sent) throw new AnswerTaken()
        sent = true
        const request = { ...init, redirect: 'manual', signal: patience.signal } as const
        // A lost connection is not rethrown: the client would wait a second to send again.
        answer = await send(onQueue(url, options.queueUrl), request)
          .then(take)
          .catch(() => undefined)
        throw new AnswerTaken()
      },
      // The warning is about credentials in a browser, which this is not.
      suppressLocalCredentialsWarning: true,
    })
    // Errors do not matter here, only whether an answer came.
    await run(client.queue).catch(() => undefined)
    clearTimeout(timer)
    return answer
  }

  return {
    /** Sends exactly one POST. Never throws: an answer that proves nothing is `unknown`. */
    submit: async (
      input: NormalisedInput,
      { startTimeoutSeconds, webhookUrl }: SubmitOptions,
    ): Promise<SubmitAnswer & Heard> => {
      const options = {
        input,
        startTimeout: startTimeoutSeconds,
        // The client itself sends only the old name of this header.
        headers: { 'x-fal-request-start-timeout': String(startTimeoutSeconds) },
        ...(webhookUrl === undefined ? {} : { webhookUrl }),
      }
      const answer = await call((queue) => queue.submit(ENDPOINT, options), SUBMIT_TIMEOUT_MS)
      return { ...readSubmit(answer), signal: readSignal(answer) }
    },
    /** Asks whether fal answers at all, about a request that does not exist: that costs nothing. */
    probe: async () =>
      readSignal(await call((queue) => queue.status(ENDPOINT, { requestId: NO_SUCH_REQUEST }))),
    status: async (requestId: string, { logs }: { readonly logs: boolean }) =>
      readStatus(await call((queue) => queue.status(ENDPOINT, { requestId, logs }))),
    result: async (requestId: string, { saysFailed }: { readonly saysFailed: boolean }) =>
      readResult(await call((queue) => queue.result(ENDPOINT, { requestId })), saysFailed),
    cancel: async (requestId: string) =>
      readCancel(await call((queue) => queue.cancel(ENDPOINT, { requestId }))),
  }
}

/** The whole answer; undefined if its body is too long. */
const take = async (response: Response): Promise<Answer | undefined> => {
  const { status, headers, body } = response
  const text = await readText(body, MAX_ANSWER_BYTES)
  return text === null ? undefined : { status, headers, text }
}

const onQueue = (requested: string | URL | Request, queueUrl: string): string => {
  const url = new URL(requested instanceof Request ? requested.url : requested)
  if (url.origin !== CLIENT_ORIGIN) throw new AnswerTaken()
  return queueUrl.replace(/\/$/, '') + url.pathname + url.search
}
