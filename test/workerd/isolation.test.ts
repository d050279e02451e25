import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import type { Generation } from '../../src/contract/generation.ts'
import { type Caller, newCaller } from './callers.ts'
import { api, eventually, fal, freshWorld } from './world.ts'

freshWorld()

interface Owned {
  /** Settled, so that it is in KV as well. */
  readonly settled: Generation
  readonly open: Generation
  readonly keyId: string
  readonly scheduleId: string
  readonly webhookId: string
  readonly deliveryId: string
  readonly callbackUrl: string
}

/** Paths that name what is someone else's, for every route that has parameters. */
const PATHS: Readonly<Record<string, (owned: Owned) => readonly string[]>> = {
  '/v1/generations/:id': ids((id) => `/v1/generations/${id}`),
  '/v1/generations/:id/events': ids((id) => `/v1/generations/${id}/events`),
  '/v1/generations/:id/cancel': ids((id) => `/v1/generations/${id}/cancel`),
  '/v1/generations/:id/retry': ids((id) => `/v1/generations/${id}/retry`),
  '/v1/generations/:id/resolve': ids((id) => `/v1/generations/${id}/resolve`),
  '/v1/generations/:id/share': ids((id) => `/v1/generations/${id}/share`),
  '/v1/requests/:fal_request_id': ({ settled, open }) => [
    `/v1/requests/${settled.fal_request_id}`,
    `/v1/requests/${open.fal_request_id}`,
  ],
  '/v1/keys/:id': ({ keyId }) => [`/v1/keys/${keyId}`],
  '/v1/schedules/:id': ({ scheduleId }) => [`/v1/schedules/${scheduleId}`],
  '/v1/schedules/:id/run': ({ scheduleId }) => [`/v1/schedules/${scheduleId}/run`],
  '/v1/schedules/:id/runs': ({ scheduleId }) => [`/v1/schedules/${scheduleId}/runs`],
  '/v1/webhooks/:id': ({ webhookId }) => [`/v1/webhooks/${webhookId}`],
  '/v1/webhooks/:id/rotate-secret': ({ webhookId }) => [`/v1/webhooks/${webhookId}/rotate-secret`],
  '/v1/webhooks/:id/test': ({ webhookId }) => [`/v1/webhooks/${webhookId}/test`],
  '/v1/webhooks/:id/deliveries': ({ webhookId }) => [`/v1/webhooks/${webhookId}/deliveries`],
  '/v1/webhooks/:id/deliveries/:delivery_id/resend': ({ webhookId, deliveryId }) => [
    `/v1/webhooks/${webhookId}/deliveries/${deliveryId}/resend`,
  ],
  '/v1/accounts/:id': () => ['/v1/accounts/owner'],
  '/v1/accounts/:id/after-restore': () => ['/v1/accounts/owner/after-restore'],
  '/v1/accounts/:id/webhook-secret': () => ['/v1/accounts/owner/webhook-secret'],
  '/queue/fal-ai/pika/requests/:id': ids((id) => `/queue/fal-ai/pika/requests/${id}`),
  '/queue/fal-ai/pika/requests/:id/status': ids((id) => `/queue/fal-ai/pika/requests/${id}/status`),
  '/queue/fal-ai/pika/requests/:id/status/stream': ids(
    (id) => `/queue/fal-ai/pika/requests/${id}/status/stream`,
  ),
  '/queue/fal-ai/pika/requests/:id/cancel': ids((id) => `/queue/fal-ai/pika/requests/${id}/cancel`),
  '/videos/:account/:file': ({ settled }) => {
    const { search } = new URL(settled.video?.url ?? '')
    return [`/videos/other/${settled.id}.mp4${search}`, `/videos/owner/${settled.id}.mp4`]
  },
  // No key opens these: the code in the address does, and it is worth nothing elsewhere.
  '/callbacks/fal/:account/:generation/:mac': ({ callbackUrl, settled, open }) => {
    const mac = callbackUrl.split('/').at(-1) ?? ''
    return [
      `/callbacks/fal/other/${open.id}/${mac}`,
      `/callbacks/fal/owner/${settled.id}/${mac}`,
      `/callbacks/fal/owner/${open.id}/${'A'.repeat(mac.length)}`,
    ]
  },
}

function ids(path: (id: string) => string) {
  return ({ settled, open }: Owned) => [path(settled.id), path(open.id)]
}

/** Every route that the Worker answers at, without its middleware. */
const routes = createApp(() => {
  throw new Error('only its routes are looked at')
}).routes.filter(
  ({ method, path }, index, all) =>
    method !== 'ALL' &&
    index === all.findIndex((other) => other.method === method && other.path === path),
)

