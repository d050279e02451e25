/** Calls the gateway, and sends again what is safe to repeat until there is a final answer. */
import { readBody } from './answer.ts'
import type { Call } from './connection.ts'
import { sendUntilAnswered, type Tried, tryOnce } from './retry.ts'

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

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** @throws {PikaError} the gateway's refusal, or `network` */
export type Ask = <T>(
  method: Method,
  path: string,
  body?: unknown,
  options?: KeyedOptions,
) => Promise<T>

const sending =
  <T>(call: Call, method: Method, path: string, body: unknown, options: KeyedOptions) =>
  (): Promise<Tried<T>> => {
    const { signal, idempotencyKey } = options
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    return tryOnce(
      signal,
      () => call(path, { method, headers, signal, ...sent }),
      (response) => readBody<T>(response, signal),
    )
  }

/** A call that makes something needs an idempotency key, or it may make it twice. */
export const createAsk =
  (call: Call): Ask =>
  <T>(method: Method, path: string, body?: unknown, options: KeyedOptions = {}): Promise<T> =>
    sendUntilAnswered(
      { signal: options.signal, idempotencyKey: options.idempotencyKey },
      sending<T>(call, method, path, body, options),
    )

/** Sends once. For calls that make something without an idempotency key: a retry may make two. */
export const askOnce = async <T>(
  call: Call,
  method: Method,
  path: string,
  body?: unknown,
  options: CallOptions = {},
): Promise<T> => {
  const { answer, refusal } = await sending<T>(call, method, path, body, options)()
  if (refusal !== undefined) throw refusal.error
  return answer
}

/**
 * Succeeds if a retry finds nothing: an earlier try, whose answer was lost, has deleted it. A 2xx is
 * a success, whatever its body.
 */
export const askToDelete = async (
  call: Call,
  path: string,
  { signal }: CallOptions = {},
): Promise<void> => {
  const once = () => call(path, { method: 'DELETE', signal })
  let tries = 0
  await sendUntilAnswered({ signal }, async () => {
    tries++
    const tried = await tryOnce(signal, once, async () => undefined)
    return tries > 1 && GONE.has(tried.refusal?.error.status) ? { answer: undefined } : tried
  })
}

const GONE: ReadonlySet<number | undefined> = new Set([404, 410])

/** Adds a new idempotency key, unless the caller gave one. */
export const keyed = <Options extends KeyedOptions>(options?: Options): Options & KeyedOptions => ({
  ...(options ?? ({} as Options)),
  idempotencyKey: options?.idempotencyKey ?? crypto.randomUUID(),
})

/** A query string without the undefined values. */
export const query = (asked: object): string => {
  const pairs = new URLSearchParams()
  for (const [name, value] of Object.entries(asked)) {
    if (value !== undefined) pairs.set(name, String(value))
  }
  return pairs.size === 0 ? '' : `?${pairs.toString()}`
}

/** Reads a page. Whatever else its options have is not sent. */
export const askForPage = <T>(
  ask: Ask,
  path: string,
  { limit, cursor, signal }: PageOptions = {},
): Promise<Page<T>> => ask('GET', path + query({ limit, cursor }), undefined, { signal })

/** Every page of a list. Each is requested when the iteration reaches it. */
export const pages = async function* <T>(
  ask: Ask,
  path: string,
  filters: object,
  { limit, cursor, signal }: PageOptions,
): AsyncGenerator<Page<T>, void, undefined> {
  let next = cursor
  do {
    const asked = query({ ...filters, limit, cursor: next })
    const page = await ask<Page<T>>('GET', path + asked, undefined, { signal })
    yield page
    next = page.next_cursor ?? undefined
  } while (next !== undefined)
}
