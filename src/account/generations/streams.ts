/** One live event stream: server-sent events from a log, then as they happen. */
import type { Feed } from './feed.ts'

/** A stream ends if its reader takes nothing for this many heartbeats. The reader can resume. */
const MAX_STALLED_BEATS = 5
const ROOM = new ByteLengthQueuingStrategy({ highWaterMark: 64 * 1024 })

const encoder = new TextEncoder()
const HEARTBEAT = encoder.encode(': heartbeat\n\n')
/** How long a client waits before it reconnects, in milliseconds. */
const RETRY_HINT = encoder.encode('retry: 1000\n\n')

export type EventStream = ReturnType<typeof createEventStream>

/**
 * A feed's events after a sequence number, as a stream that ends after the last.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export const createEventStream = (
  feed: Pick<Feed, 'after' | 'lastSeq' | 'isOver'>,
  afterSeq: number,
  untilMs: number,
) => {
  // If `afterSeq` is past the last event, the events up to it are still sent.
  let sentSeq = Math.min(afterSeq, feed.lastSeq())
  let stalledBeats = 0
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let tellEnded: (() => void) | undefined

  const hasRoom = (): boolean => (controller?.desiredSize ?? 0) > 0
  const hasExpired = (): boolean => Date.now() >= untilMs

  const leave = (): void => {
    controller = undefined
    tellEnded?.()
    tellEnded = undefined
  }

  const end = (): void => {
    const ending = controller
    leave()
    ending?.close()
  }

  const send = (): void => {
    while (hasRoom()) {
      const batch = feed.after(sentSeq)
      if (batch === undefined) return feed.isOver() ? end() : undefined
      // Set first, since `enqueue` may call `pull` before it returns.
      sentSeq = batch.lastSeq
      if (batch.bytes.length > 0) controller?.enqueue(batch.bytes)
    }
  }

  return {
    /** `whenEnded` is called once, when the stream has ended or its reader has left. */
    open: (whenEnded: () => void): ReadableStream<Uint8Array> => {
      tellEnded = whenEnded
      const start = (started: ReadableStreamDefaultController<Uint8Array>) => {
        controller = started
        controller.enqueue(RETRY_HINT)
        send()
      }
      return new ReadableStream<Uint8Array>({ start, pull: send, cancel: leave }, ROOM)
    },
    wake: () => (hasExpired() ? end() : send()),
    /** Only a write shows whether the client is still there. */
    beat: (): void => {
      if (hasExpired()) end()
      else if (hasRoom()) {
        stalledBeats = 0
        controller?.enqueue(HEARTBEAT)
      } else if (++stalledBeats >= MAX_STALLED_BEATS) end()
    },
    end,
  }
}
