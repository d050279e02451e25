/** Runs the command: in this process, in a child process with pipes, or on a terminal. */
import { spawn, spawnSync } from 'node:child_process'
import { PassThrough, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect } from 'vitest'
import { temporaryFolder } from '../../scripts/temporary-folder.ts'
import { run } from '../../src/cli/run.ts'
import type { RunningGateway } from '../shared/gateway.ts'

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
  /** Makes stdout a terminal with this many columns. */
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

/** Gives each test a caller with its own home, account and budget. */
export const callerOfEachTest = (
  gateway: RunningGateway,
  name: string,
  scopes: readonly string[],
) => {
  const caller = { account: '', home: '', env: {} as Environment }
  let accounts = 0
  beforeEach(async () => {
    const home = temporaryFolder()
    caller.home = home.path
    caller.account = `${name}-${++accounts}`
    const key = await gateway.newKey(caller.account, scopes)
    caller.env = { HOME: home.path, PIKA_EDGE_URL: gateway.url, PIKA_EDGE_KEY: key, TZ: 'UTC' }
    return () => home[Symbol.dispose]()
  })
  const pika = (args: readonly string[], { env, ...options }: RunOptions = {}) =>
    runCli(args, { ...options, env: { ...caller.env, ...env } })
  /** Runs with --json, expects success, and returns the parsed output. */
  const json = async <T>(args: readonly string[], options: RunOptions = {}): Promise<T> => {
    const { exitCode, stdout, stderr } = await pika([...args, '--json'], options)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    return JSON.parse(stdout) as T
  }
  return { caller, pika, json }
}

/** A running command; tests can wait for its output. */
export type Running = ReturnType<typeof start>

/** Runs the command in a child process with pipes. */
export const spawnCli = (args: readonly string[], env: Environment) =>
  start(process.execPath, [MAIN, ...args], env)

export const hasTerminal = spawnSync('python3', ['-c', 'import pty']).status === 0

/** Runs the command on its own terminal, 100 columns wide. */
export const openTerminal = (args: readonly string[], env: Environment) =>
  start('python3', [TERMINAL, '100', '30', process.execPath, MAIN, ...args], {
    ...env,
    TERM: 'xterm-256color',
  })

const start = (command: string, args: readonly string[], env: Environment) => {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const child = spawn(command, args, { env: { PATH, NODE_COMPILE_CACHE, TZ: 'UTC', ...env } })
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (printed[name] += text))
  }
  const output = () => printed.stderr + printed.stdout
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ exitCode: code ?? -1, ...printed }))
  })
  return {
    /** What it has printed so far. */
    output,
    /** Resolves when the output matches. */
    sees: async (pattern: RegExp) => {
      await expect.poll(output).toMatch(pattern)
    },
    type: (text: string) => void child.stdin.write(text),
    /** Stops reading what it prints. */
    turnAway: () => void child.stdout.destroy(),
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    ended,
  }
}
