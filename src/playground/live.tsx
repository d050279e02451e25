/** Keeps the page's generations up to date, through one stream for the whole tab or by polling. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { sleep } from '../client/patience.ts'
import { useInterval } from './hooks.ts'
import { useSession } from './session.ts'

/** A hidden page, or one that waits for nothing, polls and holds no stream open. */
const IDLE_POLL_SECONDS = 15
const ASK_MS = 3000
/** How long to pause after the client has given up on the stream. */
const PAUSE_MS = 10_000

/** Follows the account. Shows nothing, except that the stream is lost and the page polls instead. */
export const Live = () => {
  const { pika, store, isConnected } = useSession()
  const [isHidden, setHidden] = useState(document.hidden)
  const [misses, setMisses] = useState(0)
  const lastEventId = useRef<number>(undefined)
  const isStreaming = store.open().length > 0 && !isHidden
  useEffect(() => {
    const look = () => setHidden(document.hidden)
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [])

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
    const leg = new AbortController()
    setMisses(0)
    follow(leg.signal).catch(() => undefined)
    return () => leg.abort()
  }, [isStreaming])

  const look = () => {
    setMisses((misses) => (isConnected() ? 0 : misses + 1))
    if (!isConnected()) refreshOpen()
  }
  useInterval(look, isStreaming ? ASK_MS : undefined)
  // A stream that has only begun is not lost.
  if (!isStreaming || misses < 2) return null
  return (
    <p class="toast" role="status">
      The live stream is cut off. The page asks every few seconds until it is back.
    </p>
  )
}
