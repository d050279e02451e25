/** What the gateway is asked for when a view opens, and again on request. */
import { useCallback, useEffect, useState } from 'preact/hooks'
import { useSession } from './context.ts'

interface Asked<T> {
  readonly answer: T | undefined
  /** Set until it is asked again. */
  readonly error: unknown
  readonly again: () => void
  readonly set: (answer: T) => void
}

/**
 * Asks anew whenever `about` changes. The last answer stays while the next is awaited.
 *
 * @param about what the answer depends on, beside the session
 */
export const useAnswer = <T>(
  ask: (signal: AbortSignal) => Promise<T>,
  about: readonly unknown[],
): Asked<T> => {
  const { pika } = useSession()
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
  }, [pika, times, ...about])
  return { answer, error, again: useCallback(() => setTimes((times) => times + 1), []), set }
}
