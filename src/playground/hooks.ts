import { type Signal, useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
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

/** A signal whose value survives a reload and a restart of the browser. */
export const useKept = <T>(name: string, initial: T): Signal<T> => {
  const item = `pika-edge.${name}`
  const kept = useSignal<T>(
    quietly(() => JSON.parse(localStorage.getItem(item) ?? 'null') as T | null) ?? initial,
  )
  useSignalEffect(() => {
    const text = JSON.stringify(kept.value)
    quietly(() => localStorage.setItem(item, text))
  })
  return kept
}

/** Calls every `periodMs`, which is undefined while it stands still. */
export const useInterval = (call: () => void, periodMs: number | undefined): void =>
  useEffect(() => {
    if (periodMs === undefined) return
    const timer = setInterval(call, periodMs)
    return () => clearInterval(timer)
  }, [periodMs])

export const useNow = (periodMs: number | undefined): number => {
  const [nowMs, setNow] = useState(Date.now)
  useInterval(() => setNow(Date.now()), periodMs)
  return nowMs
}

/**
 * Fetches an answer when a view opens, whenever `about` changes, on request, and every `everyMs`
 * unless the page is hidden or still waits. The last answer stays until the next arrives.
 */
export const useAnswer = <T>(
  ask: (signal: AbortSignal) => Promise<T>,
  about: readonly unknown[] = [],
  everyMs?: number,
) => {
  const [answer, set] = useState<T>()
  const [error, setError] = useState<unknown>()
  const [times, setTimes] = useState(0)
  const done = useRef(-1)
  useEffect(() => {
    const asking = new AbortController()
    setError(undefined)
    ask(asking.signal)
      .then(
        (answer) => asking.signal.aborted || set(answer),
        (error: unknown) => asking.signal.aborted || setError(error),
      )
      .finally(() => asking.signal.aborted || (done.current = times))
    return () => asking.abort()
  }, [times, ...about])
  const again = () => setTimes((times) => times + 1)
  const poll = () => document.hidden || setTimes((now) => Math.max(now, done.current + 1))
  useInterval(poll, everyMs)
  return { answer, error, again, poll, set }
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
