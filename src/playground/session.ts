/** Opens a session with a key: who it is, what it may ask for, and what that costs. */
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

/** The page is drawn once, with all that it shows at first: nothing moves. */
const MAX_OPENING_MS = 3000

interface ToastOptions {
  /** Shown as a button, such as Undo. */
  readonly action?: { readonly label: string; readonly run: () => void }
  readonly forMs?: number
}

/** `onRefused` is called when the key is valid no more, then or later. */
export const useOpenSession = (apiKey: string, onRefused: () => void) => {
  const [usage, setUsage] = useState<UsageView>()
  const [toasts, setToasts] = useState<readonly (ToastOptions & { id: number; text: string })[]>([])
  const [said, announce] = useState('')
  const live = useMemo(() => connect(apiKey, onRefused), [])
  const { pika, store } = live
  const opened = useAnswer(async (signal) => {
    const init = { signal }
    // The page does without these if they are late, or the key may not read them.
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
  /** Says it where one looks, and to a screen reader. */
  const toast = (text: string, options: ToastOptions = {}) => {
    const id = performance.now()
    announce(text)
    setToasts((shown) => [...shown.slice(-2), { ...options, id, text }])
    setTimeout(() => dismiss(id), options.forMs ?? 6000)
  }
  /** Shows what an error means. A key that was refused leads to the key field by itself. */
  const fail = (error: unknown) => {
    const { title, text } = explain(error)
    if (!isRefusal(error)) toast(`${title}. ${text}`, { forMs: 10_000 })
  }
  const session = opened.answer && {
    pika,
    store,
    /** `me`, the key and its account; `model`, and its prices; `isNew`, nothing was ever made. */
    ...opened.answer,
    isEmulator: isOnThisMachine(opened.answer.model),
    may: (scope: Scope) => opened.answer?.me.scopes.includes(scope) === true,
    /** Undefined for a key that may not read. */
    usage,
    /** Asks for the usage anew, after something was spent. The last known one does meanwhile. */
    refreshUsage: () => void pika.usage().then(setUsage, () => undefined),
    /** The page asks every few seconds instead. */
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

/** What `select` finds in the store. The component changes with it, and with nothing else. */
export const useStored = <T>(select: (store: Store) => T, about: readonly unknown[] = []): T => {
  const { store } = useSession()
  const [, setSelected] = useState<T>(() => select(store))
  useEffect(() => {
    const look = () => setSelected(() => select(store))
    // It may have changed since it was drawn.
    look()
    return store.subscribe(look)
  }, about)
  return select(store)
}

export const useGeneration = (id: string): Generation | undefined =>
  useStored((store) => store.get(id), [id])

/** Calls once, unlike the client's helpers, which would go on for minutes. Throws `PikaError`. */
export const once = async <T>(call: () => Promise<Response>, signal?: AbortSignal): Promise<T> => {
  const read = async (response: Response) => (await response.json()) as T
  const { answer, refusal } = await tryOnce(signal, call, read)
  if (refusal !== undefined) throw refusal.error
  return answer
}

const isRefusal = (error: unknown): boolean =>
  error instanceof PikaError && error.code === 'unauthorized'

/** fal itself is never on a loopback address; its emulator always is. */
const isOnThisMachine = ({ queue_origin }: Models['data'][number]): boolean =>
  /^(localhost|127\.[\d.]+|\[::1\])$/.test(URL.parse(queue_origin)?.hostname ?? '')

/** A client that tells when the key is refused, whatever asked, and whether its stream is open. */
const connect = (apiKey: string, onRefused: () => void): Live => {
  let isConnected = false
  const watchful = async (url: string, init: RequestInit): Promise<Response> => {
    const accepts = new Headers(init.headers).get('accept')
    const isStream = accepts === 'text/event-stream' && url.includes('/v1/events')
    // The client mends a cut by asking again, so until that is answered there is none.
    if (isStream) isConnected = false
    const response = await fetch(url, init)
    if (isStream) isConnected = response.ok
    if (response.status === 401) onRefused()
    return response
  }
  const pika = createPikaClient({ baseUrl: location.origin, apiKey, fetch: watchful })
  return { pika, store: createStore(), isConnected: () => isConnected }
}
