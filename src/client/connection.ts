import { within } from './patience.ts'

/** `fetch`, or a replacement such as a service binding's. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** The gateway never takes this long to begin an answer: a POST takes 10 s at most. */
const MAX_ANSWER_MS = 30_000

/**
 * Calls a path below the base URL, with the key. Throws if no answer begins within 30 s. Throws the
 * signal's reason if it aborts.
 */
export type Call = (
  path: string,
  init: Omit<RequestInit, 'signal' | 'headers'> & {
    readonly headers?: Readonly<Record<string, string>>
    readonly signal: AbortSignal | undefined
  },
) => Promise<Response>

/** Calls `send` as a plain function, never as a method. */
export const connect = (
  baseUrl: string,
  credentials: Readonly<Record<string, string>>,
  send: Fetch,
): Call => {
  const base = baseUrl.replace(/\/+$/, '')
  return async (path, { signal, headers, ...init }) => {
    const ours = new AbortController()
    const stop = signal === undefined ? ours.signal : AbortSignal.any([ours.signal, signal])
    const answer = send(base + path, {
      ...init,
      headers: { ...headers, ...credentials },
      signal: stop,
    })
    return within(MAX_ANSWER_MS, signal, answer).catch((error: unknown) => {
      ours.abort()
      throw error
    })
  }
}

/** The path of a resource, such as `pathTo('schedules', id, 'runs')`. */
export const pathTo = (...parts: readonly string[]): string =>
  `/v1/${parts.map(encodeURIComponent).join('/')}`
