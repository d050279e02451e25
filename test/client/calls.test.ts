import { expect, test } from 'vitest'
import { createPikaClient, type PikaClient, PikaError } from '../../src/client/index.ts'
import { ID, queued } from './example.ts'
import {
  abortAfter,
  ABORTED,
  brokenNetwork,
  clientOf,
  finish,
  json,
  problem,
  scriptedGateway,
  usePassingTime,
} from './scripted-gateway.ts'

const INPUT = { prompt: 'Sunlight on a slow river' }
const SCHEDULE = { name: 'Good morning', cron: '0 9 * * MON-FRI', input: INPUT }
const FIVE = { limit: 5 }
const DOUBLE = { accept_double_charge: true }
const AGREED = { acceptDoubleCharge: true }
const PAUSED = { paused: true }
const HOOK = { url: 'https://example.com/hook' }
const ENABLED = { enabled: true }
const KEY = { account_id: 'studio', name: 'editor', scopes: ['generations:read' as const] }
const KEYED = { idempotencyKey: 'order-7' }
const OF_GENERATION = `generations/${ID}`
const BASE_URL = 'https://gateway.example'
const ANSWER = { object: 'what the gateway says' }
/** A caller's own object, which may hold more than a signal. */
const session = { signal: new AbortController().signal, token: 'of nobody else' }

type Work = (pika: PikaClient, options?: typeof KEYED) => Promise<unknown>
type Call = readonly [method: string, path: string, body: object | null, work: Work]

usePassingTime()

/** The request that a call makes. */
const sentAs = (method: string, path: string, body: object | null) => ({
  method,
  url: `${BASE_URL}/v1/${path}`,
  body: body && JSON.stringify(body),
})

test.each<Call>([
  ['GET', OF_GENERATION, null, (pika) => pika.get(ID, session)],
  ['POST', `${OF_GENERATION}/cancel`, {}, (pika) => pika.cancel(ID)],
  ['POST', 'generations/estimate', INPUT, (pika) => pika.estimate(INPUT)],
  ['GET', 'usage?from=2026-11-01', null, (pika) => pika.usage({ from: '2026-11-01', ...session })],
  ['GET', 'models', null, (pika) => pika.models(session)],
  ['GET', 'keys', null, (pika) => pika.keys.list(session)],
  ['GET', 'keys/key_1', null, (pika) => pika.keys.get('key_1', session)],
  ['GET', 'schedules', null, (pika) => pika.schedules.list()],
  ['GET', 'schedules?limit=5', null, (pika) => pika.schedules.list({ ...FIVE, ...session })],
  ['GET', 'schedules?cursor=x', null, (pika) => pika.schedules.list({ cursor: 'x' })],
  ['GET', 'schedules/a%2Fb', null, (pika) => pika.schedules.get('a/b')],
  ['GET', 'schedules/a/runs?limit=5', null, (pika) => pika.schedules.runs('a', FIVE)],
  ['POST', 'schedules/preview', SCHEDULE, (pika) => pika.schedules.preview(SCHEDULE)],
  ['PATCH', 'schedules/a', PAUSED, (pika) => pika.schedules.update('a', PAUSED)],
  ['GET', 'webhooks', null, (pika) => pika.webhooks.list(session)],
  ['GET', 'webhooks/a%2Fb', null, (pika) => pika.webhooks.get('a/b')],
  ['PATCH', 'webhooks/a', ENABLED, (pika) => pika.webhooks.update('a', ENABLED)],
  ['GET', 'webhooks/a/deliveries?limit=5', null, (pika) => pika.webhooks.deliveries('a', FIVE)],
  ['POST', 'webhooks/a/deliveries/b/resend', {}, (pika) => pika.webhooks.resend('a', 'b')],
])('%s /v1/%s, and again if no answer comes', async (method, path, body, work) => {
  const { pika, asked } = clientOf(brokenNetwork, json(ANSWER))
  expect(await finish(work(pika))).toEqual(ANSWER)
  const call = sentAs(method, path, body)
  expect(asked).toMatchObject([call, call])
})

