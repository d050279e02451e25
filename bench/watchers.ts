/** Many watchers of one generation: the calls to fal, and how soon all are connected and told. */
import { get as httpGet, type IncomingMessage } from 'node:http'
import type { BenchAccount, Generation } from './account.ts'
import type { Bench } from './bench.ts'
import { type Result, summarise, type Target } from './results.ts'

const CROWDS = [1, 100, 1000]
/** How long they watch before fal is done. */
const WATCHED_MS = 3000
/** Past the job's end, and within the tolerance of fal's signatures. */
const RENDER_MS = 60_000

const TARGETS: Readonly<Record<string, Target>> = {
  opened: { was: '8.4 s', atMost: 2000 },
  told: { was: '1.3 s', atMost: 300 },
  memory: { was: '0.5 MB', atMost: 60 },
}

export const watchers = async ({ gateway, emulator, rounds, signal }: Bench): Promise<Result[]> => {
  const { worker } = gateway
  const results: Result[] = []
  for (const crowd of CROWDS) {
    const seen = { looks: [], opened: [], told: [], memory: [] } as Record<string, number[]>
    for (let round = 0; round < rounds(3); round++) {
      signal.throwIfAborted()
      await emulator.reset()
      await using account = await gateway.newAccount({ settled: 10 })
      const generation = await account.post(`render_ms=${RENDER_MS}`)
      await worker.quiet()
      const bytesBefore = worker.memoryBytes()
      const startedMs = performance.now()
      const streams = await Promise.all(
        Array.from({ length: crowd }, () => openStream(worker.url, account, generation)),
      )
      seen['opened']?.push(performance.now() - startedMs)
      const callsBefore = (await emulator.calls()).length
      await new Promise((resolve) => setTimeout(resolve, WATCHED_MS))
      const looks = (await emulator.calls()).slice(callsBefore).filter(({ op }) => op === 'status')
      seen['looks']?.push((1000 * looks.length) / WATCHED_MS)
      const bytes = worker.memoryBytes()
      if (bytes !== undefined && bytesBefore !== undefined && crowd > 1) {
        seen['memory']?.push((bytes - bytesBefore) / crowd / 1000)
      }
      const endedMs = performance.now()
      await Promise.all([emulator.advance(RENDER_MS), ...streams.map(({ told }) => told)])
      seen['told']?.push(performance.now() - endedMs)
    }
    for (const [name, figure, unit] of [
      ['looks', 'Looks at fal a second', 'calls'],
      ['opened', 'All streams are open', 'ms'],
      ['told', 'The last watcher is told', 'ms'],
      ['memory', 'Memory for each watcher', 'kB'],
    ] as const) {
      const target = crowd === 1000 && name in TARGETS && { target: TARGETS[name] ?? {} }
      const about = { figure, who: `${crowd.toLocaleString('en')} watching`, unit, ...target }
      const values = seen[name] ?? []
      if (values.length > 0) results.push(summarise(about, values))
    }
  }
  return results
}

interface Stream {
  /** Resolves when this watcher has received the end. */
  readonly told: Promise<void>
}

const openStream = async (
  { hostname, port }: URL,
  { headers }: BenchAccount,
  { id }: Generation,
): Promise<Stream> => {
  const path = `/v1/generations/${id}/events`
  const accept = { accept: 'text/event-stream' }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = {
      hostname,
      port,
      path,
      headers: { ...headers, ...accept },
      agent: false as const,
    }
    httpGet(asked, resolve).on('error', reject)
  })
  if (response.statusCode !== 200) throw new Error(`no stream: ${response.statusCode}`)
  const told = new Promise<void>((resolve, reject) => {
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.includes('event: generation.completed')) resolve()
    })
    response.on('end', () => reject(new Error('a stream ended before its generation did')))
  })
  // It is awaited later. Until then, a failure must not count as unhandled.
  told.catch(() => undefined)
  return { told }
}
