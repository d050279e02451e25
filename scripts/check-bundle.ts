/** Checks the bundle to deploy: small, without the emulator, and fast to start. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { runScript } from './interrupt.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { PROJECT, requireWrangler } from './wrangler.ts'

/** A twenty-fifth of the Free plan's limit: small enough to start fast at a new location. */
const MAX_GZIP_BYTES = 120_000
/** What a browser loads to show the page, which must take only seconds on a phone. */
const MAX_PAGE_GZIP_BYTES = { js: 50_000, css: 12_000 }
/** What does not belong in the Worker: tools of this machine, and callers' code. */
const FOREIGN = /^src\/(emulator|testing|client|cli|ai-sdk|playground)\/|^(scripts|test)\//

interface Metafile {
  readonly outputs: Readonly<
    Record<string, { inputs: Readonly<Record<string, { bytesInOutput: number }>> }>
  >
}

interface CpuProfile {
  readonly nodes: readonly { id: number; callFrame: { functionName: string } }[]
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

/** The total size of the files with these names, in bytes of gzip. */
const weigh = (folder: string, names: RegExp): number =>
  readdirSync(folder)
    .filter((name) => names.test(name))
    .map((name) => gzipSync(readFileSync(join(folder, name))).byteLength)
    .reduce((sum, bytes) => sum + bytes, 0)

/**
 * CPU time on this machine before the first request. It depends on the machine and its load, so
 * compare it only with itself: no limit rests on it. It counts samples, since the time between two
 * is longer if another process had the CPU.
 */
const startupMs = ({ nodes, samples, timeDeltas }: CpuProfile): number => {
  const isAtWork = ({ callFrame }: CpuProfile['nodes'][number]) =>
    callFrame.functionName !== '(idle)' && callFrame.functionName !== '(program)'
  const atWork = new Set(nodes.filter(isAtWork).map(({ id }) => id))
  const medianUs = timeDeltas.toSorted((a, b) => a - b)[timeDeltas.length >> 1] ?? 0
  return (samples.filter((id) => atWork.has(id)).length * medianUs) / 1000
}

const checkBundle = async (): Promise<void> => {
  using temporary = temporaryFolder()
  const folder = temporary.path
  const metaPath = join(folder, 'meta.json')
  const upload = join(folder, 'upload')
  const profilePath = join(folder, 'startup.cpuprofile')
  const outputs = [`--outdir=${folder}`, `--outfile=${upload}`, `--metafile=${metaPath}`]
  await requireWrangler('deploy', '--dry-run', ...outputs)
  await requireWrangler('check', 'startup', `--worker=${upload}`, `--outfile=${profilePath}`)
  const gzipBytes = weigh(folder, /\.(js|wasm)$/)
  const startup = startupMs(JSON.parse(readFileSync(profilePath, 'utf8'))).toFixed(0)
  const weight = (gzipBytes / 1000).toFixed(1)
  process.stdout.write(
    `The Worker is ${weight} kB gzipped, and takes about ${startup} ms of CPU to start here.\n`,
  )
  if (gzipBytes > MAX_GZIP_BYTES) throw new Error(`more than ${MAX_GZIP_BYTES / 1000} kB`)

  for (const [type, max] of Object.entries(MAX_PAGE_GZIP_BYTES)) {
    const bytes = weigh(join(PROJECT, 'public/page'), new RegExp(`\\.${type}$`))
    process.stdout.write(`The page has ${(bytes / 1000).toFixed(1)} kB of ${type} gzipped.\n`)
    if (bytes > max) throw new Error(`more than ${max / 1000} kB`)
  }

  const metafile: Metafile = JSON.parse(readFileSync(metaPath, 'utf8'))
  const foreign = Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && FOREIGN.test(path))
    .map(([path]) => path)
  if (foreign.length > 0) throw new Error(`it contains ${foreign.join(', ')}`)
}

await runScript(checkBundle)
