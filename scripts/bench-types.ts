/** Prints what the packaged client costs a caller's compiler, beside what it is compared with. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPackage } from './build-package.ts'
import { runScript } from './interrupt.ts'
import { COST_PROJECTS, measureTypes, writeCostProjects } from './package/type-cost.ts'
import { PROJECT } from './wrangler.ts'

const RUNS = 9

const bench = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'pika-edge-types-'))
  try {
    const modules = join(folder, 'node_modules')
    mkdirSync(join(modules, '@fal-ai'), { recursive: true })
    for (const name of ['hono', '@fal-ai/client']) {
      symlinkSync(join(PROJECT, 'node_modules', name), join(modules, name))
    }
    await buildPackage(join(modules, 'pika-edge/dist'))
    copyFileSync(join(PROJECT, 'package.json'), join(modules, 'pika-edge/package.json'))
    writeCostProjects(folder)
    for (const skipLibCheck of [false, true]) await printTable(folder, skipLibCheck)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const printTable = async (folder: string, skipLibCheck: boolean): Promise<void> => {
  const runs = new Map(COST_PROJECTS.map((name) => [name, [] as number[]]))
  const counts = new Map<string, number>()
  // By turns, so that whatever else the machine does slows all of them alike.
  for (let run = 0; run < RUNS; run++) {
    for (const [name, wallsMs] of runs) {
      const { instantiations, wallMs } = await measureTypes(folder, name, skipLibCheck)
      counts.set(name, instantiations)
      wallsMs.push(wallMs)
    }
  }
  const empty = counts.get('empty') ?? 0
  process.stdout.write(`\nskipLibCheck: ${skipLibCheck}, median of ${RUNS} runs\n`)
  for (const [name, wallsMs] of runs) {
    const count = counts.get(name) ?? 0
    const ratio = empty === 0 ? '' : `${(count / empty).toFixed(3)} of empty`
    const median = wallsMs.toSorted((a, b) => a - b)[RUNS >> 1] ?? 0
    const columns = [name.padEnd(10), `${count} instantiations`.padStart(24), ratio.padStart(16)]
    process.stdout.write(`${columns.join('  ')}  ${median.toFixed(0).padStart(6)} ms\n`)
  }
}

await runScript(bench)
