/** `/v1/webhooks`: URLs that receive what happens in an account. */
import type { Context } from 'hono'
import { MESSAGE_ID, WEBHOOK_ID } from '../contract/id.ts'
import { toIsoOrNull } from '../contract/units.ts'
import { webhookRequest, webhookUpdate } from '../contract/webhook.ts'
import type { SendResult } from '../domain/webhook/calls.ts'
import { renderDelivery } from '../domain/webhook/delivery.ts'
import {
  type EndpointRecord,
  previousUntilMs,
  renderEndpoint,
  type Secret,
} from '../domain/webhook/endpoint.ts'
import { urlFault } from '../domain/webhook/url.ts'
import { scope } from './access.ts'
import { type AppEnv, newRoutes } from './gateway.ts'
import { limitReached, notFound, problem } from './problem.ts'
import { named, ownAccount } from './reading.ts'
import { DEFAULT_LIMIT, invalidInput, jsonBody, page, pageQuery, query } from './validate.ts'

export const deliveriesQuery = pageQuery(MESSAGE_ID)

const ofWebhook = named(WEBHOOK_ID, 'webhook')

export const webhooks = newRoutes()
  .post('/', scope('webhooks:write'), jsonBody(webhookRequest), async (c) => {
    const asked = c.req.valid('json')
    const refusal = await refuseUrl(c, 'url', asked.url)
    if (refusal !== undefined) return refusal
    const id = c.get('gateway').newId('wh')
    const { accountId, keyId } = c.get('principal')
    const result = await ownAccount(c).webhooks.create({ id, accountId, keyId, asked })
    if (result.type === 'too_many') return limitReached(c, result.max, 'webhooks')
    const headers = { ...NOT_STORED, location: `/v1/webhooks/${id}` }
    return c.json(withSecret(c, result.endpoint), 201, headers)
  })
  .get('/', scope('webhooks:read'), async (c) => {
    const data = (await ownAccount(c).webhooks.list()).map(renderEndpoint)
    return c.json({ object: 'list' as const, data }, 200)
  })
  .get('/:id', scope('webhooks:read'), ofWebhook, async (c) =>
    answer(c, await ownAccount(c).webhooks.get(c.req.param('id'))),
  )
  .patch('/:id', scope('webhooks:write'), jsonBody(webhookUpdate), ofWebhook, async (c) => {
    const id = c.req.param('id')
    const changes = c.req.valid('json')
    const refusal = await refuseUrl(c, 'url', changes.url)
    if (refusal !== undefined) return refusal
    const { keyId } = c.get('principal')
    return answer(c, await ownAccount(c).webhooks.update({ id, keyId, changes }))
  })
  .delete('/:id', scope('webhooks:write'), ofWebhook, async (c) => {
    const id = c.req.param('id')
    if (!(await ownAccount(c).webhooks.remove(id))) return notFound(c, 'webhook')
    return c.json({ id, object: 'webhook' as const, deleted: true as const }, 200)
  })
  .post('/:id/rotate-secret', scope('webhooks:write'), ofWebhook, async (c) => {
    const rotated = await ownAccount(c).webhooks.rotateSecret(c.req.param('id'))
    if (rotated === null) return notFound(c, 'webhook')
    return c.json(withSecret(c, rotated), 200, NOT_STORED)
  })
  .post('/:id/test', scope('webhooks:write'), ofWebhook, async (c) =>
    answerSent(c, await ownAccount(c).webhooks.test(c.req.param('id')), 'webhook'),
  )
  .get('/:id/deliveries', scope('webhooks:read'), query(deliveriesQuery), ofWebhook, async (c) => {
    const { limit = DEFAULT_LIMIT, cursor = null } = c.req.valid('query') ?? {}
    const found = await ownAccount(c).webhooks.deliveries(c.req.param('id'), limit, cursor)
    if (found === null) return notFound(c, 'webhook')
    const data = found.deliveries.map(renderDelivery)
    return c.json(page(data, found.hasMore ? (data.at(-1)?.id ?? null) : null), 200)
  })
  .post('/:id/deliveries/:delivery_id/resend', scope('webhooks:write'), async (c) => {
    const { id, delivery_id } = c.req.param()
    if (!WEBHOOK_ID.test(id) || !MESSAGE_ID.test(delivery_id)) return notFound(c, 'delivery')
    return answerSent(c, await ownAccount(c).webhooks.resend(id, delivery_id), 'delivery')
  })

export const NOT_STORED = { 'cache-control': 'no-store' }

export const refuseUrl = async (c: Context<AppEnv>, path: string, url?: string | null) => {
  if (url === null || url === undefined) return undefined
  const known = await c.get('gateway').webhookOrigin()
  const ownOrigins = [new URL(c.req.url).origin, ...(known === null ? [] : [known])]
  const message = urlFault(url, ownOrigins)
  return message === undefined ? undefined : invalidInput(c, [{ path, message }])
}

export const renderSecret = (secrets: readonly Secret[]) => ({
  secret: secrets[0]?.text ?? '',
  previous_secret_until: toIsoOrNull(previousUntilMs(secrets, Date.now())),
})

const answer = (c: Context<AppEnv>, found: EndpointRecord | null) =>
  found === null ? notFound(c, 'webhook') : c.json(renderEndpoint(found), 200)

const withSecret = (c: Context<AppEnv>, endpoint: EndpointRecord) => ({
  ...renderEndpoint(endpoint),
  ...renderSecret(endpoint.secrets),
})

const answerSent = (c: Context<AppEnv>, result: SendResult, what: string) => {
  switch (result.type) {
    case 'not_found':
      return notFound(c, what)
    case 'disabled':
      return problem(c, 'webhook_disabled', 'enable it first: PATCH it with {"enabled": true}')
    case 'sent':
      return c.json(renderDelivery(result.sent), 200)
  }
}
