/** Schedules of the gateway, one typed method a route. */
import type { Generation } from '../contract/generation.ts'
import type { ScheduleRequest, ScheduleUpdate } from '../contract/schedule.ts'
import type {
  Schedule,
  SchedulePreview,
  ScheduleRun,
  ScheduleSummary,
} from '../contract/schedule-answers.ts'
import { readBody } from './answer.ts'
import type { Call } from './connection.ts'
import { sendUntilAnswered, tryOnce } from './retry.ts'

/** Options of every call. */
export interface CallOptions {
  /** Ends the waiting with the signal's reason. It takes nothing back. */
  readonly signal?: AbortSignal | undefined
}

/** Options of a call that makes something. */
export interface KeyedOptions extends CallOptions {
  /**
   * Stands for this one request: to make a schedule for 24 h, to run one until 24 h after
   * its generation has ended. Default: a fresh UUID.
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

/**
 * Calls that break are sent again: what makes something goes under one idempotency key.
 * Each throws `PikaError`, with the gateway's refusal or `network`.
 */
export interface Schedules {
  readonly create: (request: ScheduleRequest, options?: KeyedOptions) => Promise<Schedule>
  /** When it would run, what it would send and what it would cost. Nothing is kept. */
  readonly preview: (request: ScheduleRequest, options?: CallOptions) => Promise<SchedulePreview>
  readonly list: (options?: PageOptions) => Promise<Page<ScheduleSummary>>
  readonly get: (id: string, options?: CallOptions) => Promise<Schedule>
  /** Changes, pauses or resumes it. What is left out stays as it is. */
  readonly update: (id: string, changes: ScheduleUpdate, options?: CallOptions) => Promise<Schedule>
  /** Forgets it and its history. Generations that it made stay. */
  readonly delete: (id: string, options?: CallOptions) => Promise<void>
  /** Runs it once, now. The generation is answered as soon as fal has it. */
  readonly run: (id: string, options?: KeyedOptions) => Promise<Generation>
  readonly runs: (id: string, options?: PageOptions) => Promise<Page<ScheduleRun>>
}

export const createSchedules = (call: Call): Schedules => ({
  create: (request, options) => ask(call, 'POST', PATH, request, keyed(options)),
  preview: (request, options) => ask(call, 'POST', `${PATH}/preview`, request, options),
  list: (options) => ask(call, 'GET', PATH + query(options), undefined, options),
  get: (id, options) => ask(call, 'GET', pathOf(id), undefined, options),
  update: (id, changes, options) => ask(call, 'PATCH', pathOf(id), changes, options),
  delete: async (id, options) => {
    await ask(call, 'DELETE', pathOf(id), undefined, options)
  },
  run: (id, options) => ask(call, 'POST', `${pathOf(id)}/run`, {}, keyed(options)),
  runs: (id, options) =>
    ask(call, 'GET', `${pathOf(id)}/runs${query(options)}`, undefined, options),
})

const PATH = '/v1/schedules'
const pathOf = (id: string): string => `${PATH}/${encodeURIComponent(id)}`

const query = ({ limit, cursor }: PageOptions = {}): string => {
  const asked = new URLSearchParams()
  if (limit !== undefined) asked.set('limit', String(limit))
  if (cursor !== undefined) asked.set('cursor', cursor)
  return asked.size === 0 ? '' : `?${asked.toString()}`
}

const keyed = (options: KeyedOptions = {}): KeyedOptions => ({
  ...options,
  idempotencyKey: options.idempotencyKey ?? crypto.randomUUID(),
})

/** Sends until the gateway answers for good; all of these are safe to send again. */
const ask = async <T>(
  call: Call,
  method: string,
  path: string,
  body: unknown,
  { signal, idempotencyKey }: KeyedOptions = {},
): Promise<T> => {
  const headers = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  }
  const init = {
    method,
    headers,
    signal,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }
  return sendUntilAnswered({ signal, idempotencyKey }, () =>
    tryOnce(
      signal,
      () => call(path, init),
      (response) => readBody<T>(response, signal),
    ),
  )
}
