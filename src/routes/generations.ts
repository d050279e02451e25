/** `/v1/generations`: create a generation, and follow what becomes of it. */
import * as z from 'zod/mini'
import { body, oneOf, time, yesOrNo } from '../contract/field.ts'
import { GENERATION_ID } from '../contract/id.ts'
import { generationRequest } from '../contract/input.ts'
import { MODEL } from '../contract/model.ts'
import { toUsd } from '../contract/units.ts'
import { isFinal, ORIGINS, type Status, STATUSES } from '../contract/status.ts'
import type { Spending } from '../domain/generation/calls.ts'
import { exceeds, renderLimit } from '../domain/budget.ts'
import { renderEvent } from '../domain/generation/event.ts'
import { renderGeneration } from '../domain/generation/render.ts'
import { confirmed, scope } from './access.ts'
import { newRoutes } from './gateway.ts'
import { deleted, notFound, problem } from './problem.ts'
import {
  answerGeneration,
  findGeneration,
  mayName,
  missing,
  notModified,
  openStream,
  originOf,
  ownAccount,
  render,
  sendStream,
} from './reading.ts'
import { resolve } from './resolve.ts'
import { share } from './share.ts'
import { answerSpending, sorted, spend } from './spending.ts'
import { DEFAULT_LIMIT, jsonBody, page, pageFields, query } from './validate.ts'
import { refuseUrl } from './webhooks.ts'

export const listQuery = z.optional(
  z.strictObject({
    ...pageFields(GENERATION_ID),
    /** Only those with this status. */
    status: z.optional(oneOf(STATUSES)),
    /** Only those of this schedule. */
    schedule_id: z.optional(z.string()),
    /**
     * Only those of this origin: a `schedule`, `fal`'s own paths, or neither (`api`). A page may
     * then have fewer than `limit`, or none, and still a `next_cursor`.
     */
    origin: z.optional(oneOf(ORIGINS)),
    /** Only those of this end user. */
    user: z.optional(z.string()),
    /** Only those created after this moment. */
    created_after: z.optional(time),
    /** Only those created before this moment. */
    created_before: z.optional(time),
  }),
)

/** How to retry. */
export const retryRequest = body({
  /** Retry although it may have been paid for: its cost is `unknown`, or its refusal unproven. */
  accept_double_charge: z.optional(yesOrNo),
})

