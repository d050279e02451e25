/** Keeps the page's generations up to date: by one stream for the whole tab, or by asking. */
import type { AccountEvent, PikaClient } from '../client/index.ts'
import { sleep } from '../client/patience.ts'
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
  const refreshOpen = () => store.open().forEach(({ id }) => void refresh(pika, store, id))
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
      if (lastEventId === undefined) refreshOpen()
      const pollSeconds = isStreaming ? undefined : IDLE_POLL_SECONDS
      try {
        for await (const event of pika.accountEvents({ signal, lastEventId, pollSeconds })) {
          take(event)
        }
      } catch {
        if (signal.aborted) continue
        // Refused, as where events are not kept so long, or away for minutes.
        lastEventId = undefined
        await sleep(PAUSE_MS, signal).catch(() => undefined)
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
    if (isLost) refreshOpen()
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

/** Asks for it as it is now. If that fails, it stays as it is known. */
export const refresh = (pika: PikaClient, store: Store, id: string): Promise<void> =>
  pika.get(id, { signal: AbortSignal.timeout(10_000) }).then(store.put, () => undefined)
