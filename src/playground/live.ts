/** Keeps the page's generations up to date: by one stream for the whole tab, or by asking. */
import type { AccountEvent, PikaClient } from '../client/index.ts'
import type { Store } from './store.ts'

/** `stream`: told as it happens. `asking`: the stream is lost, and every few seconds are asked for. */
export type Liveness = 'stream' | 'asking'

/** A page that nobody looks at, or that waits for nothing, holds no stream open. */
const IDLE_POLL_SECONDS = 15
const ASK_MS = 3000
/** After the client has given up on the stream by itself. */
const PAUSE_MS = 10_000

/** Follows the account until it is stopped. `isConnected` says whether a stream is open now. */
export const follow = (
  pika: PikaClient,
  store: Store,
  isConnected: () => boolean,
  onChange: (liveness: Liveness) => void,
) => {
  const stopped = new AbortController()
  let lastEventId: number | undefined
  let leg = new AbortController()
  let isStreaming = false

  const wantsStream = () => !document.hidden && store.open().length > 0
  const refreshOpen = () =>
    refresh(
      pika,
      store,
      store.open().map(({ id }) => id),
    )
  const take = (event: AccountEvent) => {
    lastEventId = event.id
    if (event.type === 'generation.deleted') store.drop(event.generation_id)
    else if ('generation' in event) store.put(event.generation)
  }

  const run = async () => {
    while (!stopped.signal.aborted) {
      leg = new AbortController()
      isStreaming = wantsStream()
      const signal = AbortSignal.any([leg.signal, stopped.signal])
      // What happened between two legs, of which the first had no event, nobody tells.
      if (lastEventId === undefined) void refreshOpen()
      const pollSeconds = isStreaming ? undefined : IDLE_POLL_SECONDS
      try {
        for await (const event of pika.accountEvents({ signal, lastEventId, pollSeconds })) {
          take(event)
        }
      } catch {
        if (signal.aborted) continue
        // Refused, as where events are not kept so long, or away for minutes.
        lastEventId = undefined
        await pause(PAUSE_MS, signal)
      }
    }
  }

  let wasLost = false
  const timer = setInterval(() => {
    const isLost = isStreaming && !isConnected()
    // One that only begins is not lost.
    onChange(isLost && wasLost && store.open().length > 0 ? 'asking' : 'stream')
    wasLost = isLost
    if (wantsStream() !== isStreaming) leg.abort()
    if (isLost) void refreshOpen()
  }, ASK_MS)
  const turn = () => leg.abort()
  document.addEventListener('visibilitychange', turn)
  const unsubscribe = store.subscribe('*', () => {
    if (wantsStream() && !isStreaming) leg.abort()
  })
  void run()
  return () => {
    stopped.abort()
    clearInterval(timer)
    unsubscribe()
    document.removeEventListener('visibilitychange', turn)
  }
}

/** Asks for these as they are now. What cannot be had stays as it is known. */
export const refresh = async (pika: PikaClient, store: Store, ids: readonly string[]) => {
  const signal = AbortSignal.timeout(10_000)
  await Promise.all(ids.map((id) => pika.get(id, { signal }).then(store.put, () => undefined)))
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true })
  })
