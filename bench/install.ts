/** From a clone to a video, by phase. Runs only if named: it fetches every package. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PROJECT, waitForExit } from '../scripts/wrangler.ts'
import type { Bench } from './bench.ts'
import { type Result, summarise } from './results.ts'

/** What the demo prints at the end of each phase. */
const PHASES = [
  { who: 'npm run demo: the gateway is up', ends: /“/ },
  { who: 'npm run demo: fal has the job', ends: /queued|in progress|completed/ },
  { who: 'npm run demo: the video is there', ends: /completed/ },
  { who: 'npm run demo: the file is written', ends: /\.mp4 ·/ },
]

export const install = async ({ signal }: Bench): Promise<Result[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'pika-edge-install-'))
  try {
    const run = async (cwd: string, command: string, args: string[], onLine?: OnLine) => {
      const startedMs = performance.now()
      const child = spawn(command, args, { cwd, signal, stdio: ['ignore', 'pipe', 'inherit'] })
      const lines = createInterface({ input: child.stdout })
      lines.on('line', (line) => onLine?.(line, performance.now() - startedMs))
      if ((await waitForExit(child)) !== 0) throw new Error(`${command} ${args.join(' ')} failed`)
      return performance.now() - startedMs
    }
    await run(folder, 'git', ['clone', '--quiet', PROJECT, 'clone'])
    const clone = join(folder, 'clone')
    const figure = 'From a clone to a video'
    const results = [
      summarise({ figure, who: 'npm ci', unit: 'ms' }, [await run(clone, 'npm', ['ci'])]),
    ]
    const left = [...PHASES]
    let beganMs = 0
    await run(clone, 'npm', ['run', 'demo'], (line, atMs) => {
      while (left[0]?.ends.test(line) === true) {
        const { who } = left.shift() ?? {}
        results.push(summarise({ figure, who: who ?? '', unit: 'ms' }, [atMs - beganMs]))
        beganMs = atMs
      }
    })
    return results
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

type OnLine = (line: string, atMs: number) => void
