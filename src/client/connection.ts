/** How the client's helpers reach the gateway. */
import { within } from './patience.ts'

/** `fetch`, or what stands for it, such as a service binding's. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** No answer of the gateway takes this long to begin: a POST is answered within 10 s. */
const MAX_ANSWER_MS = 30_000

/**
 * Calls a path below the base URL, with the key. Throws if no answer begins within
 * 30 s, and the signal's reason when it aborts.
 */
export type Call = (
  path: string,
  init: Omit<RequestInit, 'signal' | 'headers'> & {
    readonly headers?: Readonly<Record<string, string>>
    readonly signal: AbortSignal | undefined
  },
) => Promise<Response>

/** `send` is called as the plain function it was given as, never as somebody's method. */
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

/** The path of a generation, whatever text its id may be. */
export const generationPath = (id: string): string => `/v1/generations/${encodeURIComponent(id)}`
