/** Runs the command: in this process, in one of its own with pipes, or on a terminal. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { run } from '../../src/cli/run.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const TERMINAL = fileURLToPath(new URL('terminal.py', import.meta.url))

export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export type Environment = Readonly<Record<string, string>>

export interface RunOptions {
  readonly env?: Environment
  /** What is piped in. Default: nothing. */
  readonly stdin?: string
  readonly signal?: AbortSignal
  /** Stdout is a terminal of so many columns. */
  readonly columns?: number
}

/** Runs the command in this process, as if in a pipe. */
export const runCli = async (args: readonly string[], options: RunOptions = {}): Promise<Ran> => {
  const { columns } = options
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const printed = [stdout, stderr].map(async (stream) => Buffer.concat(await stream.toArray()))
  const exitCode = await run(args, {
    stdin: Readable.from([options.stdin ?? '']),
    stdout: columns === undefined ? stdout : Object.assign(stdout, { isTTY: true, columns }),
    stderr,
    env: options.env ?? {},
    signal: options.signal ?? new AbortController().signal,
  })
  stdout.end()
  stderr.end()
  const [out, err] = await Promise.all(printed)
  return { exitCode, stdout: String(out), stderr: String(err) }
}

/** An empty home, so that no settings of whoever runs the tests count. */
export interface TemporaryFolder extends Disposable {
  readonly path: string
}

export const temporaryFolder = (): TemporaryFolder => {
  const path = mkdtempSync(join(tmpdir(), 'pika-edge-cli-'))
  return {
    path,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** A command that runs, whose output can be waited for. */
export interface Running {
  /** What it printed so far. */
  readonly output: () => string
  /** Resolves when the output has it. */
  readonly sees: (pattern: RegExp) => Promise<void>
  readonly type: (text: string) => void
  /** Reads no more of what it prints. */
  readonly turnAway: () => void
  readonly kill: (signal: NodeJS.Signals) => void
  readonly ended: Promise<Ran>
}

/** Runs the command in a process of its own, between pipes. */
export const spawnCli = (args: readonly string[], env: Environment): Running =>
  start(process.execPath, [MAIN, ...args], env)

export const hasTerminal = spawnSync('python3', ['-c', 'import pty']).status === 0

/** Runs the command on a terminal of its own, 100 columns wide. */
export const openTerminal = (args: readonly string[], env: Environment): Running =>
  start('python3', [TERMINAL, '100', '30', process.execPath, MAIN, ...args], {
    ...env,
    TERM: 'xterm-256color',
  })

/** What does not come at all is told with all that came. */
const MAX_WAIT_MS = 300_000

const start = (command: string, args: readonly string[], env: Environment): Running => {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const child = spawn(command, args, { env: { PATH, NODE_COMPILE_CACHE, TZ: 'UTC', ...env } })
  const printed = { stdout: '', stderr: '' }
  const changed = new EventTarget()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text
      changed.dispatchEvent(new Event('more'))
    })
  }
  const output = () => printed.stderr + printed.stdout
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ exitCode: code ?? -1, ...printed }))
  })
  return {
    output,
    sees: async (pattern) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error(`${String(pattern)} did not come:\n${output()}`))
        }, MAX_WAIT_MS)
        const look = () => {
          if (!pattern.test(output())) return
          clearTimeout(timer)
          changed.removeEventListener('more', look)
          resolve()
        }
        changed.addEventListener('more', look)
        look()
      }),
    type: (text) => void child.stdin.write(text),
    turnAway: () => void child.stdout.destroy(),
    kill: (signal) => void child.kill(signal),
    ended,
  }
}
