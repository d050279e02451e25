/** The gateway, and a Worker that reaches it over a service binding, in workerd. */
import { join } from 'node:path'
import { PROJECT } from '../../scripts/wrangler.ts'

/** What is used of wrangler's test harness. */
interface Harness {
  listen(): Promise<{ url: URL }>
  getWorker(name: string): { fetch(path: string, init: RequestInit): Promise<Response> }
  close(): Promise<void>
}
interface Wrangler {
  createTestHarness(options: { workers: readonly unknown[] }): Harness
}

export type Workers = Awaited<ReturnType<typeof startWorkers>>

interface WorkersOptions {
  /** The module of the other Worker; its binding to the gateway is `GATEWAY`. */
  readonly callerPath: string
  readonly vars: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, string>>
}

export const startWorkers = async (options: WorkersOptions) => {
  const { callerPath, vars, secrets } = options
  // By a name that the compiler does not follow: wrangler's declarations bring the Worker's
  // global types along, and everything that is compiled with them would get those for Node's.
  const name: string = 'wrangler'
  const wrangler: Wrangler = await import(name)
  const harness = wrangler.createTestHarness({
    workers: [
      { configPath: join(PROJECT, 'wrangler.toml'), vars, secrets },
      {
        config: {
          name: 'caller',
          main: callerPath,
          compatibility_date: '2026-10-23',
          services: [{ binding: 'GATEWAY', service: 'pika-edge' }],
        },
      },
    ],
  })
  const { url } = await harness.listen()
  return {
    gatewayUrl: url.origin,
    /** What the other Worker answers. */
    callerFetch: async (headers: Readonly<Record<string, string>>) =>
      harness.getWorker('caller').fetch('/', { headers }),
    close: async () => harness.close(),
  }
}
