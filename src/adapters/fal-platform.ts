/**
 * fal's platform API: what the key's account has sent, and what fal really charged for it.
 *
 * @see https://fal.ai/docs/platform-apis/v1/models/requests/by-endpoint
 * @see https://fal.ai/docs/platform-apis/v1/models/billing-events
 */
import * as z from 'zod/mini'
import { FAL_REQUEST_ID } from '../contract/id.ts'
import { MODEL } from '../contract/model.ts'
import { toMicrousd } from '../contract/price.ts'
import { toIso } from '../contract/time.ts'
import type { PastRequest } from '../domain/generation/history.ts'
import type { Found } from '../domain/generation/observation.ts'
import { parseJson, readText } from './body.ts'
import { readResult } from './fal-answers.ts'

export type NoPlatformAnswer =
  /** The key lacks the permission. */
  { readonly type: 'refused' } | { readonly type: 'no_answer' }

export interface HistoryQuery {
  readonly fromMs: number
  readonly untilMs: number
  readonly requestId?: string | undefined
  readonly cursor?: string | undefined
}

export interface HistoryPage {
  readonly type: 'page'
  readonly requests: readonly PastRequest[]
  /** Null on the last page. */
  readonly cursor: string | null
}

interface Bills {
  readonly type: 'bills'
  /** Each request's charge in micro-dollars; null if unreadable. A missing one may be charged later. */
  readonly microusd: ReadonlyMap<string, number | null>
}

export type FalHistory = ReturnType<typeof createFalPlatform>['history']
export type FalBilling = ReturnType<typeof createFalPlatform>['bills']

const TIMEOUT_MS = 15_000
/** Enough for a hundred of the longest requests that fal may be sent, with their outcomes. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
const PAGE_SIZE = 100
export const MAX_BILLS = 50

const time = z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text))))
const item = z.looseObject({
  request_id: z.string().check(z.regex(FAL_REQUEST_ID)),
  endpoint_id: z.literal(MODEL),
  sent_at: time,
  ended_at: z.catch(z.nullish(time), null),
  status_code: z.catch(z.nullish(z.int()), null),
})
const page = z.looseObject({
  items: z.array(z.unknown()),
  next_cursor: z.catch(z.nullish(z.string()), null),
  has_more: z.boolean(),
})
const amount = z.number().check(z.nonnegative())
const charge = z.looseObject({
  request_id: z.string(),
  cost_total: z.catch(z.nullish(amount), null),
  cost_estimate_nano_usd: z.catch(z.nullish(amount), null),
})
const charges = z.looseObject({
  billing_events: z.array(z.unknown()),
  has_more: z.optional(z.nullable(z.boolean())),
})

/** The platform API at `apiUrl`. The key is sent only to that origin. Nothing here throws. */
export const createFalPlatform = (apiUrl: string, credentials: string) => {
  /** What `read` makes of the answer's body; undefined if that proves nothing. */
  const ask = async <T>(
    path: string,
    query: Readonly<Record<string, string>>,
    read: (body: unknown) => T | undefined,
  ): Promise<T | NoPlatformAnswer> => {
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(), TIMEOUT_MS)
    try {
      const url = `${apiUrl.replace(/\/$/, '')}${path}?${new URLSearchParams(query).toString()}`
      const response = await fetch(url, {
        headers: { authorization: `Key ${credentials}`, accept: 'application/json' },
        redirect: 'manual',
        signal: patience.signal,
      })
      const text = await readText(response.body, MAX_ANSWER_BYTES)
      if (response.status === 401 || response.status === 403) return { type: 'refused' }
      const told = response.status !== 200 || text === null ? undefined : read(parseJson(text))
      return told ?? { type: 'no_answer' }
    } catch {
      // Nothing came in time, or the body is nested too deeply.
      return { type: 'no_answer' }
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    history: ({ fromMs, untilMs, requestId, cursor }: HistoryQuery) => {
      const query = {
        endpoint_id: MODEL,
        start: toIso(fromMs),
        end: toIso(untilMs),
        expand: 'payloads',
        limit: String(PAGE_SIZE),
        ...(requestId === undefined ? {} : { request_id: requestId }),
        ...(cursor === undefined ? {} : { cursor }),
      }
      return ask('/models/requests/by-endpoint', query, readPage)
    },
    /** What at most {@link MAX_BILLS} requests cost. It needs an admin key of fal. */
    bills: (requestIds: readonly string[], fromMs: number, untilMs: number) => {
      const period = { start: toIso(fromMs), end: toIso(untilMs) }
      const query = { request_id: requestIds.join(','), ...period, limit: '1000' }
      return ask('/models/billing-events', query, readBills)
    },
  }
}

const readPage = (body: unknown): HistoryPage | undefined => {
  const read = page.safeParse(body)
  if (!read.success) return undefined
  const { items, has_more: hasMore, next_cursor: next } = read.data
  // More pages without a cursor: this part cannot be read to its end.
  if (hasMore && !next) return undefined
  const requests = items.flatMap((each) => {
    const request = item.safeParse(each)
    return request.success ? [readRequest(request.data)] : []
  })
  return { type: 'page', requests, cursor: hasMore ? (next ?? null) : null }
}

const readRequest = (request: z.infer<typeof item>): PastRequest => {
  const end = readEnd(request)
  return {
    requestId: request.request_id,
    sentAtMs: Date.parse(request.sent_at),
    input: request['json_input'],
    end,
    isMade: end === null && request.status_code === 200 && Boolean(request.ended_at),
  }
}

const readEnd = ({ ended_at, status_code, json_output }: z.infer<typeof item>): Found | null => {
  if (!ended_at || !status_code) return null
  const text = json_output === undefined ? '' : JSON.stringify(json_output)
  const result = readResult({ status: status_code, headers: new Headers(), text }, true)
  if (result.type === 'pending' || result.type === 'no_answer') return null
  if (result.type === 'not_found') return null
  // The history records it as the job's end, so it is no error of fal's front itself.
  return result.type === 'doubtful_failure' ? { ...result, type: 'failure', billed: false } : result
}

const readBills = (body: unknown): Bills | undefined => {
  const read = charges.safeParse(body)
  // A partial answer proves nothing: an amount may be split over several events.
  if (!read.success || read.data.has_more === true) return undefined
  const microusd = new Map<string, number | null>()
  for (const each of read.data.billing_events) {
    const event = charge.safeParse(each)
    if (!event.success) continue
    const { request_id: id, cost_total: usd, cost_estimate_nano_usd: nanoUsd } = event.data
    const cost = typeof usd === 'number' ? toMicrousd(usd) : Math.round((nanoUsd ?? NaN) / 1000)
    const sum = (microusd.get(id) ?? 0) + cost
    const isWhole = microusd.get(id) !== null && Number.isSafeInteger(sum)
    microusd.set(id, isWhole ? sum : null)
  }
  return { type: 'bills', microusd }
}
