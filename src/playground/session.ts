/** Opens a session with a key: who it is, what it may ask for, and what that costs. */
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import { createPikaClient, PikaError, type KeyView, type Models } from '../client/index.ts'
import type { UsageView } from '../client/index.ts'
import { tryOnce } from '../client/retry.ts'
import type { Session, Toast } from './context.ts'
import { explain } from './errors.ts'
import { follow, type Liveness } from './live.ts'
import { createStore } from './store.ts'

/** The page is drawn once, with all that it shows at first: nothing moves. */
const MAX_OPENING_MS = 3000

interface Opened {
  readonly isNew: boolean
  readonly me: KeyView
  readonly model: Models['data'][number]
}

interface ShownToast extends Toast {
  readonly id: number
}

/** Fetched once; `onRefused` is called when the key is valid no more, then or later. */
export const useOpenSession = (apiKey: string, onRefused: () => void) => {
  const [opened, setOpened] = useState<Opened>()
  const [error, setError] = useState<unknown>()
  const [tries, setTries] = useState(0)
  const [usage, setUsage] = useState<UsageView>()
  const [toasts, setToasts] = useState<readonly ShownToast[]>([])
  const [said, setSaid] = useState('')
  const [liveness, setLiveness] = useState<Liveness>('stream')
  const { pika, store, isConnected } = useMemo(() => {
    const { fetch, isConnected } = watchfulFetch(onRefused)
    const pika = createPikaClient({ baseUrl: location.origin, apiKey, fetch })
    return { pika, store: createStore(), isConnected }
  }, [apiKey])

  const dismiss = useCallback(
    (id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)),
    [],
  )
  const toast = useCallback((toast: Toast) => {
    const id = performance.now()
    setSaid(toast.text)
    setToasts((shown) => [...shown.slice(-2), { ...toast, id }])
    setTimeout(() => dismiss(id), toast.forMs ?? 6000)
  }, [])
  const fail = useCallback((error: unknown) => {
    if (isRefusal(error)) return
    const { title, text } = explain(error)
    toast({ text: `${title}. ${text}`, forMs: 10_000 })
  }, [])
  const refreshUsage = useCallback(() => {
    // What it is for is shown where it is known; the gateway itself decides what may be spent.
    pika.usage().then(setUsage, () => undefined)
  }, [pika])

  useEffect(() => {
    const opening = new AbortController()
    const { signal } = opening
    const once = async <T>(
      call: (options: { init: RequestInit }) => Promise<Response>,
    ): Promise<T> => {
      const { answer, refusal } = await tryOnce(
        signal,
        () => call({ init: { signal } }),
        async (response) => (await response.json()) as T,
      )
      if (refusal === undefined) return answer
      throw refusal.error
    }
    /** What the page does without where it does not come in time, or the key may not read. */
    const dispensable = <T>(asked: Promise<T>) => asked.catch(() => undefined)
    const open = async () => {
      const soon = AbortSignal.any([signal, AbortSignal.timeout(MAX_OPENING_MS)])
      const { api } = pika
      const [me, models, usage, newest] = await Promise.all([
        once<KeyView>((options) => api.v1.me.$get(undefined, options)),
        once<Models>((options) => api.v1.models.$get(undefined, options)),
        dispensable(pika.usage({ signal: soon })),
        dispensable(pika.list({ limit: 8, signal: soon }).next()),
      ])
      const model = models.data[0]
      if (model === undefined) throw new Error('the gateway serves no model')
      const known = newest?.value?.data
      known?.forEach(store.put)
      setUsage(usage)
      setError(undefined)
      setOpened({ me, model, isNew: known?.length === 0 })
    }
    open().catch((error: unknown) => {
      if (!signal.aborted && !isRefusal(error)) setError(error)
    })
    return () => opening.abort()
  }, [pika, tries])

  useEffect(
    () => (opened === undefined ? undefined : follow(pika, store, isConnected, setLiveness)),
    [opened === undefined, pika],
  )

  const session = useMemo((): Session | undefined => {
    if (opened === undefined) return undefined
    const { me, model, isNew } = opened
    const scopes: ReadonlySet<string> = new Set(me.scopes)
    return {
      pika,
      store,
      liveness,
      me,
      model,
      usage,
      refreshUsage,
      isNew,
      isEmulator: isOnThisMachine(model),
      may: (scope) => scopes.has(scope),
      toast,
      announce: setSaid,
      fail,
    }
  }, [opened, usage, liveness, pika])
  return { session, error, toasts, dismiss, said, retry: () => setTries((tries) => tries + 1) }
}

/** Of the key: then the key field is shown already. */
const isRefusal = (error: unknown): boolean =>
  error instanceof PikaError && error.code === 'unauthorized'

/** fal itself is never on a loopback address; its emulator always is. */
const isOnThisMachine = ({ queue_origin }: Models['data'][number]): boolean => {
  const host = URL.parse(queue_origin)?.hostname ?? ''
  return /^(localhost|127\.[\d.]+|\[::1\])$/.test(host)
}

/**
 * A `fetch` that tells when the key is refused, whatever asked, and knows whether the account's
 * stream is open: the client mends its cuts by itself.
 */
const watchfulFetch = (onRefused: () => void) => {
  let isConnected = false
  const watchful = async (url: string, init: RequestInit): Promise<Response> => {
    const accepts = new Headers(init.headers).get('accept')
    const isStream = accepts === 'text/event-stream' && url.includes('/v1/events')
    if (isStream) isConnected = false
    const response = await fetch(url, init)
    if (response.status === 401) onRefused()
    if (!isStream || !response.ok || response.body === null) return response
    isConnected = true
    const lost = () => {
      isConnected = false
    }
    init.signal?.addEventListener('abort', lost)
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    response.body.pipeTo(writable).then(lost, lost)
    return new Response(readable, response)
  }
  return { fetch: watchful, isConnected: () => isConnected }
}
