/** `npm run bench`: what the gateway costs, compared with peers that do less. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runScript } from '../scripts/interrupt.ts'
import type { Part } from './bench.ts'
import { clock } from './clock.ts'
import { counts } from './counts.ts'
import { startEmulatorProcess } from './emulator.ts'
import { ends } from './ends.ts'
import { startGateway } from './gateway.ts'
import { get } from './get.ts'
import { growth } from './growth.ts'
import { install } from './install.ts'
import { plotOf } from './plot.ts'
import { post } from './post.ts'
import type { Result } from './results.ts'
import { sizes } from './sizes.ts'
import { tablesOf } from './table.ts'
import { watchers } from './watchers.ts'

const RESULTS = fileURLToPath(new URL('results', import.meta.url))
/** In the order in which they run. */
const PARTS: Readonly<Record<string, Part>> = {
  counts,
  post,
  get,
  ends,
  watchers,
  growth,
  clock,
  sizes,
  install,
}
/** It fetches every package, so it must be named. */
const USUAL = Object.keys(PARTS).filter((name) => name !== 'install')

const HELP = `npm run bench -- [options]

  --only <parts>   separated by commas: ${Object.keys(PARTS).join(', ')}
                   (all but install)
  --rounds <n>     rounds of each comparison; fewer are faster but less exact
  --name <name>    name of the files in bench/results (latest)
`

const bench = async (signal: AbortSignal): Promise<void> => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: USUAL.join(',') },
      rounds: { type: 'string' },
      name: { type: 'string', default: 'latest' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return void process.stdout.write(HELP)
  const parts = values.only.split(',').map((name) => {
    const part = PARTS[name]
    if (part === undefined) throw new Error(`no part is called ${name}\n\n${HELP}`)
    return { name, part }
  })

  await using running = new AsyncDisposableStack()
  const emulator = running.use(await startEmulatorProcess())
  const gateway = running.use(await startGateway(emulator))
  if (gateway.worker.cpuMs() === undefined) {
    process.stderr.write('no CPU time and no memory: this system has no /proc\n')
  }
  const rounds = (usual: number): number => Number(values.rounds ?? usual)
  const results: Result[] = []
  const seconds: Record<string, number> = {}
  for (const { name, part } of parts) {
    const startedMs = performance.now()
    try {
      results.push(...(await part({ gateway, emulator, rounds, signal })))
    } catch (error) {
      signal.throwIfAborted()
      // One failure must not lose minutes of the other parts' work.
      process.exitCode = 1
      process.stderr.write(`${name} failed: ${String(error)}\n`)
    }
    await emulator.reset()
    seconds[name] = Math.round((performance.now() - startedMs) / 1000)
    process.stderr.write(`${name}: ${seconds[name]} s\n`)
  }

  const cores = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`
  const machine = `${cores}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
  const date = new Date().toISOString()
  mkdirSync(RESULTS, { recursive: true })
  const path = join(RESULTS, values.name)
  const kept = { date, machine, rounds: values.rounds ?? 'usual', seconds, results }
  writeFileSync(`${path}.json`, `${JSON.stringify(kept, null, 2)}\n`)
  writeFileSync(`${path}.svg`, plotOf(results, `${date.slice(0, 10)}, ${machine}`))
  process.stdout.write(
    `${tablesOf(results)}\n${machine}\nbench/results/${values.name}.json, .svg\n`,
  )
}

await runScript(bench)
