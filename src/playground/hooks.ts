import { useCallback, useEffect, useLayoutEffect, useState } from 'preact/hooks'
import type { Page } from '../client/index.ts'
import { quietly } from './key.ts'

export const useListener = <E extends keyof WindowEventMap>(
  type: E,
  listen: (event: WindowEventMap[E]) => void,
  about: readonly unknown[] = [],
): void =>
  useEffect(() => {
    addEventListener(type, listen)
    return () => removeEventListener(type, listen)
  }, about)

/** Sets the tab's title while the address stays the same. */
export const useTitle = (words: string | undefined): void =>
  useEffect(() => {
    if (words !== undefined) document.title = `${words} · pika-edge`
  }, [words, location.hash])

/** State that survives a reload and a restart of the browser. */
export const useKept = <T>(name: string, initial: T) => {
  const item = `pika-edge.${name}`
  const [value, setValue] = useState<T>(
    () => quietly(() => JSON.parse(localStorage.getItem(item) ?? 'null') as T | null) ?? initial,
  )
  // Before the page is drawn: a session can end while the user is typing.
  useLayoutEffect(() => {
    quietly(() => localStorage.setItem(item, JSON.stringify(value)))
  }, [value])
  return [value, setValue] as const
}

/** Calls every `periodMs` while `isRunning`. */
export const useInterval = (call: () => void, periodMs: number, isRunning = true): void =>
  useEffect(() => {
    if (!isRunning) return
    const timer = setInterval(call, periodMs)
    return () => clearInterval(timer)
  }, [periodMs, isRunning])

export const useNow = (periodMs: number, isRunning?: boolean): number => {
  const [nowMs, setNow] = useState(Date.now)
  useInterval(() => setNow(Date.now()), periodMs, isRunning)
  return nowMs
}

/**
 * Fetches an answer when a view opens, whenever `about` changes, and on request. The last answer
 * stays until the next arrives, and so does an error.
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

/** A list by pages. `useAnswer` fetches the first; `more`, if there is one, fetches the next. */
export const usePages = <T>(
  list: (options: { cursor?: string; signal?: AbortSignal }) => Promise<Page<T>>,
  about?: readonly unknown[],
) => {
  const pages = useAnswer((signal) => list({ signal }), about)
  const { data = [], next_cursor: cursor } = pages.answer ?? {}
  const more = async (from: string) => {
    const next = await list({ cursor: from })
    pages.set({ ...next, data: [...data, ...next.data] })
  }
  return { ...pages, data, more: cursor ? () => more(cursor) : undefined }
}
