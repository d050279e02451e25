/** `npm run soak`: steady load with faults and two kills; no loss, no double send, flat memory. */
import { once } from 'node:events'
import { Command } from '@commander-js/extra-typings'
import { runScript } from '../../scripts/interrupt.ts'
import { columnOfGateway, tableOf } from './report.ts'
import { interruptible, plansOf, runCampaign, startWorld } from './run.ts'

const options = new Command('npm run soak --')
  .option('--minutes <number>', 'how long to request generations', Number, 10)
  .option('--rate <number>', 'how many a second', Number, 5)
  .option('--seed <number>', 'the same seed gives the same faults', Number, 1)
const KILL_AT = [1 / 3, 2 / 3]
/** A caller waits ten seconds after a lost answer, and may have more to do then. */
const SECONDS_EACH = 20
/** Below this share of the requested rate, the machine did not hold it. */
const LEAST_SHARE_OF_RATE = 0.95
const SAMPLE_MS = 5000
/** From the second to the last quarter of a process's life. */
const MOST_GROWTH = 1.3
const MAX_SHOWN = 20

interface HeapUsage {
  readonly usedSize: number
  readonly backingStorageSize: number
}

/**
 * What the Worker and its objects keep alive, in MB. The process's memory says less: wrangler's
 * stand-ins for KV and the rate limits share it, and they grow.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/v8/Runtime/#method-getHeapUsage
 */
const heapMb = async (inspectorUrl: string): Promise<number> => {
  const targets = await fetch(`${inspectorUrl}/json`)
  const [target] = (await targets.json()) as { webSocketDebuggerUrl: string }[]
  // wrangler accepts only origins on this machine.
  const headers = { origin: 'http://localhost' }
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '', { headers })
  try {
    await once(socket, 'open')
    const asked = (id: number, method: string): Promise<HeapUsage> =>
      new Promise((resolve) => {
        socket.addEventListener('message', ({ data }) => {
          const answer = JSON.parse(String(data)) as { id?: number; result: HeapUsage }
          if (answer.id === id) resolve(answer.result)
        })
        socket.send(JSON.stringify({ id, method }))
      })
    await asked(1, 'HeapProfiler.collectGarbage')
    const { usedSize, backingStorageSize } = await asked(2, 'Runtime.getHeapUsage')
    return (usedSize + backingStorageSize) / 1e6
  } finally {
    socket.close()
  }
}

const soak = async (signal: AbortSignal): Promise<void> => {
  const { minutes, rate, seed } = options.parse().opts()
  if (!(minutes * rate > 0)) throw new Error(options.helpInformation())
  const plans = plansOf(Math.ceil(minutes * 60 * rate), seed)
  const startedMs = Date.now()
  const say = (line: string): void =>
    void process.stdout.write(`${Math.round((Date.now() - startedMs) / 1000)} s  ${line}\n`)

  await using cleanUp = new AsyncDisposableStack()
  const { emulator, gateway } = await startWorld(cleanUp)

  const latenciesMs: number[] = []
  let lastAnsweredMs = 0
  /** Samples from the current process while generations are being requested. */
  let memory: { readonly group: number; readonly mb: number[] } | undefined
  const sample = async (): Promise<void> => {
    const group = gateway.group()
    const mb = await heapMb(gateway.inspectorUrl)
    if (group === undefined || latenciesMs.length === plans.length) return
    if (memory?.group !== group) memory = { group, mb: [] }
    memory.mb.push(mb)
  }
  // A process that is killed meanwhile does not answer.
  const sampling = setInterval(() => void sample().catch(() => undefined), SAMPLE_MS)
  cleanUp.defer(() => clearInterval(sampling))

  const beganMs = Date.now()
  const { told, wrong } = await interruptible(
    signal,
    runCampaign({
      plans,
      emulator,
      gateway,
      killAt: KILL_AT,
      outages: 0,
      history: 'all',
      width: Math.ceil(rate * SECONDS_EACH),
      perSecond: rate,
      onAnswered: (ms) => {
        latenciesMs.push(ms)
        lastAnsweredMs = Date.now()
      },
      say,
    }),
  )

  const column = columnOfGateway(plans.length, told, emulator.emulator.jobs())
  process.stdout.write(`\n${tableOf(column, null)}\n\n`)
  const sorted = latenciesMs.toSorted((a, b) => a - b)
  const at = (share: number) => `${sorted[Math.ceil(share * sorted.length) - 1]} ms`
  say(`a POST took ${at(0.5)} (p50), ${at(0.9)} (p90), ${at(0.99)} (p99), ${at(1)} at most`)
  const held = plans.length / ((lastAnsweredMs - beganMs) / 1000) / rate
  say(`${rate} requests a second wanted, ${(held * rate).toFixed(2)} answered`)
  const mb = memory?.mb ?? []
  const quarter = Math.floor(mb.length / 4)
  const mean = (some: readonly number[]) => some.reduce((sum, one) => sum + one, 0) / some.length
  const [early, late] = [mean(mb.slice(quarter, 2 * quarter)), mean(mb.slice(-quarter))]
  say(
    `the Worker's heap after the last kill: first ${early.toFixed(1)} MB, then ${late.toFixed(1)} MB`,
  )

  const faults = [
    ...wrong,
    ...(held < LEAST_SHARE_OF_RATE ? ['the machine did not keep up with that rate'] : []),
    ...(late <= early * MOST_GROWTH ? [] : ['memory grew, or could not be read']),
  ]
  for (const line of faults.slice(0, MAX_SHOWN)) say(line)
  if (faults.length > 0) throw new Error(`${faults.length} promises were broken (seed ${seed})`)
  say('nothing was lost, nothing was sent twice, and memory is flat')
}

await runScript(soak)
