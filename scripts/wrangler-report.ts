/** Runs wrangler for its machine-readable report: its printed output is for people, and changes. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './temporary-folder.ts'
import { runWrangler, type WranglerOptions } from './wrangler.ts'

export interface WranglerFailure {
  readonly message: string
  /** The code from Cloudflare's API, if it refused. */
  readonly code?: number | undefined
}

export interface WranglerReport {
  /** Undefined if wrangler succeeded. */
  readonly failure: WranglerFailure | undefined
  /** Empty if wrangler had the terminal. */
  readonly stdout: string
  /** The URLs of the deployment; undefined if there was none, such as one a person declined. */
  readonly targets: readonly string[] | undefined
}

type Entry = { type?: string; targets?: string[] } & Partial<WranglerFailure>

/** Runs wrangler to its end. Its failure is a result. */
export const reportOf = async (
  args: readonly string[],
  stdio: WranglerOptions['stdio'] = 'pipe',
): Promise<WranglerReport> => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'report.ndjson')
  const { exitCode, stdout } = await runWrangler(args, {
    stdio,
    env: { WRANGLER_OUTPUT_FILE_PATH: path },
  })
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
  const entries = lines.map((line): Entry => JSON.parse(line))
  const targets = entries.find(({ type }) => type === 'deploy')?.targets
  if (exitCode === 0) return { failure: undefined, stdout, targets }
  const { code, message = `wrangler ${args[0]} ended with ${exitCode}` } =
    entries.find(({ type }) => type === 'command-failed') ?? {}
  return { failure: { message, code }, stdout, targets }
}
