/** Opens a session with a key: who it is, what it may ask for, and what that costs. */
import { createContext } from 'preact'
import { useCallback, useContext, useEffect, useMemo, useState } from 'preact/hooks'
import { createPikaClient, PikaError } from '../client/index.ts'
import type { Generation, KeyView, Models, UsageView } from '../client/index.ts'
import { tryOnce } from '../client/retry.ts'
import type { Scope } from '../contract/scope.ts'
import { explain } from './errors.ts'
import { useAnswer } from './hooks.ts'
import { follow, type Liveness } from './live.ts'
import { createStore } from './store.ts'

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
  const [liveness, setLiveness] = useState<Liveness>('stream')
  const { pika, store, isConnected } = useMemo(() => {
    const { fetch, isConnected } = watchfulFetch(onRefused)
    const pika = createPikaClient({ baseUrl: location.origin, apiKey, fetch })
    return { pika, store: createStore(), isConnected }
  }, [])

  const opened = useAnswer(async (signal) => {
    const once = async <T>(call: (options: { init: RequestInit }) => Promise<Response>) => {
      const { answer, refusal } = await tryOnce(
        signal,
        () => call({ init: { signal } }),
        async (response) => (await response.json()) as T,
      )
      if (refusal !== undefined) throw refusal.error
      return answer
    }
    // The page does without these if they are late, or the key may not read them.
    const soon = AbortSignal.any([signal, AbortSignal.timeout(MAX_OPENING_MS)])
    const [me, models, usage, newest] = await Promise.all([
      once<KeyView>((options) => pika.api.v1.me.$get(undefined, options)),
      once<Models>((options) => pika.api.v1.models.$get(undefined, options)),
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
  const isOpen = opened.answer !== undefined
  useEffect(() => (isOpen ? follow(pika, store, isConnected, setLiveness) : undefined), [isOpen])

  const dismiss = useCallback(
    (id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)),
    [],
  )
  const session = useMemo(() => {
    if (opened.answer === undefined) return undefined
    const { me, model, isNew } = opened.answer
    const scopes: ReadonlySet<string> = new Set(me.scopes)
    /** Says it where one looks, and to a screen reader. */
    const toast = (text: string, options: ToastOptions = {}) => {
      const id = performance.now()
      announce(text)
      setToasts((shown) => [...shown.slice(-2), { ...options, id, text }])
      setTimeout(() => dismiss(id), options.forMs ?? 6000)
    }
    return {
      pika,
      /** What the page knows of generations. */
      store,
      me,
      model,
      /** Nothing was ever made with this account. */
      isNew,
      isEmulator: isOnThisMachine(model),
      may: (scope: Scope) => scopes.has(scope),
      /** Asks for the usage anew, after something was spent. The last known one does meanwhile. */
      refreshUsage: () => void pika.usage().then(setUsage, () => undefined),
      toast,
      /** Says it to a screen reader, politely. */
      announce,
      /** Shows what an error means. A key that was refused leads to the key field by itself. */
      fail: (error: unknown) => {
        if (isRefusal(error)) return
        const { title, text } = explain(error)
        toast(`${title}. ${text}`, { forMs: 10_000 })
      },
    }
  }, [opened.answer])
  const error = isRefusal(opened.error) ? undefined : opened.error
  return { session, usage, liveness, error, retry: opened.again, toasts, dismiss, said }
}

/** What every view is given. It stays the same while the key does. */
export type Session = NonNullable<ReturnType<typeof useOpenSession>['session']>

export const SessionContext = createContext<Session | undefined>(undefined)

export const useSession = (): Session => {
  const session = useContext(SessionContext)
  if (session === undefined) throw new Error('a view needs a session')
  return session
}

/** A generation as it is known now; the component changes with it, and with no other. */
export const useGeneration = (id: string): Generation | undefined => {
  const { store } = useSession()
  const [, setTurn] = useState(0)
  useEffect(() => store.subscribe(id, () => setTurn((turn) => turn + 1)), [id, store])
  return store.get(id)
}

const isRefusal = (error: unknown): boolean =>
  error instanceof PikaError && error.code === 'unauthorized'

/** fal itself is never on a loopback address; its emulator always is. */
const isOnThisMachine = ({ queue_origin }: Models['data'][number]): boolean =>
  /^(localhost|127\.[\d.]+|\[::1\])$/.test(URL.parse(queue_origin)?.hostname ?? '')

/**
 * A `fetch` that tells when the key is refused, whatever asked, and knows whether the account's
 * stream is open: the client mends its cuts by itself.
 */
const watchfulFetch = (onRefused: () => void) => {
  let isConnected = false
  const lost = () => void (isConnected = false)
  const watchful = async (url: string, init: RequestInit): Promise<Response> => {
    const accepts = new Headers(init.headers).get('accept')
    const isStream = accepts === 'text/event-stream' && url.includes('/v1/events')
    if (isStream) lost()
    const response = await fetch(url, init)
    if (response.status === 401) onRefused()
    if (!isStream || !response.ok || response.body === null) return response
    isConnected = true
    init.signal?.addEventListener('abort', lost)
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    response.body.pipeTo(writable).then(lost, lost)
    return new Response(readable, response)
  }
  return { fetch: watchful, isConnected: () => isConnected }
}
