/** Live event streams: server-sent events from a generation's log, then as they happen. */
import { endsStream, renderEvent, type StoredEvent } from '../../domain/generation/event.ts'
import { falStreamed } from '../../domain/generation/fal-view.ts'
import { isFinal } from '../../contract/status.ts'
import type { GenerationRecord } from '../../domain/generation/generation.ts'
import type { Listeners } from './listeners.ts'
import type { Store } from './store.ts'

/** A write is the only way to notice that a client has gone, so one goes out at least this often. */
const HEARTBEAT_MS = 12_000
/** Events read from the log at a time: a slow reader's backlog stays in the log, not in memory. */
const BATCH = 32
/** A reader that takes nothing for this many heartbeats is let go; it resumes where it was. */
const MAX_STALLED_BEATS = 5
const BUFFER_BYTES = 64 * 1024

const encoder = new TextEncoder()
const HEARTBEAT = encoder.encode(': heartbeat\n\n')
/** How long a client waits before it comes back after a cut, in milliseconds. */
const RETRY_HINT = encoder.encode('retry: 1000\n\n')

/** Writes an event for the reader of a stream; undefined where that reader has no use for it. */
export type Encode = (event: StoredEvent, current: GenerationRecord) => Uint8Array | undefined

/** One event in the event stream format, after a line of its id and one of its name. */
export const encodeEvent: Encode = (event, current) => {
  const data = JSON.stringify(renderEvent(event, current))
  return encoder.encode(`id: ${event.seq}\nevent: ${event.type}\ndata: ${data}\n\n`)
}

/** The same as fal's own status stream has it: unnumbered, each line a status. */
export const encodeForFal =
  (logs: boolean): Encode =>
  (event, current) => {
    if (event.type === 'generation.log' && !logs) return undefined
    const status = falStreamed(event, current)
    return status && encoder.encode(`data: ${JSON.stringify(status)}\n\n`)
  }

/** Who reads a stream, as far as that ends it. */
export interface StreamReader {
  /** When the reader's key expires. */
  readonly untilMs: number
  /** Hands out how to close the stream from outside; what comes back is called once it is closed. */
  readonly register: (close: () => void) => () => void
}

/**
 * A generation's events after `afterSeq`, as a stream that ends after the last one.
 * Undefined where they have all been seen and none can follow.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export const openStream = (
  store: Store,
  listeners: Listeners,
  id: string,
  afterSeq: number,
  encode: Encode,
  reader: StreamReader,
): ReadableStream<Uint8Array> | undefined => {
  const first = store.read(id)?.record
  if (first === undefined) return undefined
  const lastSeq = store.lastSeq(id)
  if (isFinal(first.status) && lastSeq <= afterSeq) return undefined

  // Whoever claims to have seen what is yet to come must still hear of it.
  let sentSeq = Math.min(afterSeq, lastSeq)
  let stalledBeats = 0
  let ended = false
  let stop = (): void => undefined
  let resume = (): void => undefined

  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const end = (): void => {
          if (ended) return
          stop()
          controller.close()
        }
        const hasRoom = (): boolean => (controller.desiredSize ?? 0) > 0
        const send = (events: readonly StoredEvent[], record: GenerationRecord): void => {
          for (const event of events) {
            if (ended || event.seq !== sentSeq + 1) continue
            // Counted first: to enqueue may call `pull` before it returns.
            sentSeq = event.seq
            const bytes = encode(event, record)
            if (bytes !== undefined) controller.enqueue(bytes)
          }
        }
        /** Sends what the log holds, as far as the reader has room. */
        const catchUp = (): void => {
          const record = store.read(id)?.record
          while (record !== undefined && !ended && hasRoom()) {
            const events = store.events(id, sentSeq, BATCH)
            const last = events.at(-1)
            if (last === undefined) return isFinal(record.status) ? end() : undefined
            send(events, record)
          }
          if (record === undefined) end()
        }
        const isOver = (): boolean => Date.now() >= reader.untilMs
        const beat = setInterval(() => {
          if (isOver()) end()
          else if (hasRoom()) {
            stalledBeats = 0
            controller.enqueue(HEARTBEAT)
          } else if (++stalledBeats >= MAX_STALLED_BEATS) end()
        }, HEARTBEAT_MS)
        const unlisten = listeners.listen(id, ({ after, events }) => {
          if (isOver()) return end()
          const next = events[0]
          if (!hasRoom()) return
          if (next?.seq !== sentSeq + 1) return catchUp()
          send(events, after)
          if (events.some(endsStream)) end()
        })
        const forget = reader.register(end)
        stop = () => {
          ended = true
          forget()
          clearInterval(beat)
          unlisten()
        }
        resume = catchUp
        controller.enqueue(RETRY_HINT)
        catchUp()
      },
      pull: () => resume(),
      cancel: () => stop(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: BUFFER_BYTES }),
  )
}
