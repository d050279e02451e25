/** Reads the messages of one event stream. */
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { within } from './patience.ts'

/** Far above any event: longer input is not an event stream. */
const MAX_EVENT_CHARS = 1_000_000

export interface StreamOptions {
  readonly signal: AbortSignal | undefined
  /** How long the stream may now be silent before it counts as dead. */
  readonly maxSilenceMs: () => number
  /** Gets the time that the server asks clients to wait before they reconnect. */
  readonly onRetryHint: (ms: number) => void
}

/**
 * Yields messages as they arrive. Throws if the stream breaks or falls silent, and the signal's
 * reason if it aborts. Ending the iteration cancels the stream.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function* readEventStream(
  body: ReadableStream<Uint8Array>,
  { signal, maxSilenceMs, onRetryHint }: StreamOptions,
): AsyncGenerator<EventSourceMessage, void, undefined> {
  const arrived: EventSourceMessage[] = []
  const parser = createParser({
    onEvent: (message) => arrived.push(message),
    onRetry: onRetryHint,
    maxBufferSize: MAX_EVENT_CHARS,
  })
  const decoder = new TextDecoder()
  const reader = body.getReader()
  try {
    for (;;) {
      const part = await within(maxSilenceMs(), signal, reader.read())
      if (part.done) return
      parser.feed(decoder.decode(part.value, { stream: true }))
      yield* arrived.splice(0)
    }
  } finally {
    // A stream that is already broken cannot be canceled.
    await reader.cancel().catch(() => undefined)
  }
}
