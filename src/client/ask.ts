/** One call that is safe to send again, until the gateway answers for good. */
import { readBody } from './answer.ts'
import type { Call } from './connection.ts'
import { sendUntilAnswered, type Tried, tryOnce } from './retry.ts'

/** Options of every call. */
export interface CallOptions {
  /** Ends the waiting with the signal's reason. It takes nothing back. */
  readonly signal?: AbortSignal | undefined
}

/** Options of a call that makes something. */
export interface KeyedOptions extends CallOptions {
  /**
   * Stands for this one request, which is carried out once however often it is sent: for a
   * generation until 24 h after its end, for a schedule 24 h. Default: a fresh UUID.
   */
  readonly idempotencyKey?: string | undefined
}

/** Options of a call that lists. */
export interface PageOptions extends CallOptions {
  /** How many at most, up to 100. Default: 20. */
  readonly limit?: number | undefined
  /** The `next_cursor` of the page before. */
  readonly cursor?: string | undefined
}

/** One page of a list, the newest first. */
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

/** What makes something needs an idempotency key, or it may be made twice. */
export const createAsk =
  (call: Call): Ask =>
  <T>(method: Method, path: string, body?: unknown, options: KeyedOptions = {}): Promise<T> =>
    sendUntilAnswered(
      { signal: options.signal, idempotencyKey: options.idempotencyKey },
      sending<T>(call, method, path, body, options),
    )

/**
 * Asks once. What makes something that no idempotency key stands for is sent so: a lost answer may
 * have made one that nobody knows.
 */
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
 * Deletes something. If the answer to a delete is lost, the next try finds nothing: then it is
 * deleted.
 */
export const askToDelete = async (
  call: Call,
  path: string,
  { signal }: CallOptions = {},
): Promise<void> => {
  let tries = 0
  await sendUntilAnswered({ signal }, async () => {
    tries++
    const tried = await tryOnce(
      signal,
      () => call(path, { method: 'DELETE', signal }),
      async () => undefined,
    )
    const isGone = tried.refusal !== undefined && GONE.has(tried.refusal.error.status ?? 0)
    return isGone && tries > 1 ? { answer: undefined } : tried
  })
}

const GONE = new Set([404, 410])

/** Options with an idempotency key, the caller's or a fresh one. */
export const keyed = <Options extends KeyedOptions>(options?: Options): Options & KeyedOptions => ({
  ...(options ?? ({} as Options)),
  idempotencyKey: options?.idempotencyKey ?? crypto.randomUUID(),
})

/** The query of a path; what is undefined is left out. */
export const query = (asked: Readonly<Record<string, string | number | undefined>>): string => {
  const pairs = new URLSearchParams()
  for (const [name, value] of Object.entries(asked)) {
    if (value !== undefined) pairs.set(name, String(value))
  }
  return pairs.size === 0 ? '' : `?${pairs.toString()}`
}

/** Every page of a list, one after the other, each asked for when it is wanted. */
export const pages = async function* <T>(
  ask: Ask,
  path: string,
  { signal, limit, cursor, ...filters }: PageOptions & Readonly<Record<string, unknown>>,
): AsyncGenerator<Page<T>, void, undefined> {
  let next = cursor
  do {
    const asked = { ...(filters as Record<string, string>), limit, cursor: next }
    const page: Page<T> = await ask('GET', path + query(asked), undefined, { signal })
    yield page
    next = page.next_cursor ?? undefined
  } while (next !== undefined)
}
