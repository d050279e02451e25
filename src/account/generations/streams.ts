/** One live event stream: server-sent events from a log, then as they happen. */
import type { Feed } from './feed.ts'

/** A stream ends if its reader takes nothing for this many heartbeats. The reader can resume. */
const MAX_STALLED_BEATS = 5
const ROOM = new ByteLengthQueuingStrategy({ highWaterMark: 64 * 1024 })

const encoder = new TextEncoder()
const HEARTBEAT = encoder.encode(': heartbeat\n\n')
/** How long a client waits before it reconnects, in milliseconds. */
const RETRY_HINT = encoder.encode('retry: 1000\n\n')

/**
 * A feed's events after a sequence number, as a stream that ends after the last.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventStream {
  readonly #feed: Feed
  readonly #untilMs: number
  #sentSeq: number
  #stalledBeats = 0
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #tellEnded: (() => void) | undefined

  constructor(feed: Feed, afterSeq: number, untilMs: number) {
    this.#feed = feed
    // If `afterSeq` is past the last event, the events up to it are still sent.
    this.#sentSeq = Math.min(afterSeq, feed.lastSeq)
    this.#untilMs = untilMs
  }

  /** `tellEnded` is called once, when the stream has ended or its reader has left. */
  open(tellEnded: () => void): ReadableStream<Uint8Array> {
    this.#tellEnded = tellEnded
    const source = {
      start: (controller: ReadableStreamDefaultController<Uint8Array>) => {
        this.#controller = controller
        controller.enqueue(RETRY_HINT)
        this.#send()
      },
      pull: () => this.#send(),
      cancel: () => this.#leave(),
    }
    return new ReadableStream<Uint8Array>(source, ROOM)
  }

  wake(): void {
    if (this.#hasExpired()) this.end()
    else this.#send()
  }

  /** Only a write shows whether the client is still there. */
  beat(): void {
    if (this.#hasExpired()) this.end()
    else if (this.#hasRoom()) {
      this.#stalledBeats = 0
      this.#controller?.enqueue(HEARTBEAT)
    } else if (++this.#stalledBeats >= MAX_STALLED_BEATS) this.end()
  }

  end(): void {
    const controller = this.#controller
    this.#leave()
    controller?.close()
  }

  #send(): void {
    while (this.#hasRoom()) {
      const batch = this.#feed.after(this.#sentSeq)
      if (batch === undefined) return this.#feed.isOver ? this.end() : undefined
      // Set first, since `enqueue` may call `pull` before it returns.
      this.#sentSeq = batch.lastSeq
      if (batch.bytes.length > 0) this.#controller?.enqueue(batch.bytes)
    }
  }

  #hasRoom(): boolean {
    return (this.#controller?.desiredSize ?? 0) > 0
  }

  #hasExpired(): boolean {
    return Date.now() >= this.#untilMs
  }

  #leave(): void {
    this.#controller = undefined
    this.#tellEnded?.()
    this.#tellEnded = undefined
  }
}
