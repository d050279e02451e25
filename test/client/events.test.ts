import { expect, test, vi } from 'vitest'
import {
  type AccountEvent,
  type AccountEventsOptions,
  type GenerationEvent,
  PikaError,
} from '../../src/client/index.ts'
import { completed, ID, position, queued, told } from './example.ts'
import {
  abortAfter,
  ABORTED,
  type Answer,
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

usePassingTime()

const FIRST = told(1, queued)
const SECOND = position(2, 1)
const LAST = told(3, completed)
const PIECES = [FIRST, SECOND, LAST].map(sse).join('').split('')

const whole = () => eventStream([sse(FIRST), sse(SECOND), sse(LAST)]).answer
const rest = () => eventStream([sse(SECOND), sse(LAST)]).answer
const cut = () => eventStream([sse(FIRST)], 'break').answer
const noContent: Answer = () => new Response(null, { status: 204 })
const silence: Answer = () => new Promise(() => undefined)
const refusal = problem('unavailable', {}, { 'retry-after': '5' })

const follow = (...answers: Answer[]) => {
  const { pika, asked } = clientOf(...answers)
  const seen: GenerationEvent[] = []
  const read = async (options = {}): Promise<void> => {
    for await (const event of pika.events(ID, options)) seen.push(event)
  }
  return { pika, seen, read, asked }
}

/** The error that a problem becomes. */
const as = (code: string) => ({ code, requestId: 'req_1', problem: { code } })
const nothing: Answer = () => new Response('<h1>Not found</h1>', { status: 404 })

test('gives every event in order and ends after the last', async () => {
  const { seen, read, asked } = follow(whole())
  await finish(read())
  expect(seen).toEqual([FIRST, SECOND, LAST])
  expect(asked[0]?.url).toBe(`https://gateway.example/v1/generations/${ID}/events`)
  expect(Object.fromEntries(asked[0]?.headers ?? [])).toEqual({
    accept: 'text/event-stream',
    authorization: 'Bearer k',
    'last-event-id': '0',
  })
})

test.each([
  ['in pieces of any size', [eventStream(PIECES).answer]],
  ['again in a second stream', [cut(), whole()]],
  ['on a second call, 30 s after the first', [silence, whole()]],
])('gives each event once, in order, when they come %s', async (_, answers) => {
  const { seen, read } = follow(...answers)
  await finish(read())
  expect(seen).toEqual([FIRST, SECOND, LAST])
})

test.each(['break', 'close'] as const)('resumes when the stream ends early: %s', async (end) => {
  const { seen, read, asked } = follow(eventStream([sse(FIRST)], end).answer, rest())
  await finish(read())
  expect(seen).toEqual([FIRST, SECOND, LAST])
  expect(asked[1]?.headers.get('last-event-id')).toBe('1')
})

test('starts after the last event that the caller has seen', async () => {
  const { seen, read, asked } = follow(rest())
  await finish(read({ lastEventId: 1 }))
  expect(asked[0]?.headers.get('last-event-id')).toBe('1')
  expect(seen).toEqual([SECOND, LAST])
})

test('ends on 204', async () => {
  const { seen, read, asked } = follow(noContent)
  expect(await finish(read({ lastEventId: 3 }))).toBeUndefined()
  expect(seen).toEqual([])
  expect(asked).toHaveLength(1)
})

test('gives what comes right after the last event, such as a late result', async () => {
  const late: GenerationEvent = { ...told(4, completed), type: 'generation.late_result' }
  const { seen, read } = follow(eventStream([sse(LAST) + sse(late)], 'stay').answer)
  await finish(read())
  expect(seen).toEqual([LAST, late])
})

test.each([
  [
    'waits longer after each failure, and starts over once an event comes',
    [brokenNetwork, brokenNetwork, brokenNetwork, cut(), rest()],
    [1000, 2000, 4000, 1000],
  ],
  [
    "honours the stream's retry hint",
    [eventStream(['retry: 7000\n\n', sse(FIRST)], 'break').answer, rest()],
    [7000],
  ],
  ['comes back after a temporary refusal, when it says', [refusal, whole()], [5000]],
])('%s', async (_, answers, gaps) => {
  const { seen, read, asked } = follow(...answers)
  await finish(read())
  expect(seen).toEqual([FIRST, SECOND, LAST])
  expect(gapsMs(asked)).toEqual(gaps)
})

test('gives up a connection after 30 s without a byte', async () => {
  const dead = eventStream([sse(FIRST)], 'stay')
  const { seen, read, asked } = follow(dead.answer, rest())
  await finish(read())
  expect(seen).toEqual([FIRST, SECOND, LAST])
  expect(dead.seen.canceled).toBe(true)
  expect(gapsMs(asked)).toEqual([31_000])
})

test('keeps a connection that sends only heartbeats', async () => {
  const { seen, read, asked } = follow(() => {
    const encoder = new TextEncoder()
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const beat = () => controller.enqueue(encoder.encode(': heartbeat\n\n'))
        const beating = setInterval(beat, 12_000)
        setTimeout(() => {
          clearInterval(beating)
          controller.enqueue(encoder.encode(sse(LAST)))
          controller.close()
        }, 300_000)
      },
    })
    return new Response(body)
  })
  await finish(read())
  expect(seen).toEqual([LAST])
  expect(asked).toHaveLength(1)
})

