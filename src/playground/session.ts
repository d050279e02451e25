/** Opens a session with a key, and loads what the key may do and the prices. */
import { createContext } from 'preact'
import { useContext, useEffect, useMemo, useState } from 'preact/hooks'
import { createPikaClient, PikaError } from '../client/index.ts'
import type { Generation, KeyView, Models, UsageView } from '../client/index.ts'
import { tryOnce } from '../client/retry.ts'
import type { Scope } from '../contract/scope.ts'
import { explain } from './errors.ts'
import { useAnswer } from './hooks.ts'
import { type Live, useLive } from './live.ts'
import { createStore, type Store } from './store.ts'

/** How long the first render waits for its data, so that nothing moves later. */
const MAX_OPENING_MS = 3000

interface ToastOptions {
  /** Shown as a button, such as Undo. */
  readonly action?: { readonly label: string; readonly run: () => void }
  readonly forMs?: number
}

/** Calls `onRefused` when the gateway refuses the key, at once or later. */
export const useOpenSession = (apiKey: string, onRefused: () => void) => {
  const [usage, setUsage] = useState<UsageView>()
  const [toasts, setToasts] = useState<readonly (ToastOptions & { id: number; text: string })[]>([])
  const [said, announce] = useState('')
  const live = useMemo(() => connect(apiKey, onRefused), [])
  const { pika, store } = live
  const opened = useAnswer(async (signal) => {
    const init = { signal }
    // The page works without the next two, which may be late or not allowed for the key.
    const soon = AbortSignal.any([signal, AbortSignal.timeout(MAX_OPENING_MS)])
    const [me, models, usage, newest] = await Promise.all([
      once<KeyView>(() => pika.api.v1.me.$get(undefined, { init }), signal),
      once<Models>(() => pika.api.v1.models.$get(undefined, { init }), signal),
      pika.usage({ signal: soon }).catch(() => undefined),
      pika
        .list({ limit: 8, signal: soon })
        .next()
        .catch(() => undefined),
    ])
    const model = models.data[0]
    if (model === undefined) throw new Error('the gateway serves no model')
    const known = newest?.value?.data
    known?.forEach(store.put)
    setUsage(usage)
    return { me, model, isNew: known?.length === 0 }
  })
  const isStreamLost = useLive(live, opened.answer !== undefined)

  const dismiss = (id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id))
  /** Shows a message, and announces it to screen readers. */
  const toast = (text: string, options: ToastOptions = {}) => {
    const id = performance.now()
    announce(text)
    setToasts((shown) => [...shown.slice(-2), { ...options, id, text }])
    setTimeout(() => dismiss(id), options.forMs ?? 6000)
  }
  /** Explains an error. A refused key is skipped: `fetch` leads to the key field. */
  const fail = (error: unknown) => {
    const { title, text } = explain(error)
    if (!isRefusal(error)) toast(`${title}. ${text}`, { forMs: 10_000 })
  }
  const session = opened.answer && {
    pika,
    store,
    /** `me`: the key and its account. `model`: with its prices. `isNew`: nothing was ever made. */
    ...opened.answer,
    isEmulator: isOnThisMachine(opened.answer.model),
    may: (scope: Scope) => opened.answer?.me.scopes.includes(scope) === true,
    /** Undefined if the key may not read it. */
    usage,
    /** For after something was spent. The old usage stays until the new one arrives. */
    refreshUsage: () => void pika.usage().then(setUsage, () => undefined),
    /** If true, the page polls every few seconds. */
    isStreamLost,
    toasts,
    toast,
    dismiss,
    fail,
    said,
    announce,
  }
  return { session, error: isRefusal(opened.error) ? undefined : opened.error, retry: opened.again }
}

export type Session = NonNullable<ReturnType<typeof useOpenSession>['session']>

export const SessionContext = createContext({} as Session)
export const useSession = (): Session => useContext(SessionContext)

/** What `select` finds in the store. The component renders again only when it changes. */
export const useStored = <T>(select: (store: Store) => T, about: readonly unknown[] = []): T => {
  const { store } = useSession()
  const [, setSelected] = useState<T>(() => select(store))
  useEffect(() => {
    const look = () => setSelected(() => select(store))
    // It may have changed since the render.
    look()
    return store.subscribe(look)
  }, about)
  return select(store)
}

export const useGeneration = (id: string): Generation | undefined =>
  useStored((store) => store.get(id), [id])

/** Calls once: the client's helpers would retry for minutes. Throws `PikaError`. */
export const once = async <T>(call: () => Promise<Response>, signal?: AbortSignal): Promise<T> => {
  const read = async (response: Response) => (await response.json()) as T
  const { answer, refusal } = await tryOnce(signal, call, read)
  if (refusal !== undefined) throw refusal.error
  return answer
}

const isRefusal = (error: unknown): boolean =>
  error instanceof PikaError && error.code === 'unauthorized'

/** fal is never at a loopback address; its emulator always is. */
const isOnThisMachine = ({ queue_origin }: Models['data'][number]): boolean =>
  /^(localhost|127\.[\d.]+|\[::1\])$/.test(URL.parse(queue_origin)?.hostname ?? '')

/** A client that reports if any call's key is refused, and whether the stream is open. */
const connect = (apiKey: string, onRefused: () => void): Live => {
  let isConnected = false
  const watchful = async (url: string, init: RequestInit): Promise<Response> => {
    const accepts = new Headers(init.headers).get('accept')
    const isStream = accepts === 'text/event-stream' && url.includes('/v1/events')
    // The client reconnects with a new request: until its answer arrives, no stream is open.
    if (isStream) isConnected = false
    const response = await fetch(url, init)
    if (isStream) isConnected = response.ok
    if (response.status === 401) onRefused()
    return response
  }
  const pika = createPikaClient({ baseUrl: location.origin, apiKey, fetch: watchful })
  return { pika, store: createStore(), isConnected: () => isConnected }
}
