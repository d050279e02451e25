/** Follows a stream of numbered events. Reconnects when the connection breaks. */
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import type { Connection, Path } from './connection.ts'
import { networkError, type PikaError } from './error.ts'
import { backOffMs, sleep, within } from './patience.ts'
import { tryOnce } from './retry.ts'

/** The gateway sends a heartbeat every 12 s: a stream that misses two is dead. */
const MAX_SILENCE_MS = 30_000
/** After the last event, the gateway closes the stream at once, but a proxy may not. */
const MAX_SILENCE_AT_END_MS = 1000
const FIRST_WAIT_MS = 1000
/** A stream that lasted this long was cut on the way, which happens, and did not fail. */
const LONG_ENOUGH_MS = 10_000
/** About two and a half minutes of waits. */
const MAX_FAILURES_IN_A_ROW = 10
/** Far above any event: longer input is not an event stream. */
const MAX_EVENT_CHARS = 1_000_000

type Cut = { readonly error: PikaError; readonly waitMs?: number | undefined }

/** A stream of numbered events, and which of them is the last. */
interface Followed<E> {
  readonly path: Path
  readonly query?: object
  readonly lastEventId: number
  readonly isLast: (event: E) => boolean
}

/** Yields each event once and in order, over as many connections as it takes. */
export async function* follow<E extends { readonly id: number }>(
  { call }: Connection,
  { path, query, lastEventId, isLast }: Followed<E>,
  signal: AbortSignal | undefined,
): AsyncGenerator<E, void, undefined> {
  let lastSeen = lastEventId
  let atEnd = false
  let failuresInARow = 0
  let retryHintMs = FIRST_WAIT_MS

  /** Yields one connection's events. Returns what cut it, or undefined if no events can follow. */
  async function* readOnce(): AsyncGenerator<E, Cut | undefined, undefined> {
    const headers = { accept: 'text/event-stream', 'last-event-id': String(lastSeen) }
    const opened = await tryOnce(
      signal,
      () => call('GET', path, { headers, query, signal }),
      async (response) => response,
    )
    if (opened.refusal !== undefined) {
      const { error, canRetry, retryAfterMs } = opened.refusal
      if (canRetry) return { error, waitMs: retryAfterMs }
      throw error
    }
    const { status, body } = opened.answer
    if (status === 204 || body === null) return undefined
    try {
      const openedAtMs = Date.now()
      for await (const { data } of readMessages(body)) {
        const event: E = JSON.parse(data)
        failuresInARow = 0
        // After a reconnect, an event may come again.
        if (event.id <= lastSeen) continue
        lastSeen = event.id
        atEnd ||= isLast(event)
        yield event
      }
      if (Date.now() - openedAtMs >= LONG_ENOUGH_MS) failuresInARow = 0
      return { error: networkError('the stream ended early') }
    } catch (error) {
      signal?.throwIfAborted()
      return { error: networkError(error) }
    }
  }

  /**
   * Yields messages as they arrive. Throws if the stream breaks or falls silent, and the signal's
   * reason if it aborts. Ending the iteration cancels the stream.
   *
   * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
   */
  async function* readMessages(body: ReadableStream<Uint8Array>) {
    const arrived: EventSourceMessage[] = []
    const parser = createParser({
      onEvent: (message) => arrived.push(message),
      onRetry: (ms) => (retryHintMs = ms),
      maxBufferSize: MAX_EVENT_CHARS,
    })
    const decoder = new TextDecoder()
    const reader = body.getReader()
    try {
      for (;;) {
        const maxSilenceMs = atEnd ? MAX_SILENCE_AT_END_MS : MAX_SILENCE_MS
        const part = await within(maxSilenceMs, signal, reader.read())
        if (part.done) return
        parser.feed(decoder.decode(part.value, { stream: true }))
        yield* arrived.splice(0)
      }
    } finally {
      // A stream that is already broken cannot be canceled.
      await reader.cancel().catch(() => undefined)
    }
  }

  for (;;) {
    signal?.throwIfAborted()
    const cut = yield* readOnce()
    if (atEnd || cut === undefined) return
    failuresInARow++
    if (failuresInARow >= MAX_FAILURES_IN_A_ROW) throw cut.error
    await sleep(cut.waitMs ?? backOffMs(failuresInARow, retryHintMs), signal)
  }
}
