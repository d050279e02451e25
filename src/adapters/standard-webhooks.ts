/**
 * Sends messages signed as Standard Webhooks has it.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { type Answer, readRetryAfterMs } from '../domain/webhook/delivery.ts'
import { type Message, signedContent } from '../domain/webhook/message.ts'
import { urlFault } from '../domain/webhook/url.ts'

const TIMEOUT_MS = 15_000
const MAX_BODY_CHARS = 500

const encoder = new TextEncoder()

/** One attempt to deliver a message. Never rejects, and takes 15 s at most. */
export const sendWebhook = async (
  { id, url, body, secrets, ownOrigin }: Message,
  ownOrigins: readonly string[],
): Promise<Answer> => {
  const origins = ownOrigin === null ? ownOrigins : [...ownOrigins, ownOrigin]
  if (urlFault(url, { ownOrigins: origins }) !== undefined) return noAnswer('url_refused')
  const timestampSeconds = Math.floor(Date.now() / 1000)
  const content = signedContent(id, timestampSeconds, body)
  const signatures = await Promise.all(secrets.map((secret) => sign(secret, content)))
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal,
      body,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'pika-edge',
        'webhook-id': id,
        'webhook-timestamp': String(timestampSeconds),
        'webhook-signature': signatures.join(' '),
      },
    })
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

/** What a log may show of an answer: a body without end is not read on. */
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

const sign = async (secret: string, content: string): Promise<string> => {
  const bytes = Uint8Array.from(atob(secret.replace(/^whsec_/, '')), (char) => char.charCodeAt(0))
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign'])
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(content)))
  return `v1,${btoa(String.fromCharCode(...mac))}`
}
