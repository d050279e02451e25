/** Small hooks that several views share. */
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

/** The title of the tab, for as long as one is at the same address. */
export const useTitle = (words: string | undefined): void =>
  useEffect(() => {
    if (words !== undefined) document.title = `${words} · pika-edge`
  }, [words, location.hash])

/** State that survives a reload, and the browser. */
export const useKept = <T>(name: string, initial: T) => {
  const item = `pika-edge.${name}`
  const [value, setValue] = useState<T>(
    () => quietly(() => JSON.parse(localStorage.getItem(item) ?? 'null') as T | null) ?? initial,
  )
  // Before the page is drawn, since a session can end in the middle of a word.
  useLayoutEffect(() => {
    quietly(() => localStorage.setItem(item, JSON.stringify(value)))
  }, [value])
  return [value, setValue] as const
}

/** Calls at every whole period, while there is a use for it. */
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

/** A list by pages: the first is asked for as any answer; `more`, if there is more, asks for the next. */
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
