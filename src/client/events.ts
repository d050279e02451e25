/** Follows numbered events. Reconnects when the connection breaks. */
import type { GenerationEvent } from '../contract/events.ts'
import { isFinal } from '../contract/status.ts'
import { networkError } from './answer.ts'
import { type Call, pathTo } from './connection.ts'
import type { PikaError } from './error.ts'
import { readEventStream } from './event-stream.ts'
import { backOffMs, sleep } from './patience.ts'
import { tryOnce } from './retry.ts'

/** Options of `PikaClient.events`. */
export interface EventsOptions {
  /** Ends the iteration by throwing the signal's reason. It cancels nothing at the gateway. */
  readonly signal?: AbortSignal | undefined
  /** The number of the last event already seen. Default: 0, which starts at the first event. */
  readonly lastEventId?: number | undefined
}

/** The gateway sends a heartbeat every 12 s: a stream that misses two is dead. */
const MAX_SILENCE_MS = 30_000
/** After the last event, the gateway closes the stream at once, but a proxy may not. */
const MAX_SILENCE_AT_END_MS = 1000
const FIRST_WAIT_MS = 1000
/** A stream that lasted this long was cut on the way, which happens, and did not fail. */
const LONG_ENOUGH_MS = 10_000
/** About two and a half minutes of waits. */
const MAX_FAILURES_IN_A_ROW = 10

/** A reader's progress over all its connections. */
interface Progress {
  lastSeen: number
  atEnd: boolean
  failuresInARow: number
  retryHintMs: number
}

type Cut = { readonly error: PikaError; readonly waitMs?: number | undefined }

/** A stream of numbered events, and which of them is the last. */
interface Followed<E> {
  readonly path: string
  readonly lastEventId: number
  readonly isLast: (event: E) => boolean
}

/** @see `PikaClient.events` */
export const followEvents = (
  call: Call,
  id: string,
  { signal, lastEventId = 0 }: EventsOptions = {},
): AsyncGenerator<GenerationEvent, void, undefined> => {
  const path = pathTo('generations', id, 'events')
  const isLast = (event: GenerationEvent) =>
    'generation' in event && isFinal(event.generation.status)
  return follow<GenerationEvent>(call, { path, lastEventId, isLast }, signal)
}

/** Yields each event once and in order, over as many connections as it takes. */
export async function* follow<E extends { readonly id: number }>(
  call: Call,
  followed: Followed<E>,
  signal: AbortSignal | undefined,
): AsyncGenerator<E, void, undefined> {
  const progress: Progress = {
    lastSeen: followed.lastEventId,
    atEnd: false,
    failuresInARow: 0,
    retryHintMs: FIRST_WAIT_MS,
  }
  for (;;) {
    signal?.throwIfAborted()
    const cut = yield* readOnce(call, followed, progress, signal)
    if (progress.atEnd || cut === undefined) return
    progress.failuresInARow++
    if (progress.failuresInARow >= MAX_FAILURES_IN_A_ROW) throw cut.error
    await sleep(cut.waitMs ?? backOffMs(progress.failuresInARow, progress.retryHintMs), signal)
  }
}

/** Yields one connection's events. Returns what cut it, or undefined if no events can follow. */
async function* readOnce<E extends { readonly id: number }>(
  call: Call,
  { path, isLast }: Followed<E>,
  progress: Progress,
  signal: AbortSignal | undefined,
): AsyncGenerator<E, Cut | undefined, undefined> {
  const asked = { accept: 'text/event-stream', 'last-event-id': String(progress.lastSeen) }
  const opened = await tryOnce(
    signal,
    () => call(path, { headers: asked, signal }),
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
    const messages = readEventStream(body, {
      signal,
      maxSilenceMs: () => (progress.atEnd ? MAX_SILENCE_AT_END_MS : MAX_SILENCE_MS),
      onRetryHint: (ms) => {
        progress.retryHintMs = ms
      },
    })
    for await (const { data } of messages) {
      const event: E = JSON.parse(data)
      progress.failuresInARow = 0
      // After a reconnect, an event may come again.
      if (event.id <= progress.lastSeen) continue
      progress.lastSeen = event.id
      progress.atEnd ||= isLast(event)
      yield event
    }
    if (Date.now() - openedAtMs >= LONG_ENOUGH_MS) progress.failuresInARow = 0
    return { error: networkError('the stream ended early') }
  } catch (error) {
    signal?.throwIfAborted()
    return { error: networkError(error) }
  }
}
