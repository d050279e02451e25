/** Keeps the page's generations up to date: by one stream for the whole tab, or by asking. */
import type { Generation, PikaClient } from '../client/index.ts'
import type { Store } from './store.ts'

/** `stream`: told as it happens. `asking`: the stream is lost, and every few seconds are asked for. */
export type Liveness = 'stream' | 'asking'

interface AccountEvent {
  readonly id: number
  readonly type: string
  readonly generation_id: string
  readonly generation?: Generation
}

/** A page that nobody looks at, or that waits for nothing, holds no stream open. */
const IDLE_POLL_SECONDS = 15
const ASK_MS = 3000

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
  const take = ({ id, type, generation_id, generation }: AccountEvent) => {
    lastEventId = id
    if (type === 'generation.deleted') store.drop(generation_id)
    else if (generation !== undefined) store.put(generation)
  }

  const run = async () => {
    while (!stopped.signal.aborted) {
      leg = new AbortController()
      isStreaming = wantsStream()
      const events = eventsOf(pika)({
        signal: AbortSignal.any([leg.signal, stopped.signal]),
        ...(lastEventId === undefined ? {} : { lastEventId }),
        ...(isStreaming ? {} : { pollSeconds: IDLE_POLL_SECONDS }),
      })
      try {
        for await (const event of events) take(event)
      } catch {
        // Refused, or away for minutes: what is open is asked for meanwhile.
        if (!leg.signal.aborted) await pause(10_000, stopped.signal)
      }
    }
  }

  const ask = async () => {
    const isLost = isStreaming && !isConnected()
    onChange(isLost ? 'asking' : 'stream')
    if (wantsStream() !== isStreaming) leg.abort()
    if (isLost && !document.hidden) await refresh(pika, store, store.open().map(({ id }) => id))
  }
  const timer = setInterval(() => void ask(), ASK_MS)
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

interface Options {
  readonly signal: AbortSignal
  readonly lastEventId?: number
  readonly pollSeconds?: number
}

/** The client's own events of the account; until it has them, none come, and all is asked for. */
const eventsOf = (pika: PikaClient): ((options: Options) => AsyncIterable<AccountEvent>) => {
  const known = pika as { accountEvents?: (options: Options) => AsyncIterable<AccountEvent> }
  return (
    known.accountEvents ??
    async function* ({ signal }) {
      await pause(3_600_000, signal)
    }
  )
}
