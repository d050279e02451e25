/** fal's emulator in a process of its own, so that its work is not counted as anyone else's. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../src/emulator/main.ts', import.meta.url))

interface Call {
  readonly op: string
  readonly at_ms: number
  readonly request_id?: string
}

interface Job {
  readonly request_id: string
  readonly ends_at_ms: number
}

export interface RunningEmulator extends AsyncDisposable {
  readonly url: string
  readonly jwksUrl: string
  readonly falKey: string
  /** The calls it received, except for its public keys. */
  readonly calls: () => Promise<Call[]>
  readonly jobs: () => Promise<Job[]>
  readonly advance: (ms: number) => Promise<void>
  /** Forgets everything, and sets its clock back to this machine's time. */
  readonly reset: () => Promise<void>
}

/** Starts it. Jobs wait and run for as long as their prompts say, and otherwise take no time. */
export const startEmulatorProcess = async (): Promise<RunningEmulator> => {
  const child = spawn(
    process.execPath,
    [MAIN, '--port', '0', '--queue-ms', '0', '--render-ms', '0'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const lastResort = () => child.kill()
  process.once('exit', lastResort)
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { url, jwks_url, fal_key } = JSON.parse(line) as Record<string, string>
  const control = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const response = await fetch(`${url}/_emulator${path}`, init)
    if (!response.ok) throw new Error(`the emulator answered ${response.status}`)
    return (await response.json()) as T
  }
  return {
    url: url ?? '',
    jwksUrl: jwks_url ?? '',
    falKey: fal_key ?? '',
    calls: async () => {
      const { calls } = await control<{ calls: Call[] }>('/calls')
      return calls.filter(({ op }) => op !== 'jwks')
    },
    jobs: async () => (await control<{ jobs: Job[] }>('/jobs')).jobs,
    advance: async (ms) => {
      await control('/clock', { method: 'POST', body: JSON.stringify({ advance_ms: ms }) })
    },
    reset: async () => {
      await control('', { method: 'DELETE' })
    },
    [Symbol.asyncDispose]: async () => {
      process.off('exit', lastResort)
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}