test.each<Call>([
  ['POST', 'keys', KEY, (pika) => pika.keys.create(KEY)],
  ['POST', 'webhooks', HOOK, (pika) => pika.webhooks.create(HOOK)],
  ['POST', 'webhooks/a/rotate-secret', {}, (pika) => pika.webhooks.rotateSecret('a')],
  ['POST', 'webhooks/a/test', {}, (pika) => pika.webhooks.test('a')],
])('%s /v1/%s once, even if its answer is lost', async (method, path, body, work) => {
  const { pika, asked } = clientOf(json(ANSWER), brokenNetwork)
  expect(await work(pika)).toEqual(ANSWER)
  expect(await finish(work(pika))).toMatchObject({ code: 'network' })
  const call = sentAs(method, path, body)
  expect(asked).toMatchObject([call, call])
})

test.each<Call>([
  ['POST', 'generations', INPUT, (pika, key) => pika.create(INPUT, key)],
  ['POST', `${OF_GENERATION}/retry`, {}, (pika, key) => pika.retry(ID, key)],
  ['POST', `${OF_GENERATION}/retry`, DOUBLE, (pika, key) => pika.retry(ID, { ...key, ...AGREED })],
  ['POST', 'schedules', SCHEDULE, (pika, key) => pika.schedules.create(SCHEDULE, key)],
  ['POST', 'schedules/a/run', {}, (pika, key) => pika.schedules.run('a', key)],
])('%s /v1/%s under one key, however often it is sent', async (method, path, body, work) => {
  const empty = () => new Response(null, { status: 204 })
  const { pika, asked } = clientOf(brokenNetwork, empty, problem('unavailable'), json(ANSWER, 202))
  expect(await finish(work(pika))).toEqual(ANSWER)
  expect(asked).toMatchObject(Array(4).fill(sentAs(method, path, body)))
  const keys = new Set(asked.map(({ headers }) => headers.get('idempotency-key')))
  expect([...keys]).toEqual([expect.stringMatching(/^[\da-f-]{36}$/)])

  const errors = [{ path: 'cron', message: 'never fires' }]
  const refusing = clientOf(problem('invalid_input', { errors }))
  const error = await finish(work(refusing.pika, KEYED))
  expect(error).toBeInstanceOf(PikaError)
  expect(error).toMatchObject({ code: 'invalid_input', problem: { errors }, ...KEYED })
  expect(refusing.asked.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['order-7'])
})

test('lists page after page, and fetches no more pages than the caller reads', async () => {
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

test.each<[string, Work]>([
  [OF_GENERATION, (pika) => pika.delete(ID)],
  ['keys/key_1', (pika) => pika.keys.revoke('key_1')],
  ['schedules/a', (pika) => pika.schedules.delete('a')],
  ['webhooks/a', (pika) => pika.webhooks.delete('a')],
])('DELETE /v1/%s, and not_found after a lost answer is a success', async (path, work) => {
  expect(await work(clientOf(json(ANSWER)).pika)).toBeUndefined()
  const { pika, asked } = clientOf(brokenNetwork, problem('not_found'))
  expect(await finish(work(pika))).toBeUndefined()
  const call = sentAs('DELETE', path, null)
  expect(asked).toMatchObject([call, call])
  const never = clientOf(problem('not_found'))
  expect(await finish(work(never.pika))).toMatchObject({ code: 'not_found' })
})

test('ends when its signal aborts', async () => {
  const { pika } = clientOf(brokenNetwork)
  expect(await abortAfter(1, (signal) => pika.get(ID, { signal }))).toEqual(ABORTED)
})

test("acts for another account with the operator's key", async () => {
  const { fetch, asked } = scriptedGateway(json(queued))
  const options = { baseUrl: BASE_URL, apiKey: 'admin', account: 'studio', fetch }
  const pika = createPikaClient(options)
  await pika.get(ID)
  await pika.api.v1.models.$get()
  expect(asked.map(({ headers }) => headers.get('pika-account'))).toEqual(['studio', 'studio'])
})

test('follows one generation with its client secret', async () => {
  const { fetch, asked } = scriptedGateway(json(queued))
  const options = { baseUrl: BASE_URL, clientSecret: 'pcs_1', fetch }
  expect(await createPikaClient(options).get(ID)).toEqual(queued)
  expect(asked[0]?.headers.get('authorization')).toBe('Bearer pcs_1')
})
