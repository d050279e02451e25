/** Calls one gateway, and sends again what is safe to repeat until there is a final answer. */
import type { hc } from 'hono/client'
import type { AppType } from '../app.ts'
import { within } from './patience.ts'
import { readJson, sendUntilAnswered, tryOnce } from './retry.ts'

/** `fetch`, or a replacement such as a service binding's. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Options of every call. */
export interface CallOptions {
  /** Stops waiting, and throws the signal's reason. It undoes nothing. */
  readonly signal?: AbortSignal | undefined
}

/** Options of a call that makes something. */
export interface KeyedOptions extends CallOptions {
  /**
   * Identifies this request: however often it is sent, it is carried out once. The gateway keeps
   * the key of a generation until 24 h after its end, of a schedule for 24 h. Default: a new UUID.
   */
  readonly idempotencyKey?: string | undefined
}

/** Options of a call that lists. */
export interface PageOptions extends CallOptions {
  /** The most items on a page, up to 100. Default: 20. */
  readonly limit?: number | undefined
  /** The `next_cursor` of the previous page. */
  readonly cursor?: string | undefined
}

/** One page of a list, newest first. */
export interface Page<T> {
  readonly object: 'list'
  readonly data: readonly T[]
  readonly has_more: boolean
  /** Null on the last page. */
  readonly next_cursor: string | null
}

/** A typed call for every route of the gateway, such as `api.v1.generations.$get()`. */
export type PikaApi = ReturnType<typeof hc<AppType>>

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** A resource, such as `['schedules', id, 'runs']`. */
export type Path = readonly string[]

interface Sent {
  readonly signal: AbortSignal | undefined
  readonly query?: object | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The gateway never takes this long to begin an answer: a POST takes 10 s at most. */
const MAX_ANSWER_MS = 30_000

/** All but `call` throw `PikaError`: the gateway's refusal, or `network`. */
export type Connection = ReturnType<typeof connect>

/** Calls `send` as a plain function, never as a method. */
export const connect = (
  baseUrl: string,
  credentials: Readonly<Record<string, string>>,
  send: Fetch,
) => {
  const base = `${baseUrl.replace(/\/+$/, '')}/v1`

  /** Throws if no answer begins within 30 s. Throws the signal's reason if it aborts. */
  const call = async (method: Method, path: Path, sent: Sent): Promise<Response> => {
    const { signal, query, headers, ...body } = sent
    const ours = new AbortController()
    const stop = signal === undefined ? ours.signal : AbortSignal.any([ours.signal, signal])
    const answer = send([base, ...path.map(encodeURIComponent)].join('/') + queryString(query), {
      method,
      ...body,
      headers: { ...headers, ...credentials },
      signal: stop,
    })
    return within(MAX_ANSWER_MS, signal, answer).catch((error: unknown) => {
      ours.abort()
      throw error
    })
  }

  const tryToAsk = <T>(
    method: Method,
    path: Path,
    body?: unknown,
    { signal, idempotencyKey }: KeyedOptions = {},
    query?: object,
  ) => {
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    return tryOnce(
      signal,
      () => call(method, path, { signal, headers, query, ...sent }),
      (response) => readJson<T>(response, signal),
    )
  }

  /** A call that makes something needs an idempotency key, or it may make it twice. */
  const ask = <T>(...asked: Parameters<typeof tryToAsk>): Promise<T> => {
    const { signal, idempotencyKey } = asked[3] ?? {}
    return sendUntilAnswered({ signal, idempotencyKey }, () => tryToAsk<T>(...asked))
  }

  const get = <T>(path: Path, options?: CallOptions, query?: object): Promise<T> =>
    ask('GET', path, undefined, options, query)

  return {
    call,
    ask,
    get,
    /** Sends once: what makes something without an idempotency key, a retry may make twice. */
    askOnce: async <T>(...asked: Parameters<typeof tryToAsk>): Promise<T> => {
      const { answer, refusal } = await tryToAsk<T>(...asked)
      if (refusal !== undefined) throw refusal.error
      return answer
    },
    /** Posts under the caller's idempotency key, or a new one. */
    make: <T>(path: Path, body: unknown, options: KeyedOptions = {}): Promise<T> => {
      const idempotencyKey = options.idempotencyKey ?? crypto.randomUUID()
      return ask('POST', path, body, { ...options, idempotencyKey })
    },
    /**
     * Deletes. Succeeds if a retry finds nothing: an earlier try, whose answer was lost, has deleted it. A
     * 2xx is a success, whatever its body.
     */
    remove: async (path: Path, { signal }: CallOptions = {}): Promise<void> => {
      const once = () => call('DELETE', path, { signal })
      let tries = 0
      await sendUntilAnswered({ signal }, async () => {
        tries++
        const tried = await tryOnce(signal, once, async () => undefined)
        const isGone = [404, 410].includes(tried.refusal?.error.status ?? 0)
        return tries > 1 && isGone ? { answer: undefined } : tried
      })
    },
    /** Reads a page. Whatever else its options have is not sent. */
    page: <T>(path: Path, { limit, cursor, signal }: PageOptions = {}): Promise<Page<T>> =>
      get(path, { signal }, { limit, cursor }),
  }
}

/** Without the undefined values. */
const queryString = (asked: object = {}): string => {
  const pairs = new URLSearchParams()
  for (const [name, value] of Object.entries(asked)) {
    if (value !== undefined) pairs.set(name, String(value))
  }
  return pairs.size === 0 ? '' : `?${pairs.toString()}`
}
