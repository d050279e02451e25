import { expect, it, vi } from 'vitest'
import { type Asking, callWith, KEY, newCaller } from './callers.ts'
import { described } from './described.ts'
import { SCHEDULE, schedule } from './schedules-world.ts'
import { api, fal, freshWorld } from './world.ts'

freshWorld()

type Call = (...args: unknown[]) => unknown

/** Calls a Worker whose accounts answer every call with `answer`. */
const answeredBy = async (answer: Call, path: string, init: Asking = {}): Promise<Response> => {
  const account = new Proxy({}, { get: () => answer })
  const response = await callWith({ ACCOUNTS: { getByName: () => account } }, path, init)
  return described(new Request(api.ORIGIN + path, { method: init.method ?? 'GET' }), response)
}

/** The platform's error for a method that the object does not have yet. */
const tooNew: Call = () =>
  Promise.reject(new TypeError('The RPC receiver does not implement the method "admit".'))

const json = (body: unknown, headers: Record<string, string> = {}): Asking => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

it('asks the caller to retry on every route if the account runs older code, and loses nothing', async () => {
  const { id, fal_request_id } = await api.create({ prompt: fal.marked('render_ms=600000') })
  await api.create()
  const { id: scheduleId } = await schedule({ cron: '@yearly' })
  const { made, call: asMade } = await newCaller()
  // Reports the key's use once here, so that it is not reported again below.
  await asMade('/v1/me')
  const hook = await fal.theHook()
  const asKey = { authorization: `Bearer ${made.key}` }
  const keyed = { 'idempotency-key': 'order-7' }
  const body = { prompt: api.PROMPT }
  const asked: readonly [string, Asking?][] = [
    ['/v1/generations', json(body, keyed)],
    ['/v1/generations', json(body)],
    ['/v1/generations'],
    ['/v1/generations/estimate', json(body)],
    [`/v1/generations/${id}`],
    [`/v1/generations/${id}/events`],
    [`/v1/generations/${id}/events`, { headers: { accept: 'application/json' } }],
    [`/v1/generations/${id}/cancel`, { method: 'POST' }],
    [`/v1/generations/${id}/retry`, json({})],
    [`/v1/requests/${fal_request_id}x`],
    ['/v1/schedules', json(SCHEDULE)],
    ['/v1/schedules', json(SCHEDULE, asKey)],
    ['/v1/schedules'],
    [`/v1/schedules/${scheduleId}`],
    [`/v1/schedules/${scheduleId}`, { ...json({ paused: true }), method: 'PATCH' }],
    [`/v1/schedules/${scheduleId}`, { method: 'DELETE' }],
    [`/v1/schedules/${scheduleId}/runs`],
    [`/v1/schedules/${scheduleId}/run`, { method: 'POST' }],
    ['/v1/keys', json(KEY)],
    ['/v1/keys'],
    [`/v1/keys/${made.id}`, { method: 'DELETE' }],
    ['/v1/me', { headers: asKey }],
    ['/v1/usage'],
    ['/v1/accounts/default'],
    ['/v1/accounts/default', { ...json({ max_open: 1 }), method: 'PUT' }],
    [new URL(hook.url).pathname, { method: 'POST', ...hook }],
  ]
  for (const [path, init] of asked) {
    const response = await answeredBy(tooNew, path, init)
    const asked = `${init?.method ?? 'GET'} ${path}`
    expect([asked, response.headers.get('retry-after')]).toEqual([asked, '2'])
    expect(await api.codeOf(response)).toBe('unavailable')
  }

  const taken = await api.post('/v1/generations', body, keyed)
  expect([taken.status, taken.headers.get('idempotent-replayed')]).toEqual([202, null])
  expect(await fal.calls('submit')).toHaveLength(3)
  expect((await asMade('/v1/me')).status).toBe(200)
  expect(await api.get(`/v1/schedules/${scheduleId}`)).toMatchObject({ paused: false })
  expect(await api.get('/v1/accounts/default')).toMatchObject({ max_open: 1000 })
})

it.each([
  ['/v1/generations', { prompt: api.PROMPT }, 'look for the generation before you send it again'],
  ['/v1/schedules', SCHEDULE, 'look for the schedule before you send it again'],
])('says how to repeat a POST to %s that may have been stored', async (path, body, advice) => {
  const told = async (headers = {}) => (await answeredBy(tooNew, path, json(body, headers))).json()
  const away = 'the account could not be reached; '
  expect(await told()).toMatchObject({ detail: away + advice, retryable: false })
  const again = `${away}send it again with the same Idempotency-Key`
  const keyed = await told({ 'idempotency-key': 'order-8' })
  expect(keyed).toMatchObject({ detail: again, retryable: true })
})

it("answers 500 to fal's clients, so that they do not send again", async () => {
  const { id } = await api.create({ prompt: fal.marked('render_ms=600000') })
  const request = `/queue/fal-ai/pika/requests/${id}`
  for (const [path, init] of [
    ['/fal-ai/pika/v2.2/text-to-video', json({ prompt: api.PROMPT })],
    ['/queue/fal-ai/pika/v2.2/text-to-video', json({ prompt: api.PROMPT })],
    [request],
    [`${request}/status`],
    [`${request}/status/stream`],
    [`${request}/cancel`, { method: 'PUT' }],
  ] as const) {
    expect([path, (await answeredBy(tooNew, path, init)).status]).toEqual([path, 500])
  }
})

it.each([
  ['that allows a retry', { retryable: true, overloaded: false }, 3],
  ['from an overloaded object', { retryable: true, overloaded: true }, 1],
  ['that says nothing about retries', {}, 1],
  ['that forbids a retry', { retryable: false, remote: true }, 1],
])('repeats a call after an error %s only as often as it helps', async (_what, says, tries) => {
  const pauses = vi.spyOn(globalThis, 'setTimeout')
  const chance = vi.spyOn(Math, 'random')
  // The properties that the platform adds to an error.
  const failing = vi.fn<Call>(() => Promise.reject(Object.assign(new Error('it said no'), says)))
  const response = answeredBy(failing, '/v1/generations', json({ prompt: api.PROMPT }))
  expect(await api.codeOf(response)).toBe('unavailable')
  expect(failing).toHaveBeenCalledTimes(tries)
  expect(chance).toHaveBeenCalledTimes(tries - 1)
  const waits = pauses.mock.calls.filter(([, ms = 0]) => ms >= 100)
  expect(waits).toHaveLength(tries - 1)
})
