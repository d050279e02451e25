/** How soon a watcher knows that fal is done: the gateway, and fal's own client beside it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createPikaClient } from '../src/client/index.ts'
import { type EmulatorServer, startEmulator } from '../src/emulator/index.ts'
import { createClient, MODEL } from '../test/campaign/fal-client.ts'
import { ADMIN_KEY, createGateway } from '../test/campaign/gateway.ts'
import { interruptible } from '../test/campaign/interruptible.ts'
import { pool } from '../test/campaign/pool.ts'
import { createTruth } from '../test/campaign/truth.ts'
import { runScript } from './interrupt.ts'

/** As many as one emulator and one gateway on a small machine serve without queueing up. */
const WIDTH = 4
const SHORTEST_MS = 2000
const SPREAD_MS = 2000

interface Measured {
  readonly name: string
  /** From fal's completion to the watcher's news, for each job. */
  readonly latenciesMs: number[]
  readonly callsToFal: number
}

/** Follows one job from asking to the news of its end; answers fal's id for it. */
type Watch = (prompt: string) => Promise<{ readonly requestId: string; readonly toldAtMs: number }>

const measure = async (
  name: string,
  jobs: number,
  emulator: EmulatorServer,
  watch: Watch,
): Promise<Measured> => {
  const truth = createTruth(emulator)
  const before = await countCalls(truth)
  const latenciesMs: number[] = []
  await pool(Array.from({ length: jobs }), WIDTH, async (_, index) => {
    // Ends fall anywhere between two looks, and not always at the same place.
    const renderMs = SHORTEST_MS + ((index * 617) % SPREAD_MS)
    const markers = `queue_ms=300 render_ms=${renderMs}`
    const { requestId, toldAtMs } = await watch(`A slow river [emulator: ${markers}]`)
    const job = emulator.emulator.jobs().find(({ request_id }) => request_id === requestId)
    if (job === undefined) throw new Error(`fal knows no job ${requestId}`)
    latenciesMs.push(toldAtMs - job.ends_at_ms)
  })
  const callsToFal = ((await countCalls(truth)) - before) / jobs
  return { name, latenciesMs: latenciesMs.toSorted((a, b) => a - b), callsToFal }
}

const countCalls = async (truth: ReturnType<typeof createTruth>): Promise<number> => {
  const { calls } = await truth.control<{ calls: { op: string }[] }>('/calls')
  return calls.filter(({ op }) => op !== 'jwks').length
}

const watchGateway = (url: string): Watch => {
  const pika = createPikaClient({ baseUrl: url, apiKey: ADMIN_KEY })
  return async (prompt) => {
    const created = await pika.api.v1.generations.$post({ json: { prompt } })
    if (!created.ok) throw new Error(`not admitted: ${created.status}`)
    const { id } = await created.json()
    for await (const event of pika.events(id)) {
      if (event.type === 'generation.completed') {
        return { requestId: event.generation.fal_request_id ?? '', toldAtMs: Date.now() }
      }
    }
    throw new Error(`${id} was not completed`)
  }
}

const watchQueue = (emulator: EmulatorServer, mode: 'polling' | 'streaming'): Watch => {
  const fal = createClient(emulator)
  return async (prompt) => {
    const { request_id: requestId } = await fal.queue.submit(MODEL, { input: { prompt } })
    await fal.queue.subscribeToStatus(MODEL, { requestId, mode })
    return { requestId, toldAtMs: Date.now() }
  }
}

const at = (sorted: readonly number[], share: number): string =>
  `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)} ms`

const latency = async (signal: AbortSignal): Promise<void> => {
  const { values } = parseArgs({ options: { jobs: { type: 'string', default: '100' } } })
  const jobs = Number(values.jobs)
  await using cleanUp = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'pika-edge-latency-'))
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const emulator = cleanUp.use(await startEmulator())
  const gateway = cleanUp.use(await createGateway(emulator, folder))

  const ways: [string, Watch][] = [
    ['pika-edge, events', watchGateway(gateway.url)],
    ['fal, subscribeToStatus polling', watchQueue(emulator, 'polling')],
    ['fal, subscribeToStatus streaming', watchQueue(emulator, 'streaming')],
  ]
  const row = (name: string, ...cells: string[]) =>
    process.stdout.write(`  ${name.padEnd(34)}${cells.map((cell) => cell.padStart(14)).join('')}\n`)
  row(`${jobs} jobs each`, 'median', '90 %', 'slowest', 'calls to fal')
  for (const [name, watch] of ways) {
    const { latenciesMs, callsToFal } = await interruptible(
      signal,
      measure(name, jobs, emulator, watch),
    )
    const [half, most, all] = [at(latenciesMs, 0.5), at(latenciesMs, 0.9), at(latenciesMs, 1)]
    row(name, half, most, all, callsToFal.toFixed(1))
  }
}

await runScript(latency)