export const generations = newRoutes()
  .post('/', scope('generations:write'), jsonBody(generationRequest), async (c) => {
    const { metadata = {}, user, webhook_url: webhookUrl, ...input } = c.req.valid('json')
    const refusal = await refuseUrl(c, 'webhook_url', webhookUrl)
    if (refusal !== undefined) return refusal
    const beside = [user && { user }, webhookUrl && { webhookUrl }].filter(Boolean)
    const canonical = JSON.stringify(['create', input, sorted(metadata), ...beside])
    const spent = await spend(c, canonical, (spending) =>
      ownAccount(c).admit({ ...spending, input, metadata, user, webhookUrl }),
    )
    return spent.ok ? answerSpending(c, spent.value) : spent.error
  })
  .post('/estimate', scope('generations:read'), jsonBody(generationRequest), async (c) => {
    const { metadata: _metadata, user: _user, webhook_url: _url, ...input } = c.req.valid('json')
    const estimate = await ownAccount(c).generations.estimate(c.get('principal').keyId, input)
    const limits = estimate.limits.map((limit) => ({
      ...renderLimit(limit),
      exceeded: exceeds(limit, estimate.estimatedMicrousd),
    }))
    const { open: now, maxOpen: max } = estimate
    const open = { now, max, exceeded: now >= max }
    return c.json(
      {
        object: 'estimate' as const,
        model: MODEL,
        input,
        cost: { estimated_usd: toUsd(estimate.estimatedMicrousd), basis: 'price_table' as const },
        admissible: estimate.accepts && !open.exceeded && limits.every((limit) => !limit.exceeded),
        limits,
        open,
      },
      200,
    )
  })
  .get('/', scope('generations:read'), query(listQuery), async (c) => {
    const asked = c.req.valid('query') ?? {}
    const { limit = DEFAULT_LIMIT, cursor, schedule_id, created_after, created_before } = asked
    const { records, nextBeforeId, holdup } = await ownAccount(c).generations.list({
      limit,
      status: asked.status,
      origin: asked.origin,
      user: asked.user,
      beforeId: cursor,
      scheduleId: schedule_id,
      createdAfterMs: msOf(created_after),
      createdBeforeMs: msOf(created_before),
    })
    const context = { expected: null, holdup, origin: await originOf(c) }
    const data = records.map((record) => renderGeneration(record, context))
    return c.json(page(data, nextBeforeId), 200)
  })
  .get('/:id', scope('generations:read', 'client_secret'), notModified, async (c) => {
    const id = c.req.param('id')
    const found = await findGeneration(c, id)
    return found === null ? missing(c, id) : answerGeneration(c, found)
  })
  .get('/:id/events', scope('generations:read', 'client_secret'), async (c) => {
    const id = c.req.param('id')
    if (!mayName(c, id)) return notFound(c)
    const lastId = c.req.header('last-event-id') ?? '0'
    if (!/^\d{1,15}$/.test(lastId)) {
      return problem(c, 'invalid_header', 'Last-Event-ID must be the number of an event')
    }
    if (wantsJson(c.req.header('accept'))) {
      const log = await ownAccount(c).events(id, Number(lastId))
      if (log === null) return missing(c, id)
      const origin = await originOf(c)
      const data = log.events.map((event) => renderEvent(event, log.record, origin))
      return c.json({ object: 'list' as const, data }, 200)
    }
    const stream = await openStream(c, '/events', { id, after: lastId })
    if (stream.status === 404) return missing(c, id)
    return stream.status === 204 ? c.body(null, 204) : sendStream(c, stream)
  })
  .delete('/:id', scope('generations:write'), async (c) => {
    const id = c.req.param('id')
    if (!mayName(c, id)) return notFound(c)
    const result = await ownAccount(c).generations.delete(id)
    switch (result.type) {
      case 'deleted':
        return c.json({ id, object: 'generation' as const, deleted: true as const }, 200)
      case 'gone':
        return deleted(c, id)
      case 'not_found':
        return notFound(c)
      case 'not_deletable':
        return problem(c, 'not_deletable', whyNotDeletable(result.status), { generationId: id })
    }
  })
  .post('/:id/cancel', scope('generations:write'), confirmed, async (c) => {
    const id = c.req.param('id')
    if (!mayName(c, id)) return notFound(c)
    const result = await ownAccount(c).cancel(id)
    if (result.type === 'not_found') return missing(c, id)
    const generation = await render(c, result.view)
    if (result.type === 'already_final') {
      return problem(c, 'already_final', `it is ${generation.status}, which is final`, {
        generationId: id,
      })
    }
    return result.type === 'canceled' ? c.json(generation, 200) : c.json(generation, 202)
  })
  .post('/:id/retry', scope('generations:write'), jsonBody(retryRequest), async (c) => {
    const id = c.req.param('id')
    if (!mayName(c, id)) return notFound(c)
    const acceptDoubleCharge = c.req.valid('json').accept_double_charge ?? false
    const asked = { acceptDoubleCharge }
    const retry = (spending: Spending) =>
      ownAccount(c).retry({ ...spending, retryOf: id, ...asked })
    const spent = await spend(c, JSON.stringify(['retry', id]), retry, asked)
    if (!spent.ok) return spent.error
    const result = spent.value
    switch (result.type) {
      case 'not_found':
        return missing(c, id)
      case 'still_open':
      case 'not_retryable':
      case 'outcome_unknown':
        return problem(c, result.type, WHY_NOT_RETRIED[result.type], { generationId: id })
      default:
        return answerSpending(c, result)
    }
  })
  .route('/', resolve)
  .route('/', share)

const WHY_NOT_RETRIED = {
  still_open: 'only a generation that has ended can be retried',
  not_retryable: 'it has its video: create a new generation instead',
  outcome_unknown:
    'it may have been paid for; send {"accept_double_charge": true} to retry nevertheless',
}

const whyNotDeletable = (status: Status): string =>
  isFinal(status)
    ? 'fal may still report on it, or it may have been paid for: say which with resolve'
    : `it is ${status}: cancel it first, or wait until it ends`

const msOf = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : Date.parse(time)

const wantsJson = (accept: string | undefined): boolean =>
  accept !== undefined &&
  /application\/(\*|json)/i.test(accept) &&
  !/text\/event-stream/i.test(accept)
