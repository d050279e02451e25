/** Keeps the page's generations up to date, through one stream for the whole tab or by polling. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { PikaClient } from '../client/index.ts'
import { sleep } from '../client/patience.ts'
import { useInterval } from './hooks.ts'
import type { Store } from './store.ts'

/** A hidden page, or one that waits for nothing, polls and holds no stream open. */
const IDLE_POLL_SECONDS = 15
const ASK_MS = 3000
/** How long to pause after the client has given up on the stream. */
const PAUSE_MS = 10_000

export interface Live {
  readonly pika: PikaClient
  readonly store: Store
  readonly isConnected: () => boolean
}

/** Follows the account once `isReady`. True while the stream is lost and the page polls instead. */
export const useLive = ({ pika, store, isConnected }: Live, isReady: boolean): boolean => {
  const wantsStream = () => isReady && !document.hidden && store.open().length > 0
  const [isStreaming, setStreaming] = useState(wantsStream)
  const [misses, setMisses] = useState(0)
  const lastEventId = useRef<number>(undefined)
  const refreshOpen = () => {
    for (const { id } of store.open()) {
      pika.get(id, { signal: AbortSignal.timeout(10_000) }).then(store.put, () => undefined)
    }
  }

  const follow = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      // Without a last event, what happened before this attempt would be missed.
      if (lastEventId.current === undefined) refreshOpen()
      const pollSeconds = isStreaming ? undefined : IDLE_POLL_SECONDS
      const options = { signal, lastEventId: lastEventId.current, pollSeconds }
      try {
        for await (const event of pika.accountEvents(options)) {
          lastEventId.current = event.id
          if (event.type === 'generation.deleted') store.drop(event.generation_id)
          else if ('generation' in event) store.put(event.generation)
        }
      } catch {
        // The gateway refused, such as a last event that is too old, or was away for minutes.
        if (!signal.aborted) lastEventId.current = undefined
        await sleep(PAUSE_MS, signal)
      }
    }
  }
  useEffect(() => {
    const turn = () => setStreaming(wantsStream())
    turn()
    document.addEventListener('visibilitychange', turn)
    const unsubscribe = store.subscribe(turn)
    return () => {
      unsubscribe()
      document.removeEventListener('visibilitychange', turn)
    }
  }, [isReady])
  useEffect(() => {
    if (!isReady) return
    const leg = new AbortController()
    setMisses(0)
    follow(leg.signal).catch(() => undefined)
    return () => leg.abort()
  }, [isReady, isStreaming])

  const look = () => {
    setMisses((misses) => (isConnected() ? 0 : misses + 1))
    if (!isConnected()) refreshOpen()
  }
  useInterval(look, ASK_MS, isStreaming)
  // A stream that has only begun is not lost.
  return isStreaming && misses > 1
}
