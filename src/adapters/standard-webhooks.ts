/** Sends messages, signed as in Standard Webhooks. */
import { signedHeaders } from '../contract/webhook-signature.ts'
import { type Answer, type Message, readRetryAfterMs } from '../domain/webhook/delivery.ts'
import { urlFault } from '../domain/webhook/url.ts'

const TIMEOUT_MS = 15_000
const MAX_BODY_CHARS = 500

/** One attempt to deliver a message. Never rejects, and takes at most 15 s. */
export const sendWebhook = async (
  { id, url, body, secrets, ownOrigin }: Message,
  ownOrigins: readonly string[],
): Promise<Answer> => {
  const origins = ownOrigin === null ? ownOrigins : [...ownOrigins, ownOrigin]
  if (urlFault(url, origins) !== undefined) return noAnswer('url_refused')
  const timestampSeconds = Math.floor(Date.now() / 1000)
  const headers = await signedHeaders(secrets, id, timestampSeconds, body)
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  try {
    const response = await fetch(url, { method: 'POST', redirect: 'manual', signal, body, headers })
    return {
      status: response.status,
      error: null,
      body: await beginningOf(response.body),
      retryAfterMs: readRetryAfterMs(response.headers.get('retry-after'), Date.now()),
    }
  } catch {
    return noAnswer(signal.aborted ? 'timed_out' : 'unreachable')
  }
}

export const noAnswer = (error: NonNullable<Answer['error']>): Answer => ({
  status: null,
  error,
  body: '',
  retryAfterMs: null,
})

/** The beginning of an answer's body, which a log may show. The rest is not read. */
const beginningOf = async (body: ReadableStream<Uint8Array> | null): Promise<string> => {
  const reader = body?.getReader()
  if (reader === undefined) return ''
  try {
    const { value } = await reader.read()
    return new TextDecoder().decode(value?.subarray(0, 4 * MAX_BODY_CHARS)).slice(0, MAX_BODY_CHARS)
  } catch {
    return ''
  } finally {
    void reader.cancel().catch(() => undefined)
  }
}
