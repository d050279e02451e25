/** `/v1/events`: what happens to all of an account's generations, as a stream or in pages. */
import type { Context } from 'hono'
import * as z from 'zod/mini'
import { ACCOUNT_EVENTS, type AccountEventType } from '../contract/events.ts'
import { renderAccountEvent } from '../domain/account-event.ts'
import { scope } from './access.ts'
import { newRoutes } from './gateway.ts'
import { problem } from './problem.ts'
import { openStream, originOf, ownAccount, sendStream } from './reading.ts'
import { query, wholeNumber } from './validate.ts'

const CURSOR = /^\d{1,15}$/
const isType = (text: string): text is AccountEventType =>
  ACCOUNT_EVENTS.some((one) => one === text)
const typesError = `must be some of ${ACCOUNT_EVENTS.join(', ')}, separated by commas`

export const eventsQuery = z.optional(
  z.strictObject({
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
  }),
)

const DEFAULT_LIMIT = 100

export const events = newRoutes().get(
  '/',
  scope('generations:read'),
  query(eventsQuery),
  async (c) => {
    const { after, limit = DEFAULT_LIMIT, types } = c.req.valid('query') ?? {}
    const lastId = c.req.header('last-event-id')
    if (lastId !== undefined && !CURSOR.test(lastId)) {
      return problem(c, 'invalid_header', 'Last-Event-ID must be the number of an event')
    }
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
  },
)

const expired = (c: Context) =>
  problem(
    c,
    'events_expired',
    'events are kept for 7 days: list the generations, and continue from `after=now`',
  )
