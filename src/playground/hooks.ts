/** Small hooks that several views share. */
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks'
import type { Generation } from '../client/index.ts'
import { StoreContext } from './context.ts'
import { parseRoute, type Route } from './route.ts'

export const useRoute = (): Route => {
  const [route, setRoute] = useState(() => parseRoute(location.hash))
  useEffect(() => {
    const follow = () => setRoute(parseRoute(location.hash))
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return route
}

const KEEP_MS = 300

/** State that survives a reload of this tab, or of the browser. */
export const useKept = <T>(name: string, initial: T, storage: () => Storage) => {
  const [value, setValue] = useState<T>(() => {
    try {
      const kept = storage().getItem(`pika-edge.${name}`)
      return kept === null ? initial : (JSON.parse(kept) as T)
    } catch {
      return initial
    }
  })
  const latest = useRef(value)
  latest.current = value
  const keep = useCallback(() => {
    try {
      storage().setItem(`pika-edge.${name}`, JSON.stringify(latest.current))
    } catch {
      // Full, or switched off: then it lasts as long as the page.
    }
  }, [])
  // Not at every key: writing holds the page up.
  useEffect(() => {
    const timer = setTimeout(keep, KEEP_MS)
    return () => clearTimeout(timer)
  }, [value])
  useEffect(() => {
    addEventListener('pagehide', keep)
    return () => {
      removeEventListener('pagehide', keep)
      // A session that ends in the middle of a word.
      keep()
    }
  }, [])
  return [value, setValue] as const
}

/** The time now, at every whole period, while someone has a use for it. */
export const useNow = (periodMs: number, isRunning = true): number => {
  const [nowMs, setNow] = useState(Date.now)
  useEffect(() => {
    if (!isRunning) return
    const timer = setInterval(() => setNow(Date.now()), periodMs)
    return () => clearInterval(timer)
  }, [periodMs, isRunning])
  return nowMs
}

/** A generation as it is known now; the component changes with it, and with no other. */
export const useGeneration = (id: string): Generation | undefined => {
  const store = useContext(StoreContext)
  const [, setTurn] = useState(0)
  useEffect(() => store?.subscribe(id, () => setTurn((turn) => turn + 1)), [id, store])
  return store?.get(id)
}
