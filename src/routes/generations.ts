/** `/v1/generations`: create a generation, and follow what becomes of it. */
import * as z from 'zod/mini'
import { body, oneOf, time, yesOrNo } from '../contract/field.ts'
import { FAL_REQUEST_ID, GENERATION_ID } from '../contract/id.ts'
import { generationRequest } from '../contract/input.ts'
import { MODEL } from '../contract/model.ts'
import { toUsd } from '../contract/units.ts'
import { isFinal, ORIGINS, type Status, STATUSES } from '../contract/status.ts'
import type { Spending } from '../domain/generation/calls.ts'
import { exceeds, renderLimit } from '../domain/budget.ts'
import { renderEvent } from '../domain/generation/event.ts'
import { renderGeneration } from '../domain/generation/render.ts'
import { confirmed, reads, scope, writes } from './access.ts'
import { newRoutes } from './gateway.ts'
import { openStream, resumes, sendStream } from './events.ts'
import { deleted, notFound, problem } from './problem.ts'
import {
  answerGeneration,
  findGeneration,
  missing,
  cacheable,
  ofGeneration,
  originOf,
  ownAccount,
  render,
} from './reading.ts'
import { resolve } from './outcomes.ts'
import { answerSpending, sorted, spend } from './spending.ts'
import { DEFAULT_LIMIT, jsonBody, page, pageFields, query, queryOf } from './validate.ts'
import { share } from './videos.ts'
import { refuseUrl } from './webhooks.ts'

export const listQuery = queryOf({
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
})

/** How to retry. */
export const retryRequest = body({
  /** Retry although it may have been paid for: its cost is `unknown`, or its refusal unproven. */
  accept_double_charge: z.optional(yesOrNo),
})

const readsOne = scope('generations:read', 'client_secret')

export const generations = newRoutes()
  .post('/', writes, jsonBody(generationRequest), async (c) => {
    const { metadata = {}, user, webhook_url: webhookUrl, ...input } = c.req.valid('json')
    const refusal = await refuseUrl(c, 'webhook_url', webhookUrl)
    if (refusal !== undefined) return refusal
    const beside = [user && { user }, webhookUrl && { webhookUrl }].filter(Boolean)
    const canonical = JSON.stringify(['create', input, sorted(metadata), ...beside])
    const result = await spend(c, canonical, (spending) =>
      ownAccount(c).admit({ ...spending, input, metadata, user, webhookUrl }),
    )
    return result instanceof Response ? result : answerSpending(c, result)
  })
  .post('/estimate', reads, jsonBody(generationRequest), async (c) => {
    const { metadata: _metadata, user: _user, webhook_url: _url, ...input } = c.req.valid('json')
    const estimate = await ownAccount(c).generations.estimate(c.get('principal').keyId, input)
    const { estimatedMicrousd: needed, open: now, maxOpen: max } = estimate
    const limits = estimate.limits.map((limit) => ({
      ...renderLimit(limit),
      exceeded: exceeds(limit, needed),
    }))
    const open = { now, max, exceeded: now >= max }
    const admissible = estimate.accepts && [open, ...limits].every(({ exceeded }) => !exceeded)
    const cost = { estimated_usd: toUsd(needed), basis: 'price_table' as const }
    const answer = { object: 'estimate' as const, model: MODEL, input, cost }
    return c.json({ ...answer, admissible, limits, open }, 200)
  })
  .get('/', reads, query(listQuery), async (c) => {
    const { limit = DEFAULT_LIMIT, cursor, ...asked } = c.req.valid('query') ?? {}
    const { schedule_id, created_after, created_before, ...same } = asked
    const { records, nextBeforeId, holdup } = await ownAccount(c).generations.list({
      limit,
      ...same,
      beforeId: cursor,
      scheduleId: schedule_id,
      createdAfterMs: msOf(created_after),
      createdBeforeMs: msOf(created_before),
    })
    const context = { expected: null, holdup, origin: await originOf(c) }
    const data = records.map((record) => renderGeneration(record, context))
    return c.json(page(data, nextBeforeId), 200)
  })
  .get('/:id', readsOne, ofGeneration, cacheable, async (c) => {
    const id = c.req.param('id')
    const found = await findGeneration(c, id)
    return found === null ? missing(c, id) : answerGeneration(c, found)
  })
  .get('/:id/events', readsOne, ofGeneration, resumes, async (c) => {
    const id = c.req.param('id')
    const lastId = c.req.header('last-event-id') ?? '0'
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
  .delete('/:id', writes, ofGeneration, async (c) => {
    const id = c.req.param('id')
    const result = await ownAccount(c).generations.delete(id)
    switch (result.type) {
      case 'deleted':
        return c.json({ id, object: 'generation' as const, deleted: true as const }, 200)
      case 'gone':
        return deleted(c, id)
      case 'not_found':
        return notFound(c)
      case 'not_deletable':
        return problem(c, 'not_deletable', whyNotDeletable(result.status), { generation_id: id })
    }
  })
  .post('/:id/cancel', writes, confirmed, ofGeneration, async (c) => {
    const id = c.req.param('id')
    const result = await ownAccount(c).cancel(id)
    if (result.type === 'not_found') return missing(c, id)
    const generation = await render(c, result.view)
    if (result.type === 'already_final') {
      const detail = `it is ${generation.status}, which is final`
      return problem(c, 'already_final', detail, { generation_id: id })
    }
    return result.type === 'canceled' ? c.json(generation, 200) : c.json(generation, 202)
  })
  .post('/:id/retry', writes, jsonBody(retryRequest), ofGeneration, async (c) => {
    const id = c.req.param('id')
    const asked = { acceptDoubleCharge: c.req.valid('json').accept_double_charge ?? false }
    const retry = (spending: Spending) =>
      ownAccount(c).retry({ ...spending, retryOf: id, ...asked })
    const result = await spend(c, JSON.stringify(['retry', id]), retry, asked)
    if (result instanceof Response) return result
    switch (result.type) {
      case 'not_found':
        return missing(c, id)
      case 'still_open':
      case 'not_retryable':
      case 'outcome_unknown':
        return problem(c, result.type, WHY_NOT_RETRIED[result.type], { generation_id: id })
      default:
        return answerSpending(c, result)
    }
  })
  .route('/', resolve)
  .route('/', share)

/** `/v1/requests`: generations by fal's request ids. */
export const requests = newRoutes().get('/:fal_request_id', reads, cacheable, async (c) => {
  const id = c.req.param('fal_request_id')
  if (!FAL_REQUEST_ID.test(id)) return notFound(c)
  const owner = await c.get('gateway').readRequestOwner(id)
  if (owner !== null && owner.account_id !== c.get('principal').accountId) return notFound(c)
  const found =
    owner === null
      ? await ownAccount(c).generations.ofRequest(id)
      : await findGeneration(c, owner.generation_id)
  return found === null ? notFound(c) : answerGeneration(c, found)
})

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
