/** Small hooks that several views share. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Page } from '../client/index.ts'
import { quietly } from './key.ts'
import { parseRoute, type Route } from './route.ts'

/** Listens on the window for as long as the component is shown. */
export const useListener = <E extends keyof WindowEventMap>(
  type: E,
  listen: (event: WindowEventMap[E]) => void,
  about: readonly unknown[] = [],
): void =>
  useEffect(() => {
    addEventListener(type, listen)
    return () => removeEventListener(type, listen)
  }, about)

export const useRoute = (): Route => {
  const [route, setRoute] = useState(() => parseRoute(location.hash))
  useListener('hashchange', () => setRoute(parseRoute(location.hash)))
  return route
}

/** Writing at every key press would hold the page up. */
const KEEP_MS = 300

/** State that survives a reload, and the browser. */
export const useKept = <T>(name: string, initial: T) => {
  const item = `pika-edge.${name}`
  const [value, setValue] = useState<T>(
    () => quietly(() => JSON.parse(localStorage.getItem(item) ?? 'null') as T | null) ?? initial,
  )
  const latest = useRef(value)
  latest.current = value
  const keep = useCallback(
    () => quietly(() => localStorage.setItem(item, JSON.stringify(latest.current))),
    [],
  )
  useEffect(() => {
    const timer = setTimeout(keep, KEEP_MS)
    return () => clearTimeout(timer)
  }, [value])
  useListener('pagehide', keep)
  // A session can end in the middle of a word.
  useEffect(() => keep, [])
  return [value, setValue] as const
}

/** Calls at every whole period, while there is a use for it. */
export const useInterval = (call: () => void, periodMs: number, isRunning = true): void =>
  useEffect(() => {
    if (!isRunning) return
    const timer = setInterval(call, periodMs)
    return () => clearInterval(timer)
  }, [periodMs, isRunning])

/** The time now, at every whole period. */
export const useNow = (periodMs: number, isRunning?: boolean): number => {
  const [nowMs, setNow] = useState(Date.now)
  useInterval(() => setNow(Date.now()), periodMs, isRunning)
  return nowMs
}

/**
 * What the gateway answers: asked when a view opens, whenever `about` changes, and again on
 * request. The last answer stays while the next is awaited, and an error until then.
 */
export const useAnswer = <T>(
  ask: (signal: AbortSignal) => Promise<T>,
  about: readonly unknown[] = [],
) => {
  const [answer, set] = useState<T>()
  const [error, setError] = useState<unknown>()
  const [times, setTimes] = useState(0)
  useEffect(() => {
    const asking = new AbortController()
    setError(undefined)
    ask(asking.signal).then(
      (answer) => asking.signal.aborted || set(answer),
      (error: unknown) => asking.signal.aborted || setError(error),
    )
    return () => asking.abort()
  }, [times, ...about])
  return { answer, error, again: useCallback(() => setTimes((times) => times + 1), []), set }
}

/** A list by pages: the first is asked for as any answer, each further one on request. */
export const usePages = <T>(
  list: (options: { cursor?: string; signal?: AbortSignal }) => Promise<Page<T>>,
  about?: readonly unknown[],
) => {
  const pages = useAnswer((signal) => list({ signal }), about)
  const [isLoading, setLoading] = useState(false)
  const { answer, set } = pages
  const cursor = answer?.next_cursor ?? undefined
  const more = async (): Promise<void> => {
    if (answer === undefined || cursor === undefined || isLoading) return
    setLoading(true)
    try {
      const next = await list({ cursor })
      set({ ...next, data: [...answer.data, ...next.data] })
    } finally {
      setLoading(false)
    }
  }
  return { ...pages, data: answer?.data ?? [], hasMore: cursor !== undefined, isLoading, more }
}
