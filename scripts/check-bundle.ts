/** Checks what would be deployed: small enough, and nothing of the emulator in it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { runScript } from './interrupt.ts'
import { runWrangler } from './wrangler.ts'

/** A twenty-fifth of what the Free plan takes: small enough to start fast in a new place. */
const MAX_GZIP_BYTES = 120_000
/** What has no business in the Worker: this machine's tools, and callers' code. */
const FOREIGN = /^src\/(emulator|client|cli)\/|^(scripts|test)\//

interface Metafile {
  readonly outputs: Readonly<
    Record<string, { inputs: Readonly<Record<string, { bytesInOutput: number }>> }>
  >
}

const checkBundle = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'pika-edge-bundle-'))
  try {
    const metaPath = join(folder, 'meta.json')
    const { exitCode, stdout, stderr } = await runWrangler([
      'deploy',
      '--dry-run',
      `--outdir=${folder}`,
      `--metafile=${metaPath}`,
    ])
    if (exitCode !== 0) throw new Error(stdout + stderr)
    const modules = readdirSync(folder).filter((name) => /\.(js|wasm)$/.test(name))
    const gzipBytes = modules
      .map((name) => gzipSync(readFileSync(join(folder, name))).byteLength)
      .reduce((sum, bytes) => sum + bytes, 0)
    process.stdout.write(`The Worker is ${(gzipBytes / 1000).toFixed(1)} kB gzipped.\n`)
    if (gzipBytes > MAX_GZIP_BYTES) throw new Error(`more than ${MAX_GZIP_BYTES / 1000} kB`)

    const metafile: Metafile = JSON.parse(readFileSync(metaPath, 'utf8'))
    const foreign = Object.values(metafile.outputs)
      .flatMap(({ inputs }) => Object.entries(inputs))
      .filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && FOREIGN.test(path))
      .map(([path]) => path)
    if (foreign.length > 0) throw new Error(`it contains ${foreign.join(', ')}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await runScript(checkBundle)