test.each<[string, Answer, object, number]>([
  ['throws at once on unauthorized', problem('unauthorized'), as('unauthorized'), 1],
  ['throws at once on not_found', problem('not_found'), as('not_found'), 1],
  ['throws at once on not_configured', problem('not_configured'), as('not_configured'), 1],
  ['throws at once if there is no gateway', nothing, { code: 'network', status: 404 }, 1],
  ['gives up after ten failures in a row', brokenNetwork, { code: 'network' }, 10],
])('%s', async (_, answer, error, calls) => {
  const { read, asked } = follow(answer)
  expect(await finish(read())).toMatchObject(error)
  expect(asked).toHaveLength(calls)
})

test("ends with the signal's reason, and cancels the stream", async () => {
  const stream = eventStream([sse(FIRST)], 'stay')
  const { read } = follow(stream.answer)
  expect(await abortAfter(100, (signal) => read({ signal }))).toEqual(ABORTED)
  expect(stream.seen.canceled).toBe(true)
})

test('ends if its signal aborts while it waits to reconnect', async () => {
  const { read } = follow(brokenNetwork)
  expect(await abortAfter(500, (signal) => read({ signal }))).toEqual(ABORTED)
})

test('cancels the stream when the caller stops reading', async () => {
  const stream = eventStream([sse(FIRST), sse(SECOND)], 'stay')
  const { pika } = follow(stream.answer)
  for await (const event of pika.events(ID)) {
    expect(event).toEqual(FIRST)
    break
  }
  expect(stream.seen.canceled).toBe(true)
})

test('encodes the id it is given', async () => {
  const { pika, asked } = follow(problem('not_found'))
  await expect(pika.events('../keys?x#y').next()).rejects.toThrow(PikaError)
  expect(asked[0]?.url).toBe('https://gateway.example/v1/generations/..%2Fkeys%3Fx%23y/events')
})

const happened = (id: number): AccountEvent => ({
  id,
  type: 'generation.deleted',
  generation_id: 'gen_1',
  created_at: '2026-11-28T10:00:00.000Z',
})
const stream = (...ids: number[]) =>
  eventStream(ids.map((id) => `id: ${id}\ndata: ${JSON.stringify(happened(id))}\n\n`)).answer
const page = (next: string, more: boolean, ...ids: number[]) =>
  json({ object: 'list', data: ids.map(happened), has_more: more, next_cursor: next })

/** The first `count` events that a client gives, and what it asked for meanwhile. */
const take = async (count: number, options: AccountEventsOptions, ...answers: Answer[]) => {
  const { pika, asked: calls } = clientOf(...answers)
  const ids: number[] = []
  const read = async () => {
    for await (const { id } of pika.accountEvents(options)) if (ids.push(id) === count) break
  }
  await Promise.all([read(), vi.runAllTimersAsync()])
  const asked = calls.map(
    ({ url, headers }) => `${new URL(url).search} ${headers.get('last-event-id')}`,
  )
  return { ids, asked }
}

test('accountEvents starts from now, and misses nothing if its stream is cut off at once', async () => {
  const { ids, asked } = await take(3, {}, page('7', false), stream(), stream(8, 9), stream(9, 10))
  expect(ids).toEqual([8, 9, 10])
  expect(asked).toEqual(['?after=now null', ' 7', ' 7', ' 9'])
})

test('accountEvents polls for pages if told to, each after the one before', async () => {
  const answers = [
    page('2', true, 1, 2),
    page('3', false, 3),
    page('3', false),
    page('5', false, 5),
  ]
  const options = { lastEventId: 0, pollSeconds: 2, types: ['generation.deleted'] } as const
  const { ids, asked } = await take(4, options, ...answers)
  expect(ids).toEqual([1, 2, 3, 5])
  const types = 'types=generation.deleted'
  expect(asked).toEqual([0, 2, 3, 3].map((after) => `?${types}&after=${after} null`))
})

test('accountEvents throws if some events are no longer kept', async () => {
  const first = clientOf(problem('events_expired')).pika.accountEvents({ lastEventId: 3 }).next()
  await expect(first).rejects.toMatchObject({ code: 'events_expired' })
})
