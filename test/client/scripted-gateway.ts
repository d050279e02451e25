/** A gateway that gives scripted answers and records the requests. */
import { afterEach, beforeEach, vi } from 'vitest'
import {
  createPikaClient,
  type Fetch,
  type GenerationEvent,
  type Problem,
} from '../../src/client/index.ts'
import { PROBLEMS, type ProblemCode } from '../../src/contract/problem.ts'

interface Asked {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: string | null
  readonly atMs: number
}

/** An answer; a broken network throws an error instead. */
export type Answer = () => Response | Promise<Response>

export const scriptedGateway = (...answers: Answer[]) => {
  const asked: Asked[] = []
  const fetch: Fetch = async (url, init) => {
    asked.push({
      url,
      method: init.method ?? 'GET',
      headers: new Headers(init.headers),
      body: typeof init.body === 'string' ? init.body : null,
      atMs: Date.now(),
    })
    const answer = answers[asked.length - 1] ?? answers.at(-1)
    if (answer === undefined) throw new Error('nothing to answer')
    return answer()
  }
  return { fetch, asked }
}
/** A client of such a gateway, and the requests that the gateway got. */
export const clientOf = (...answers: Answer[]) => {
  const { fetch, asked } = scriptedGateway(...answers)
  const pika = createPikaClient({ baseUrl: 'https://gateway.example/', apiKey: 'k', fetch })
  return { pika, asked }
}

/** Fake timers for a test file, with the jitter of back-offs fixed at its middle. */
export const usePassingTime = (): void => {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })
}

/** What the work gives or throws, after as much time as it takes. */
export const finish = async <T>(work: Promise<T>): Promise<T | Error> => {
  const settled = work.catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  )
  await vi.runAllTimersAsync()
  return settled
}

const ENOUGH = new Error('enough')
/** The outcome of work that ends as soon as its signal aborts. */
export const ABORTED = { thrown: ENOUGH, timers: 0 }

/** Aborts the work after a while. */
export const abortAfter = async (ms: number, work: (signal: AbortSignal) => Promise<unknown>) => {
  const controller = new AbortController()
  const working = work(controller.signal).catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(ms)
  controller.abort(ENOUGH)
  return { thrown: await working, timers: vi.getTimerCount() }
}

export const gapsMs = (asked: readonly Asked[]): number[] =>
  asked.slice(1).map(({ atMs }, index) => atMs - (asked[index]?.atMs ?? 0))
export const brokenNetwork: Answer = () => {
  throw new TypeError('fetch failed')
}

export const json =
  (body: unknown, status = 200): Answer =>
  () =>
    Response.json(body, { status })

export const problem =
  (
    code: ProblemCode,
    extras: Partial<Problem> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Answer =>
  () => {
    const { status, title, retryable } = PROBLEMS[code]
    const body: Problem = {
      type: `/errors#${code}`,
      title,
      status,
      detail: `because of ${code}`,
      instance: '/v1/generations',
      code,
      request_id: 'req_1',
      retryable,
      ...extras,
    }
    return Response.json(body, {
      status,
      headers: { ...headers, 'content-type': 'application/problem+json' },
    })
  }

export const sse = (event: GenerationEvent): string =>
  `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

/** What a stream does after its last piece: `stay` says nothing more, ever. */
export type StreamEnd = 'close' | 'break' | 'stay'

/** An event stream, and whether its reader has canceled it. */
export const eventStream = (pieces: readonly string[], end: StreamEnd = 'close') => {
  const seen = { canceled: false }
  const answer: Answer = () => {
    const encoder = new TextEncoder()
    let next = 0
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const piece = pieces[next++]
        if (piece !== undefined) controller.enqueue(encoder.encode(piece))
        else if (end === 'close') controller.close()
        else if (end === 'break') controller.error(new TypeError('terminated'))
        else return new Promise(() => undefined)
      },
      cancel: () => {
        seen.canceled = true
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }
  return { answer, seen }
}
