/** Runs wrangler in its own process group, so that ending it also ends workerd. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const PROJECT = fileURLToPath(new URL('..', import.meta.url))
/** wrangler's command would start this in a further process. */
const WRANGLER = fileURLToPath(
  new URL('../node_modules/wrangler/wrangler-dist/cli.js', import.meta.url),
)

/** How long wrangler may take to end gracefully. */
const GRACE_MS = 5000

export interface WranglerOptions {
  /** Added to the environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** `pipe` captures the output, `inherit` gives wrangler the terminal. */
  readonly stdio: 'pipe' | 'inherit'
}

/** The caller must end it with `endWrangler`. */
export const startWrangler = (args: readonly string[], options: WranglerOptions): ChildProcess => {
  // The banner asks the registry for a newer wrangler; this one is pinned.
  const quiet = { WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' }
  const env = { ...process.env, ...quiet, ...options.env }
  const child = spawn(process.execPath, ['--no-warnings', WRANGLER, ...args], {
    cwd: PROJECT,
    env,
    // Windows has no process groups; there the root ends its tree.
    detached: options.stdio === 'pipe' && process.platform !== 'win32',
    stdio: options.stdio === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  })
  const lastResort = () => signalGroup(child, 'SIGKILL')
  process.once('exit', lastResort)
  child.once('exit', () => process.off('exit', lastResort))
  return child
}

/** Ends wrangler and all its processes, and waits until they are gone. */
export const endWrangler = async (child: ChildProcess): Promise<void> => {
  const gone = async (limitMs: number): Promise<boolean> => {
    const endMs = Date.now() + limitMs
    while (groupLives(child) && Date.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return !groupLives(child)
  }
  signalGroup(child, 'SIGTERM')
  if (await gone(GRACE_MS)) return
  signalGroup(child, 'SIGKILL')
  await gone(GRACE_MS)
}

export interface WranglerResult {
  readonly exitCode: number | null
  /** Empty if wrangler had the terminal. */
  readonly stdout: string
  readonly stderr: string
}

/** Runs wrangler to its end, and returns its output. */
export const runWrangler = async (
  args: readonly string[],
  options: WranglerOptions = { stdio: 'pipe' },
): Promise<WranglerResult> => {
  const child = startWrangler(args, options)
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text
    })
  }
  return { exitCode: await waitForExit(child), ...printed }
}

/** Runs wrangler; if it fails, throws its output. */
export const requireWrangler = async (...args: readonly string[]): Promise<void> => {
  const { exitCode, stdout, stderr } = await runWrangler(args)
  if (exitCode !== 0) throw new Error(stdout + stderr)
}

/** The exit code of a child that ended on its own; null if a signal ended it. */
export const waitForExit = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })

const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid === undefined) return
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F'])
    return
  }
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group has already ended.
  }
}

const groupLives = (child: ChildProcess): boolean => {
  if (child.pid === undefined) return false
  if (process.platform === 'win32') return child.exitCode === null && child.signalCode === null
  try {
    return process.kill(-child.pid, 0)
  } catch {
    return false
  }
}
