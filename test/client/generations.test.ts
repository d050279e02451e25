import { expect, test } from 'vitest'
import { createPikaClient, PikaError, type PikaClient } from '../../src/client/index.ts'
import { ID, queued } from './example.ts'
import {
  brokenNetwork,
  clientOf,
  finish,
  json,
  problem,
  scriptedGateway,
  usePassingTime,
} from './scripted-gateway.ts'

const INPUT = { prompt: 'Sunlight on a slow river' }
const BASE_URL = 'https://gateway.example'

usePassingTime()

type Work = (pika: PikaClient) => Promise<unknown>
/** As a caller's own object may be, which has a signal among much else. */
const session = { signal: new AbortController().signal, token: 'of nobody else' }
const calls: readonly [string, string, Work][] = [
  ['GET', `/v1/generations/${ID}`, (pika) => pika.get(ID, session)],
  ['POST', `/v1/generations/${ID}/cancel`, (pika) => pika.cancel(ID)],
  ['POST', '/v1/generations/estimate', (pika) => pika.estimate(INPUT)],
  ['GET', '/v1/usage?from=2026-11-01', (pika) => pika.usage({ from: '2026-11-01', ...session })],
  ['GET', '/v1/models', (pika) => pika.models(session)],
  ['GET', '/v1/keys', (pika) => pika.keys.list(session)],
  ['GET', '/v1/keys/key_1', (pika) => pika.keys.get('key_1', session)],
  ['GET', '/v1/schedules?limit=5', (pika) => pika.schedules.list({ limit: 5, ...session })],
  ['GET', '/v1/webhooks', (pika) => pika.webhooks.list(session)],
]

test.each(calls)('%s %s, and again where no answer comes', async (method, path, work) => {
  const { pika, asked } = clientOf(brokenNetwork, json(queued))
  expect(await finish(work(pika))).toEqual(queued)
  const call = [method, BASE_URL + path]
  expect(asked.map(({ method: by, url }) => [by, url])).toEqual([call, call])
})

const DOUBLE = { accept_double_charge: true }
const spending: readonly [string, Work, object][] = [
  ['', (pika) => pika.create(INPUT), INPUT],
  [`/${ID}/retry`, (pika) => pika.retry(ID), {}],
  [`/${ID}/retry`, (pika) => pika.retry(ID, { acceptDoubleCharge: true }), DOUBLE],
]

test.each(spending)('spends once at %s, however often it is sent', async (path, work, body) => {
  const empty = () => new Response(null, { status: 204 })
  const before = [brokenNetwork, empty, problem('unavailable')]
  const { pika, asked } = clientOf(...before, json(queued, 202))
  expect(await finish(work(pika))).toEqual(queued)
  expect(asked.map(({ url }) => url)).toEqual(Array(4).fill(`${BASE_URL}/v1/generations${path}`))
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual(body)
  expect(new Set(asked.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(1)
})

test('takes the idempotency key of its caller, and names it where it gives up', async () => {
  const { pika, asked } = clientOf(problem('over_budget'))
  const error = await finish(pika.create(INPUT, { idempotencyKey: 'order-7' }))
  expect(error).toBeInstanceOf(PikaError)
  expect(error).toMatchObject({ code: 'over_budget', idempotencyKey: 'order-7' })
  expect(asked[0]?.headers.get('idempotency-key')).toBe('order-7')
})

test('lists page after page, and asks for no more than is wanted', async () => {
  const page = (next_cursor: string | null) =>
    json({ object: 'list', data: [queued], has_more: next_cursor !== null, next_cursor })
  const { pika, asked } = clientOf(page('a'), page('b'), page(null))
  const seen = []
  for await (const { data } of pika.list({ status: 'queued', limit: 1 })) seen.push(...data)
  expect(seen).toHaveLength(3)
  const url = `${BASE_URL}/v1/generations?status=queued&limit=1`
  expect(asked.map((call) => call.url)).toEqual([url, `${url}&cursor=a`, `${url}&cursor=b`])
  const first = clientOf(page('a'), page('b'))
  await first.pika.list().next()
  expect(first.asked).toHaveLength(1)
})

test('takes what is gone after a lost answer for deleted, and only then', async () => {
  const { pika, asked } = clientOf(brokenNetwork, problem('not_found'))
  expect(await finish(pika.delete(ID))).toBeUndefined()
  expect(asked.map(({ method }) => method)).toEqual(['DELETE', 'DELETE'])
  const never = clientOf(problem('not_found')).pika.keys.revoke('key_1')
  await expect(never).rejects.toMatchObject({ code: 'not_found' })
})

test('makes an API key once: a lost answer is not sent again', async () => {
  const { pika, asked } = clientOf(brokenNetwork)
  const request = { account_id: 'studio', name: 'editor', scopes: ['generations:read' as const] }
  await expect(pika.keys.create(request)).rejects.toMatchObject({ code: 'network' })
  expect(asked).toHaveLength(1)
})

test('acts for another account with the key of the operator', async () => {
  const { fetch, asked } = scriptedGateway(json(queued))
  const options = { baseUrl: BASE_URL, apiKey: 'admin', account: 'studio', fetch }
  const pika = createPikaClient(options)
  await pika.get(ID)
  await pika.api.v1.models.$get()
  expect(asked.map(({ headers }) => headers.get('pika-account'))).toEqual(['studio', 'studio'])
})

test('follows one generation by its client secret', async () => {
  const { fetch, asked } = scriptedGateway(json(queued))
  const options = { baseUrl: BASE_URL, clientSecret: 'pcs_1', fetch }
  expect(await createPikaClient(options).get(ID)).toEqual(queued)
  expect(asked[0]?.headers.get('authorization')).toBe('Bearer pcs_1')
})
