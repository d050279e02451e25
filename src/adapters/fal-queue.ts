/** fal's queue, spoken to through `@fal-ai/client`: one call here is at most one request on the wire. */
import { createFalClient, type FalClient } from '@fal-ai/client'
import type { NormalisedInput } from '../contract/input.ts'
import { MODEL } from '../contract/model.ts'
import type { Signal } from '../domain/breaker.ts'
import { SUBMIT_TIMEOUT_MS } from '../domain/generation/deadlines.ts'
import { readAtMost } from './body.ts'
import {
  type Answer,
  type CancelAnswer,
  readCancel,
  readResult,
  readStatus,
  readSubmit,
  type ResultAnswer,
  type StatusAnswer,
  type SubmitAnswer,
} from './fal-answers.ts'
import { readSignal } from './fal-signal.ts'

export interface SubmitOptions {
  readonly startTimeoutSeconds: number
  /** Where fal reports the end; absent if the gateway has no public address. */
  readonly webhookUrl?: string | undefined
}

/** Beside what became of a request, what its answer says of fal. */
export interface Heard {
  readonly signal: Signal
}

export interface FalQueue {
  /** Sends exactly one POST. Never throws: what proves nothing is `unknown`. */
  submit(input: NormalisedInput, options: SubmitOptions): Promise<SubmitAnswer & Heard>
  /** Asks whether fal answers at all, about a request that there is not: that costs nothing. */
  probe(): Promise<Signal>
  status(requestId: string, options: { readonly logs: boolean }): Promise<StatusAnswer>
  result(requestId: string, options: { readonly saysFailed: boolean }): Promise<ResultAnswer>
  cancel(requestId: string): Promise<CancelAnswer>
}

export interface FalQueueOptions {
  /** Where the queue is: fal's own origin, or another that answers like it. */
  readonly queueUrl: string
  readonly credentials: string
  readonly fetch?: typeof fetch
}

/** The origin that the client writes into every URL, replaced before anything is sent. */
const CLIENT_ORIGIN = 'https://queue.fal.run'
const LOOK_TIMEOUT_MS = 15_000
/** The nil UUID, which fal gives to nobody. */
const NO_SUCH_REQUEST = '00000000-0000-0000-0000-000000000000'
/** Its answers have a few kilobytes; of a longer one nothing is believed, and little is read. */
const MAX_ANSWER_BYTES = 1024 * 1024
/** Named as a plain string: the literal would pull fal's whole endpoint map into every check. */
const ENDPOINT: string = MODEL

/** Ends the client's part once the answer is in hand, in a shape that it never retries. */
class AnswerTaken extends Error {
  override readonly name = 'AbortError'
}

/**
 * The queue behind `queueUrl`. The key is only ever sent to that origin: redirects
 * are not followed and URLs that fal answers are not used.
 *
 * The client would send a paid POST again after a 429, 502, 503 or 504, and no
 * option of it stops that. So its `fetch` keeps the answer and then ends the
 * call with an error that it does not retry.
 */
export const createFalQueue = (options: FalQueueOptions): FalQueue => {
  const send = options.fetch ?? ((input, init) => fetch(input, init))

  const call = async (
    timeoutMs: number,
    run: (queue: FalClient['queue']) => Promise<unknown>,
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
      // The client asks for this even though nothing it would do is wanted.
      suppressLocalCredentialsWarning: true,
    })
    // Whatever is thrown, what counts is whether an answer came.
    await run(client.queue).catch(() => undefined)
    clearTimeout(timer)
    return answer
  }

  const look = async (run: Parameters<typeof call>[1]) => call(LOOK_TIMEOUT_MS, run)

  return {
    submit: async (input, { startTimeoutSeconds, webhookUrl }) => {
      const answer = await call(SUBMIT_TIMEOUT_MS, (queue) =>
        queue.submit(ENDPOINT, {
          input,
          startTimeout: startTimeoutSeconds,
          // The client still sends the old name of this header alone.
          headers: { 'x-fal-request-start-timeout': String(startTimeoutSeconds) },
          ...(webhookUrl === undefined ? {} : { webhookUrl }),
        }),
      )
      return { ...readSubmit(answer), signal: readSignal(answer) }
    },
    probe: async () =>
      readSignal(await look((queue) => queue.status(ENDPOINT, { requestId: NO_SUCH_REQUEST }))),
    status: async (requestId, { logs }) =>
      readStatus(await look((queue) => queue.status(ENDPOINT, { requestId, logs }))),
    result: async (requestId, { saysFailed }) =>
      readResult(await look((queue) => queue.result(ENDPOINT, { requestId })), saysFailed),
    cancel: async (requestId) =>
      readCancel(await look((queue) => queue.cancel(ENDPOINT, { requestId }))),
  }
}

/** The whole answer, read to its end; undefined if it has none that is worth waiting for. */
const take = async (response: Response): Promise<Answer | undefined> => {
  const { status, headers, body } = response
  const bytes = await readAtMost(body, MAX_ANSWER_BYTES)
  return bytes === null ? undefined : { status, headers, text: new TextDecoder().decode(bytes) }
}

const onQueue = (requested: string | URL | Request, queueUrl: string): string => {
  const url = new URL(requested instanceof Request ? requested.url : requested)
  if (url.origin !== CLIENT_ORIGIN) throw new AnswerTaken()
  return queueUrl.replace(/\/$/, '') + url.pathname + url.search
}
