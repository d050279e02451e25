/** Streams of events, and `/v1/events`: what happens to all of an account's generations. */
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import * as z from 'zod/mini'
import { ACCOUNT_EVENTS, type AccountEventType } from '../contract/events.ts'
import {
  MAX_STREAMS_OF_ACCOUNT,
  MAX_STREAMS_OF_CLIENT_SECRET,
  MAX_STREAMS_OF_GENERATION,
  renderAccountEvent,
} from '../domain/generation/event.ts'
import { keyInvalid, reads } from './access.ts'
import { type AppEnv, newRoutes } from './gateway.ts'
import { problem } from './problem.ts'
import { originOf, ownAccount } from './reading.ts'
import { query, queryOf, wholeNumber } from './validate.ts'

const isType = (text: string): text is AccountEventType =>
  ACCOUNT_EVENTS.some((one) => one === text)
const typesError = `must be some of ${ACCOUNT_EVENTS.join(', ')}, separated by commas`

export const eventsQuery = queryOf({
  /** The `next_cursor` of the previous page, or `now`. Default: the oldest. */
  after: z.optional(
    z.string().check(z.regex(/^(now|\d{1,15})$/, { error: 'is not a cursor of this list' })),
  ),
  /**
   * How many at most.
   * @default 100
   */
  limit: z.optional(wholeNumber(1, 100)),
  /** Only these types, separated by commas. */
  types: z.optional(
    z.string().check(z.refine((text) => text.split(',').every(isType), { error: typesError })),
  ),
})

/** Rejects a `Last-Event-ID` that is no number of an event. */
export const resumes = createMiddleware<AppEnv>(async (c, next) =>
  /^\d{1,15}$/.test(c.req.header('last-event-id') ?? '0')
    ? next()
    : problem(c, 'invalid_header', 'Last-Event-ID must be the number of an event'),
)

/**
 * Opens an event stream. Any answer but 200 says why there is none: 404, 401 if the key has ended,
 * 429, 410 if the events are no longer kept, and 204 if no event can follow.
 */
export const openStream = async (
  c: Context<AppEnv>,
  path: '/events' | '/account-events',
  asked: Readonly<Record<string, string>>,
): Promise<Response> => {
  const { keyId, expiresAtMs } = c.get('principal')
  const until = expiresAtMs === null ? {} : { until: String(expiresAtMs) }
  const origin = await originOf(c)
  const query = new URLSearchParams({ ...asked, origin, key: keyId, ...until })
  const url = `https://account${path}?${query.toString()}`
  return ownAccount(c).fetch(new Request(url, { signal: c.req.raw.signal }))
}

export const sendStream = async (c: Context<AppEnv>, stream: Response) => {
  if (stream.status === 401) return keyInvalid(c)
  if (stream.status === 429) return tooManyStreams(c, stream)
  return c.body(stream.body ?? '', 200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
}

/** The gateway notices within two heartbeats that a reader has left. */
const STREAM_RETRY_SECONDS = 15

const TOO_MANY: Readonly<Record<string, string>> = {
  client_secret: `this client secret has ${MAX_STREAMS_OF_CLIENT_SECRET} event streams open; close one first`,
  account: `this account has ${MAX_STREAMS_OF_ACCOUNT} streams of all its events open; poll for pages instead`,
  generation: `this generation has ${MAX_STREAMS_OF_GENERATION} event streams open; poll it instead`,
}

export const tooManyStreams = async (c: Context<AppEnv>, refused: Response) =>
  problem(c, 'too_many_streams', TOO_MANY[await refused.text()] ?? 'too many streams', {
    retryAfterSeconds: STREAM_RETRY_SECONDS,
  })

export const events = newRoutes().get('/', reads, query(eventsQuery), resumes, async (c) => {
  const { after, limit = 100, types } = c.req.valid('query') ?? {}
  const lastId = c.req.header('last-event-id')
  if (/text\/event-stream/i.test(c.req.header('accept') ?? '')) {
    const from = lastId ?? (after === 'now' ? undefined : after)
    const asked = { ...(types && { types }), ...(from && { after: from }) }
    const stream = await openStream(c, '/account-events', asked)
    return stream.status === 410 ? expired(c) : sendStream(c, stream)
  }
  const cursor = after ?? lastId ?? null
  const page = await ownAccount(c).generations.eventPage({
    after: cursor === null || cursor === 'now' ? cursor : Number(cursor),
    limit,
    types: types?.split(',').filter(isType) ?? null,
  })
  if (page.type === 'expired') return expired(c)
  const origin = await originOf(c)
  const data = page.events.map((event) => renderAccountEvent(event, origin))
  const list = { object: 'list' as const, data }
  return c.json({ ...list, has_more: page.hasMore, next_cursor: String(page.cursor) }, 200)
})

const expired = (c: Context) => {
  const detail = 'events are kept for 7 days: list the generations, and continue from `after=now`'
  return problem(c, 'events_expired', detail)
}