/** What the account `owner` has. */
const own = async (): Promise<Owned> => {
  const owner = await newCaller({ account_id: 'owner' })
  const { id }: Generation = await (await owner.create()).json()
  const open: Generation = await (
    await owner.create({ prompt: fal.marked('render_ms=600000') })
  ).json()
  await eventually(async () => {
    await fal.deliverAll()
    return (await env.REQUESTS.get(`generation:${id}`)) !== null
  })
  const settled: Generation = await (await owner.call(`/v1/generations/${id}`)).json()
  const scheduled = await owner.send('POST', '/v1/schedules', {
    name: 'daily',
    cron: '@daily',
    input: { prompt: api.PROMPT },
  })
  const { id: scheduleId }: { id: string } = await scheduled.json()
  const url = 'https://owner.receiver.test/ok'
  const made = await owner.send('POST', '/v1/webhooks', { url })
  const { id: webhookId }: { id: string } = await made.json()
  const tested = await owner.send('POST', `/v1/webhooks/${webhookId}/test`, {})
  const { id: deliveryId }: { id: string } = await tested.json()
  const callbackUrl = (await fal.jobs()).at(-1)?.webhook_url ?? ''
  return { settled, open, keyId: owner.made.id, scheduleId, webhookId, deliveryId, callbackUrl }
}

const ask = (caller: Caller, method: string, path: string) =>
  ['GET', 'DELETE'].includes(method) ? caller.call(path, { method }) : caller.send(method, path, {})

it('knows what to put into every path that has parameters', () => {
  const parametric = routes.map(({ path }) => path).filter((path) => /[:*{]/.test(path))
  expect([...new Set(parametric)].toSorted()).toEqual(Object.keys(PATHS).toSorted())
})

it('answers 404 for everything of another account, at every route', async () => {
  const owned = await own()
  const other = await newCaller({ account_id: 'other' })
  for (const { method, path } of routes) {
    for (const filled of PATHS[path]?.(owned) ?? []) {
      const response = await ask(other, method, filled)
      const { code, status }: { code?: string; status: unknown } = await response.json()
      // fal's own paths say it in fal's words, and what is the operator's alone looks for nothing.
      const isFals = filled.startsWith('/queue/')
      const wanted = /\/(resolve|after-restore)$/.test(path)
        ? [403, 'missing_scope']
        : [404, isFals ? 'NOT_FOUND' : 'not_found']
      const answer = [method, filled, response.status, isFals ? status : code]
      expect(answer).toEqual([method, filled, ...wanted])
    }
  }
})

it('answers the owner at each of them, so that the 404 says something', async () => {
  const owned = await own()
  const owner = await newCaller({ account_id: 'owner' })
  // What is deleted is not found afterwards.
  const deletesLast = routes.toSorted(
    (a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'),
  )
  for (const { method, path } of deletesLast) {
    if (path.startsWith('/callbacks') || path.startsWith('/videos')) continue
    for (const filled of PATHS[path]?.(owned) ?? []) {
      const response = await ask(owner, method, filled)
      await response.body?.cancel()
      expect([method, filled, response.status]).not.toEqual([method, filled, 404])
    }
  }
})

it('shows nothing of another account in any list or sum', async () => {
  const owned = await own()
  const other = await newCaller({ account_id: 'other' })
  const lists = routes.filter(
    ({ method, path }) => method === 'GET' && path.startsWith('/v1/') && !path.includes(':'),
  )
  expect(lists.length).toBeGreaterThanOrEqual(5)
  for (const { path } of lists) {
    const response = await other.call(path)
    const text = await response.text()
    expect([path, response.status]).toEqual([path, 200])
    const { settled, open, ...ids } = owned
    for (const id of [settled.id, open.id, ids.keyId, ids.scheduleId, ids.webhookId, 'owner']) {
      expect(text).not.toContain(id)
    }
  }
  expect(await (await other.call('/v1/usage')).json()).toMatchObject({
    total: { generations: 0, charged_usd: 0, reserved_usd: 0 },
  })
  const cursor = await other.call(`/v1/generations?cursor=${owned.open.id}`)
  expect(await cursor.json()).toMatchObject({ data: [], has_more: false })
})

it('keeps idempotency keys of accounts apart, and shares them within one', async () => {
  const owner = await newCaller({ account_id: 'owner' })
  const other = await newCaller({ account_id: 'other' })
  const colleague = await newCaller({ account_id: 'owner' })
  const once = { 'idempotency-key': 'once' }
  const [first, foreign, again] = await Promise.all(
    [
      await owner.create({}, once),
      await other.create({}, once),
      await colleague.create({}, once),
    ].map(async (response): Promise<Generation> => response.json()),
  )
  expect(foreign?.id).not.toBe(first?.id)
  expect(again?.id).toBe(first?.id)
  expect(await fal.jobs()).toHaveLength(2)
})
