/** Opens a session with a key, and loads what the key may do and the prices. */
import { signal } from '@preact/signals'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { createPikaClient, type KeyView, type Models, PikaError } from '../client/index.ts'
import { tryOnce } from '../client/retry.ts'
import type { Scope } from '../contract/key.ts'
import { createStore } from './store.ts'
import { explain } from './words.ts'

/** How long the first render waits for its data, so that nothing moves later. */
const MAX_OPENING_MS = 3000

interface Toast {
  readonly id: number
  readonly text: string
  /** Shown as a button, such as Undo. */
  readonly action?: { readonly label: string; readonly run: () => void }
}

/** Calls `onRefused` when the gateway refuses the key, at once or later. */
export const openSession = async (apiKey: string, onRefused: () => void, until: AbortSignal) => {
  const { pika, isConnected } = connect(apiKey, onRefused)
  const store = createStore()
  const init = { signal: until }
  // The page works without the last two, which may be late or not allowed for the key.
  const soon = { signal: AbortSignal.any([until, AbortSignal.timeout(MAX_OPENING_MS)]) }
  const [me, models, spent, newest] = await Promise.all([
    once<KeyView>(() => pika.api.v1.me.$get(undefined, { init }), until),
    once<Models>(() => pika.api.v1.models.$get(undefined, { init }), until),
    pika.usage(soon).catch(() => undefined),
    pika
      .list({ limit: 8, ...soon })
      .next()
      .catch(() => undefined),
  ])
  const [model] = models.data
  if (model === undefined) throw new Error('the gateway serves no model')
  const known = newest?.value?.data
  known?.forEach(store.put)

  const usage = signal(spent)
  const toasts = signal<readonly Toast[]>([])
  const said = signal('')
  const announce = (text: string) => void (said.value = text)
  const dismiss = (id: number) => {
    toasts.value = toasts.value.filter((toast) => toast.id !== id)
  }
  /** Shows a message, and announces it to screen readers. */
  const toast = (text: string, forMs = 6000, action?: Toast['action']) => {
    const id = performance.now()
    announce(text)
    toasts.value = [...toasts.value.slice(-2), { id, text, ...(action && { action }) }]
    setTimeout(() => dismiss(id), forMs)
  }
  return {
    pika,
    store,
    isConnected,
    me,
    /** US dollars. */
    priceOf: ({ resolution, duration }: { resolution: string; duration: number }) =>
      model.prices.find((one) => one.resolution === resolution && one.duration === duration)?.usd ??
      0,
    isNew: known?.length === 0,
    isEmulator: isOnThisMachine(model),
    may: (scope: Scope) => me.scopes.includes(scope),
    /** Undefined if the key may not read it. */
    usage,
    /** For after something was spent. The old usage stays until the new one arrives. */
    refreshUsage: () =>
      void pika.usage().then(
        (now) => (usage.value = now),
        () => undefined,
      ),
    toasts,
    toast,
    dismiss,
    /** Explains an error. A refused key is skipped: `fetch` leads to the key field. */
    fail: (error: unknown) => {
      const { title, text } = explain(error)
      const isRefusal = error instanceof PikaError && error.code === 'unauthorized'
      if (!isRefusal) toast(`${title}. ${text}`, 10_000)
    },
    said,
    announce,
  }
}

export const SessionContext = createContext({} as Awaited<ReturnType<typeof openSession>>)
export const useSession = () => useContext(SessionContext)

/** Calls once: the client's helpers would retry for minutes. Throws `PikaError`. */
export const once = async <T>(call: () => Promise<Response>, signal?: AbortSignal): Promise<T> => {
  const read = async (response: Response) => (await response.json()) as T
  const { answer, refusal } = await tryOnce(signal, call, read)
  if (refusal !== undefined) throw refusal.error
  return answer
}

/** fal is never at a loopback address; its emulator always is. */
const isOnThisMachine = ({ queue_origin }: Models['data'][number]): boolean =>
  /^(localhost|127\.[\d.]+|\[::1\])$/.test(URL.parse(queue_origin)?.hostname ?? '')

/** A client that reports if any call's key is refused, and whether the stream is open. */
const connect = (apiKey: string, onRefused: () => void) => {
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
  return { pika, isConnected: () => isConnected }
}
