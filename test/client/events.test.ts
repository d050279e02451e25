import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createPikaClient, type GenerationEvent, PikaError } from '../../src/client/index.ts'
import { completed, ID, position, queued, told } from './example.ts'
import {
  type Answer,
  brokenNetwork,
  eventStream,
  problem,
  scriptedGateway,
  sse,
} from './scripted-gateway.ts'

const FIRST = told(1, queued)
const SECOND = position(2, 1)
const LAST = told(3, completed)

const whole = () => eventStream([sse(FIRST), sse(SECOND), sse(LAST)]).answer
const rest = () => eventStream([sse(SECOND), sse(LAST)]).answer
const noContent: Answer = () => new Response(null, { status: 204 })

const follow = (...answers: Answer[]) => {
  const gateway = scriptedGateway(...answers)
  const pika = createPikaClient({
    baseUrl: 'https://gateway.example/',
    apiKey: 'k',
    fetch: gateway.fetch,
  })
  const seen: GenerationEvent[] = []
  const read = async (options = {}): Promise<void> => {
    for await (const event of pika.events(ID, options)) seen.push(event)
  }
  return { pika, seen, read, asked: gateway.asked }
}

beforeEach(() => {
  vi.useFakeTimers()
  // The spread of the back-off, at its middle.
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Lets all time pass that the work takes. */
const finish = async (work: Promise<void>): Promise<PikaError | undefined> => {
  const caught = work.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof PikaError) return error
      throw error
    },
  )
  await vi.runAllTimersAsync()
  return caught
}

describe('events', () => {
  test('gives every event in order and ends after the last', async () => {
    const { seen, read, asked } = follow(whole())
    await finish(read())
    expect(seen).toEqual([FIRST, SECOND, LAST])
    expect(asked.map(({ url }) => url)).toEqual([
      `https://gateway.example/v1/generations/${ID}/events`,
    ])
    expect(Object.fromEntries(asked[0]?.headers ?? [])).toEqual({
      accept: 'text/event-stream',
      authorization: 'Bearer k',
      'last-event-id': '0',
    })
  })

  test('reads events that arrive in pieces of any size', async () => {
    const { seen, read } = follow(
      eventStream((sse(FIRST) + sse(SECOND) + sse(LAST)).split('')).answer,
    )
    await finish(read())
    expect(seen).toEqual([FIRST, SECOND, LAST])
  })

  test.each(['break', 'close'] as const)('resumes when the stream ends early: %s', async (end) => {
    const { seen, read, asked } = follow(eventStream([sse(FIRST)], end).answer, rest())
    await finish(read())
    expect(seen).toEqual([FIRST, SECOND, LAST])
    expect(asked[1]?.headers.get('last-event-id')).toBe('1')
  })

  test('gives no event twice when a stream repeats itself', async () => {
    const { seen, read } = follow(eventStream([sse(FIRST)], 'break').answer, whole())
    await finish(read())
    expect(seen).toEqual([FIRST, SECOND, LAST])
  })

  test('starts after the event that the caller has seen', async () => {
    const { seen, read, asked } = follow(rest())
    await finish(read({ lastEventId: 1 }))
    expect(asked[0]?.headers.get('last-event-id')).toBe('1')
    expect(seen).toEqual([SECOND, LAST])
  })

  test('ends on 204', async () => {
    const { seen, read, asked } = follow(noContent)
    await finish(read({ lastEventId: 3 }))
    expect(seen).toEqual([])
    expect(asked).toHaveLength(1)
  })

  test('takes what follows the end, such as a late result, when it is there', async () => {
    const late: GenerationEvent = { ...told(4, completed), type: 'generation.late_result' }
    const { seen, read } = follow(eventStream([sse(LAST) + sse(late)], 'stay').answer)
    await finish(read())
    expect(seen).toEqual([LAST, late])
  })

  test('waits longer after each failure, and starts afresh once an event came', async () => {
    const { read, asked } = follow(
      brokenNetwork,
      brokenNetwork,
      brokenNetwork,
      eventStream([sse(FIRST)], 'break').answer,
      rest(),
    )
    await finish(read())
    const gaps = asked.slice(1).map(({ atMs }, index) => atMs - (asked[index]?.atMs ?? 0))
    expect(gaps).toEqual([1000, 2000, 4000, 1000])
  })

  test("honours the stream's retry hint", async () => {
    const { read, asked } = follow(
      eventStream(['retry: 7000\n\n', sse(FIRST)], 'break').answer,
      rest(),
    )
    await finish(read())
    expect((asked[1]?.atMs ?? 0) - (asked[0]?.atMs ?? 0)).toBe(7000)
  })

  test('gives a connection up after 30 s without a byte', async () => {
    const dead = eventStream([sse(FIRST)], 'stay')
    const { seen, read, asked } = follow(dead.answer, rest())
    await finish(read())
    expect(seen).toEqual([FIRST, SECOND, LAST])
    expect(dead.seen.canceled).toBe(true)
    expect((asked[1]?.atMs ?? 0) - (asked[0]?.atMs ?? 0)).toBe(31_000)
  })

  test('keeps a connection that has only heartbeats to tell', async () => {
    const { seen, read, asked } = follow(() => {
      const encoder = new TextEncoder()
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          const beat = setInterval(
            () => controller.enqueue(encoder.encode(': heartbeat\n\n')),
            12_000,
          )
          setTimeout(() => {
            clearInterval(beat)
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

  test('gives a call up that is not answered for 30 s', async () => {
    const { seen, read } = follow(() => new Promise(() => undefined), whole())
    await finish(read())
    expect(seen).toEqual([FIRST, SECOND, LAST])
  })

  test.each(['unauthorized', 'not_found', 'not_configured'] as const)(
    'throws at once on %s',
    async (code) => {
      const { read, asked } = follow(problem(code))
      const error = await finish(read())
      expect(error).toMatchObject({ code, requestId: 'req_1', problem: { code } })
      expect(asked).toHaveLength(1)
    },
  )

  test('comes back after a refusal that passes, when it says', async () => {
    const { seen, read, asked } = follow(
      problem('unavailable', {}, { 'retry-after': '5' }),
      whole(),
    )
    await finish(read())
    expect(seen).toEqual([FIRST, SECOND, LAST])
    expect((asked[1]?.atMs ?? 0) - (asked[0]?.atMs ?? 0)).toBe(5000)
  })

  test('throws at once where there is no gateway', async () => {
    const { read, asked } = follow(() => new Response('<h1>Not found</h1>', { status: 404 }))
    expect(await finish(read())).toMatchObject({ code: 'network', status: 404 })
    expect(asked).toHaveLength(1)
  })

  test('gives up after ten failures in a row', async () => {
    const { read, asked } = follow(brokenNetwork)
    expect(await finish(read())).toMatchObject({ code: 'network' })
    expect(asked).toHaveLength(10)
  })

  test("ends with the signal's reason, and lets go of the stream", async () => {
    const stream = eventStream([sse(FIRST)], 'stay')
    const { read } = follow(stream.answer)
    const controller = new AbortController()
    const reading = read({ signal: controller.signal })
    await vi.advanceTimersByTimeAsync(100)
    controller.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
    expect(stream.seen.canceled).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('ends while it waits to come back', async () => {
    const { read } = follow(brokenNetwork)
    const controller = new AbortController()
    const reading = read({ signal: controller.signal })
    await vi.advanceTimersByTimeAsync(500)
    controller.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('lets go of the stream when the caller stops reading', async () => {
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
})
