import { expect, test, vi } from 'vitest'
import { createPikaClient, PikaError } from '../../src/client/index.ts'
import { canceled, completed, failed, ID, queued, told } from './example.ts'
import {
  abortAfter,
  ABORTED,
  brokenNetwork,
  clientOf,
  eventStream,
  finish,
  gapsMs,
  json,
  problem,
  sse,
  usePassingTime,
} from './scripted-gateway.ts'

const INPUT = { prompt: 'Sunlight on a slow river', metadata: { scene: '7' } } as const
const accepted = json(queued, 202)
const ends = (...events: ReturnType<typeof told>[]) => eventStream(events.map(sse)).answer

usePassingTime()

test('generate submits, waits and gives the completed generation', async () => {
  const { pika, asked } = clientOf(accepted, ends(told(1, queued), told(2, completed)))
  const updates: string[] = []
  const result = pika.generate(INPUT, {
    idempotencyKey: 'scene-7',
    onUpdate: (event) => updates.push(event.type),
  })
  expect(await finish(result)).toEqual(completed)
  expect(updates).toEqual(['generation.queued', 'generation.completed'])
  expect(asked[0]).toMatchObject({
    url: 'https://gateway.example/v1/generations',
    method: 'POST',
    body: JSON.stringify(INPUT),
  })
  expect(Object.fromEntries(asked[0]?.headers ?? [])).toEqual({
    authorization: 'Bearer k',
    'content-type': 'application/json',
    'idempotency-key': 'scene-7',
  })
})

test('generate retries under the same key when the network, a proxy or the gateway fails', async () => {
  const { pika, asked } = clientOf(
    brokenNetwork,
    () => new Response('<h1>Bad gateway</h1>', { status: 502 }),
    problem('internal_error'),
    () => new Response('{"id":"gen', { status: 202 }),
    problem('unavailable', { generation_id: ID }),
    accepted,
    ends(told(1, completed)),
  )
  expect(await finish(pika.generate(INPUT))).toEqual(completed)
  const keys = asked.slice(0, 6).map(({ headers }) => headers.get('idempotency-key'))
  expect(new Set(keys).size).toBe(1)
  expect(keys[0]).toMatch(/^[\da-f-]{36}$/)
})

test('generate uses a fresh key for every call', async () => {
  const { pika, asked } = clientOf(json(completed))
  await finish(pika.generate(INPUT))
  await finish(pika.generate(INPUT))
  const [first, second] = asked.map(({ headers }) => headers.get('idempotency-key'))
  expect(first).not.toBe(second)
})

test('generate waits as long as the gateway asks', async () => {
  const busy = problem('too_many_open', {}, { 'retry-after': '40' })
  const { pika, asked } = clientOf(busy, json(completed))
  expect(await finish(pika.generate(INPUT))).toEqual(completed)
  expect(gapsMs(asked)).toEqual([40_000])
})

test.each([
  ['fal_queue_full', { generation_id: ID }],
  ['fal_unavailable', { generation_id: ID }],
  ['invalid_input', {}],
  ['unauthorized', {}],
  ['over_budget', {}],
  ['not_configured', {}],
  ['switched_off', { retryable: false }],
] as const)('generate does not retry after %s', async (code, extras) => {
  const { pika, asked } = clientOf(problem(code, extras))
  const error = await finish(pika.generate(INPUT, { idempotencyKey: 'scene-7' }))
  expect(error).toBeInstanceOf(PikaError)
  expect(error).toMatchObject({ code, problem: { code }, idempotencyKey: 'scene-7' })
  expect(asked).toHaveLength(1)
})

test('generate gives up after nine tries, and names the key that makes another try safe', async () => {
  const { pika, asked } = clientOf(brokenNetwork)
  const error = await finish(pika.generate(INPUT, { idempotencyKey: 'scene-7' }))
  expect(error).toMatchObject({ code: 'network', idempotencyKey: 'scene-7' })
  expect(asked).toHaveLength(9)
})

test.each([
  [
    "fal's reason when it fails",
    failed,
    { code: 'content_policy_violation', message: 'flagged by a content checker' },
  ],
  ['canceled when somebody cancels it', canceled, { code: 'canceled' }],
])('generate throws %s', async (_, generation, error) => {
  const { pika } = clientOf(accepted, ends(told(1, generation)))
  expect(await finish(pika.generate(INPUT))).toMatchObject({ ...error, generation })
})

test('generate throws timeout with the generation as it was last seen, and cancels nothing', async () => {
  const { pika, asked } = clientOf(accepted, eventStream([': hello\n\n'], 'stay').answer)
  const result = finish(pika.generate(INPUT, { timeoutMs: 10_000 }))
  expect(await result).toMatchObject({ code: 'timeout', generation: queued })
  expect(asked.map(({ method }) => method)).toEqual(['POST', 'GET'])
  expect(vi.getTimerCount()).toBe(0)
})

test("generate ends with the signal's reason, cancels nothing, and sends nothing once aborted", async () => {
  const { pika, asked } = clientOf(accepted, eventStream([], 'stay').answer)
  const work = (signal: AbortSignal) => pika.generate(INPUT, { signal })
  expect(await abortAfter(100, work)).toEqual(ABORTED)
  await expect(work(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  expect(asked.map(({ method }) => method)).toEqual(['POST', 'GET'])
})

test.each([completed, failed, canceled])('waitFor resolves with $status', async (generation) => {
  const { pika } = clientOf(ends(told(1, generation)))
  expect(await finish(pika.waitFor(ID))).toEqual(generation)
})

test('waitFor includes what a late result added', async () => {
  const late = told(2, { ...failed, cost: { ...failed.cost, state: 'charged' } })
  const { pika } = clientOf(ends(told(1, failed), { ...late, type: 'generation.late_result' }))
  expect(await finish(pika.waitFor(ID))).toMatchObject({ cost: { state: 'charged' } })
})

test('waitFor reads the generation if its events are gone', async () => {
  const { pika, asked } = clientOf(() => new Response(null, { status: 204 }), json(completed))
  expect(await finish(pika.waitFor(ID))).toEqual(completed)
  expect(asked[1]?.url).toBe(`https://gateway.example/v1/generations/${ID}`)
})

test('waitFor throws what its callback throws', async () => {
  const { pika } = clientOf(ends(told(1, queued), told(2, completed)))
  const onUpdate = () => {
    throw new Error('mine')
  }
  expect(await finish(pika.waitFor(ID, { onUpdate }))).toEqual(new Error('mine'))
})

test('the client calls the fetch it was given as a plain function', async () => {
  const callers: unknown[] = []
  const pika = createPikaClient({
    baseUrl: 'https://gateway.example',
    apiKey: 'k',
    fetch: async function (this: unknown) {
      callers.push(this)
      return Response.json(completed)
    },
  })
  await pika.generate(INPUT)
  await pika.api.v1.models.$get()
  expect(callers).toEqual([undefined, undefined])
})

test('the client offers every route as a typed call', async () => {
  const { pika, asked } = clientOf(json({ object: 'list', data: [], has_more: false }))
  const response = await pika.api.v1.generations.$get({ query: { limit: '5' } })
  expect(await response.json()).toMatchObject({ data: [] })
  expect(asked[0]?.url).toBe('https://gateway.example/v1/generations?limit=5')
  expect(asked[0]?.headers.get('authorization')).toBe('Bearer k')
})
