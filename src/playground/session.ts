/** Opens a session with a key: who it is, what it may ask for, and what that costs. */
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import { createPikaClient, PikaError, type KeyView, type Models } from '../client/index.ts'
import type { UsageView } from '../client/index.ts'
import { tryOnce } from '../client/retry.ts'
import type { Session, Toast } from './context.ts'
import { explain } from './errors.ts'
import { follow, type Liveness } from './live.ts'
import { createStore } from './store.ts'

interface Opened {
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
    const { fetch, isConnected } = watchStream()
    const pika = createPikaClient({ baseUrl: location.origin, apiKey, fetch })
    return { pika, store: createStore(), isConnected }
  }, [apiKey])

  const dismiss = useCallback(
    (id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)),
    [],
  )
  const toast = useCallback((toast: Toast) => {
    const id = performance.now()
    setToasts((shown) => [...shown.slice(-2), { ...toast, id }])
    setTimeout(() => dismiss(id), toast.forMs ?? 6000)
  }, [])
  const fail = useCallback((error: unknown) => {
    if (error instanceof PikaError && error.code === 'unauthorized') return onRefused()
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
    const open = async () => {
      const [{ answer, refusal }, models] = await Promise.all([
        tryOnce(
          signal,
          () => pika.api.v1.me.$get(undefined, { init: { signal } }),
          async (response): Promise<KeyView> => (await response.json()) as KeyView,
        ),
        pika.models({ signal }),
      ])
      if (refusal !== undefined) throw refusal.error
      const model = models.data[0]
      if (model === undefined) throw new Error('the gateway serves no model')
      setError(undefined)
      setOpened({ me: answer, model })
      refreshUsage()
    }
    open().catch((error: unknown) => {
      if (signal.aborted) return
      if (error instanceof PikaError && error.code === 'unauthorized') onRefused()
      else setError(error)
    })
    return () => opening.abort()
  }, [pika, tries])

  useEffect(
    () => (opened === undefined ? undefined : follow(pika, store, isConnected, setLiveness)),
    [opened === undefined, pika],
  )

  const session = useMemo((): Session | undefined => {
    if (opened === undefined) return undefined
    const { me, model } = opened
    const scopes: ReadonlySet<string> = new Set(me.scopes)
    return {
      pika,
      store,
      liveness,
      me,
      model,
      usage,
      refreshUsage,
      isEmulator: isOnThisMachine(model),
      may: (scope) => scopes.has(scope),
      toast,
      announce: setSaid,
      fail,
    }
  }, [opened, usage, liveness, pika])
  return { session, error, toasts, dismiss, said, retry: () => setTries((tries) => tries + 1) }
}

/** fal itself is never on a loopback address; its emulator always is. */
const isOnThisMachine = ({ queue_origin }: Models['data'][number]): boolean => {
  const host = URL.parse(queue_origin)?.hostname ?? ''
  return /^(localhost|127\.[\d.]+|\[::1\])$/.test(host)
}

/** A `fetch` that knows whether the account's stream is open: the client mends cuts by itself. */
const watchStream = () => {
  let isConnected = false
  const watched = async (url: string, init: RequestInit): Promise<Response> => {
    const accepts = new Headers(init.headers).get('accept')
    const isStream = accepts === 'text/event-stream' && url.includes('/v1/events')
    if (!isStream) return fetch(url, init)
    isConnected = false
    const response = await fetch(url, init)
    if (!response.ok || response.body === null) return response
    isConnected = true
    const lost = () => {
      isConnected = false
    }
    init.signal?.addEventListener('abort', lost)
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    response.body.pipeTo(writable).then(lost, lost)
    return new Response(readable, response)
  }
  return { fetch: watched, isConnected: () => isConnected }
}
