/** Runs a Worker in its own workerd process: the gateway and all peers, built alike. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from 'miniflare'
import { PROJECT } from '../scripts/wrangler.ts'

/** The unit in which Linux counts a process's CPU time. */
const TICK_MS = 10
const LONGEST_QUIET_WAIT_MS = 3000

export interface RunningWorker extends AsyncDisposable {
  readonly url: URL
  /** Writes a value to the Worker's own KV. */
  readonly putKv: (key: string, value: string) => Promise<void>
  readonly hasKv: (key: string) => Promise<boolean>
  /** The CPU time of its process so far; undefined without /proc. */
  readonly cpuMs: () => number | undefined
  readonly memoryBytes: () => number | undefined
  /** Waits until all its work is done, including writes after the answer. */
  readonly quiet: () => Promise<void>
}

/** One minified module, as a deploy would upload it. `entry` is relative to this folder. */
export const bundle = async (
  entry: string,
  alias: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    absWorkingDir: PROJECT,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    alias: { ...alias },
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}

type Options = Partial<V4WorkerOptions> & { readonly port?: number }

/** Starts a module with a KV namespace REQUESTS; it ends when it is disposed of. */
export const startWorker = async (
  script: string,
  { port, ...options }: Options,
): Promise<RunningWorker> => {
  const before = new Set(runtimes())
  const worker = { modules: true, script, kvNamespaces: { REQUESTS: 'requests' }, ...options }
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      ...(port === undefined ? {} : { port }),
      cf: false,
      logRequests: false,
      // Produces the logs, but drops them.
      handleStructuredLogs: () => undefined,
      ...worker,
    } as Parameters<typeof convertV4MiniflareOptions>[0]),
  )
  const url = await miniflare.ready
  const kv = await miniflare.getKVNamespace('REQUESTS')
  const pid = runtimes().find((one) => !before.has(one))
  const read = (file: string) =>
    pid === undefined ? '' : readFileSync(`/proc/${pid}/${file}`, 'utf8')
  const cpuMs = (): number | undefined => {
    // After the name, which may contain anything: the 12th and 13th are user and system time.
    const fields = read('stat').split(') ')[1]?.split(' ')
    return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) * TICK_MS
  }
  return {
    url,
    putKv: (key, value) => kv.put(key, value),
    hasKv: async (key) => (await kv.get(key)) !== null,
    cpuMs,
    memoryBytes: () => {
      const kib = /^VmRSS:\s+(\d+)/m.exec(read('status'))?.[1]
      return kib === undefined ? undefined : Number(kib) * 1024
    },
    quiet: async () => {
      const endMs = Date.now() + LONGEST_QUIET_WAIT_MS
      for (let still = 0, last = cpuMs(); still < 3 && Date.now() < endMs;) {
        await new Promise((resolve) => setTimeout(resolve, 2 * TICK_MS))
        const now = cpuMs()
        still = now === last ? still + 1 : 0
        last = now
      }
    },
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  }
}

/** The process ids of the runtimes that this process has started; none without /proc. */
const runtimes = (): string[] => {
  try {
    return readdirSync('/proc').filter((pid) => {
      const [, name, , parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(statOf(pid)) ?? []
      return name === 'workerd' && Number(parent) === process.pid
    })
  } catch {
    return []
  }
}

const statOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // It has ended, or is not a process.
    return ''
  }
}
