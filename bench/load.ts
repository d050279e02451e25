/** Sends requests in rounds, one contender after another, and measures wall time and CPU time. */
import { Agent, request as httpRequest } from 'node:http'
import { Bench } from 'tinybench'
import { median } from './results.ts'
import type { RunningWorker } from './workerd.ts'

const agent = new Agent({ keepAlive: true })

export interface Asked {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** The expected status; by default any below 300. */
  readonly status?: number
}

/** Sends one request and returns its body; any other status is an error. */
export const send = (url: URL, { method = 'GET', path, headers, body, status }: Asked) =>
  new Promise<string>((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const framed =
      text === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    const { hostname, port } = url
    const sent = httpRequest(
      { agent, hostname, port, method, path, headers: { ...headers, ...framed } },
      (response) => {
        let told = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (told += chunk))
        response.on('error', reject)
        response.on('end', () => {
          const { statusCode = 0 } = response
          const isGood = status === undefined ? statusCode < 300 : statusCode === status
          if (isGood) return resolve(told)
          reject(new Error(`${method} ${path}: ${statusCode} ${told.slice(0, 300)}`))
        })
      },
    )
    sent.on('error', reject)
    sent.end(text)
  })

export interface Contender {
  readonly who: string
  readonly worker: RunningWorker
  /** Runs before each round, and is not timed. */
  readonly prepare?: () => Promise<unknown>
  readonly request: () => Promise<unknown>
}

/** The results of each round. */
export interface Rounds {
  readonly perSecond: number[]
  /** The median of a round's requests. */
  readonly ms: number[]
  /** Of each request; empty if the system does not report it. */
  readonly cpuMs: number[]
}

export interface Plan {
  readonly rounds: number
  /** Of each contender in each round. */
  readonly requests: number
  readonly concurrency: number
  /** After this long no further request of a round begins. */
  readonly longestMs?: number
  readonly signal: AbortSignal
}

/** Measures contenders in turns, so that other load on the machine affects all of them alike. */
export const compare = async (
  contenders: readonly Contender[],
  { rounds, requests, concurrency, longestMs = 0, signal }: Plan,
): Promise<(who: string) => Rounds> => {
  const measured = new Map<string, Rounds>(
    contenders.map(({ who }) => [who, { perSecond: [], ms: [], cpuMs: [] }]),
  )
  const of = (who: string): Rounds => {
    const found = measured.get(who)
    if (found === undefined) throw new Error(`nobody measured ${who}`)
    return found
  }
  // The first round warms them up, and does not count.
  for (let round = -1; round < rounds; round++) {
    signal.throwIfAborted()
    const bench = new Bench({
      iterations: requests,
      time: longestMs,
      warmup: false,
      concurrency: 'task',
      threshold: concurrency,
      retainSamples: true,
      throws: true,
      signal,
    })
    const first = (round + 1) % contenders.length
    for (const each of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      addTask(bench, each, round < 0 ? undefined : of(each.who))
    }
    await bench.run()
  }
  return of
}

const addTask = (
  bench: Bench,
  { who, worker, prepare, request }: Contender,
  rounds: Rounds | undefined,
): void => {
  let cpuBeforeMs: number | undefined
  let startedMs = 0
  let answered = 0
  const counted = () => request().then(() => (answered += 1))
  bench.add(who, counted, {
    // Otherwise it would be called once before its turn, to see what it returns.
    async: true,
    beforeAll: async () => {
      await prepare?.()
      await worker.quiet()
      cpuBeforeMs = worker.cpuMs()
      startedMs = performance.now()
    },
    afterAll: async () => {
      const tookMs = performance.now() - startedMs
      // Work after the answer belongs to the request too.
      await worker.quiet()
      const cpuMs = worker.cpuMs()
      rounds?.perSecond.push((1000 * answered) / tookMs)
      if (cpuMs !== undefined && cpuBeforeMs !== undefined) {
        rounds?.cpuMs.push((cpuMs - cpuBeforeMs) / answered)
      }
    },
  })
  const task = bench.getTask(who)
  task?.addEventListener('complete', () => {
    const { result } = task
    if ('latency' in result) rounds?.ms.push(median(result.latency.samples ?? [result.latency.p50]))
  })
}
