/** What is shipped: the Worker and its start-up, the client, and what its types cost a caller. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { buildPackage } from '../scripts/build-package.ts'
import { COST_PROJECTS, measureTypes, writeCostProjects } from './type-cost.ts'
import { PROJECT, runWrangler } from '../scripts/wrangler.ts'
import type { Bench } from './bench.ts'
import { bundleGateway } from './gateway.ts'
import { type Result, summarise } from './results.ts'
import { bundle } from './workerd.ts'

export const sizes = async (bench: Bench): Promise<Result[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'pika-edge-bench-'))
  try {
    const workers = {
      gateway: await bundleGateway('../src/index.ts'),
      'Hono, zod, fal client, KV': await bundle('peers/plain-app.ts'),
      'bare Worker': await bundle('peers/bare-worker.ts'),
    }
    const clients = {
      gateway: await bundle('../src/client/index.ts'),
      '@fal-ai/client': await bundle('peers/fal-subscribe.ts'),
    }
    return [
      ...Object.entries(workers).map(([who, code]) => weigh('The Worker, gzipped', who, code)),
      ...(await startUps(folder, workers, bench)),
      ...Object.entries(clients).map(([who, code]) => weigh('The client, gzipped', who, code)),
      ...(await typeChecks(folder, bench)),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const weigh = (figure: string, who: string, code: string): Result =>
  summarise({ figure, who, unit: 'kB' }, [gzipSync(code).byteLength / 1000])

/** The active time, from wrangler's own profile of the start-up. */
const startUps = async (
  folder: string,
  workers: Readonly<Record<string, string>>,
  { rounds, signal }: Bench,
): Promise<Result[]> => {
  const activeMs = new Map(Object.keys(workers).map((who) => [who, [] as number[]]))
  const config = join(folder, 'wrangler.json')
  const main = 'worker.js'
  writeFileSync(
    config,
    JSON.stringify({ name: 'bench', main, compatibility_date: '2026-10-23', no_bundle: true }),
  )
  for (let round = 0; round < rounds(3); round++) {
    for (const [who, code] of Object.entries(workers)) {
      signal.throwIfAborted()
      writeFileSync(join(folder, main), code)
      const profile = `--outfile=${join(folder, 'startup.cpuprofile')}`
      const { stdout, stderr } = await runWrangler([
        'check',
        'startup',
        `--config=${config}`,
        profile,
      ])
      const active = /Active: ([\d.]+) ms/.exec(stdout)?.[1]
      if (active === undefined) throw new Error(`no profile of the start: ${stdout}${stderr}`)
      activeMs.get(who)?.push(Number(active))
    }
  }
  return [...activeMs].map(([who, values]) =>
    summarise({ figure: 'Start-up CPU', who, unit: 'ms' }, values),
  )
}

const typeChecks = async (folder: string, { rounds, signal }: Bench): Promise<Result[]> => {
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@fal-ai'), { recursive: true })
  for (const name of ['hono', '@fal-ai/client']) {
    symlinkSync(join(PROJECT, 'node_modules', name), join(modules, name))
  }
  await buildPackage(join(modules, 'pika-edge/dist'))
  copyFileSync(join(PROJECT, 'package.json'), join(modules, 'pika-edge/package.json'))
  writeCostProjects(folder)
  const runs = COST_PROJECTS.map((who) => ({ who, ms: [] as number[], instantiations: 0 }))
  for (let round = 0; round < rounds(3); round++) {
    for (const run of runs) {
      signal.throwIfAborted()
      const { wallMs, instantiations } = await measureTypes(folder, run.who, false)
      run.ms.push(wallMs)
      run.instantiations = instantiations
    }
  }
  return runs.flatMap(({ who, ms, instantiations }) => [
    summarise({ figure: 'Type check of a caller', who, unit: 'ms' }, ms),
    summarise({ figure: 'Types of a caller', who, unit: 'instantiations' }, [instantiations]),
  ])
}
