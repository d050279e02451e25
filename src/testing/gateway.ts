/** Starts the deployed gateway in a test, with fal's emulator behind it. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { type Emulator, type JobTruth, startEmulator } from '../emulator/index.ts'

/** How fal behaves from the next request on. */
export interface FalBehaviour {
  /** Time in the queue, in milliseconds. Default: 0. */
  readonly queueMs?: number
  /** Time from the start to the video, in milliseconds. Default: 50. */
  readonly renderMs?: number
  /**
   * Markers for every request, such as `outcome=content_policy` or `submit=lost`; an empty text for
   * none. A prompt can carry its own: `[emulator: submit=lost]`.
   */
  readonly markers?: string
}

/** How the gateway starts, and how fal behaves. */
export interface GatewayOptions extends FalBehaviour {
  /** The gateway's settings, such as `{ DAILY_BUDGET_USD: '1' }`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Called with each line that the gateway logs. Default: lines are dropped. */
  readonly onLog?: (line: string) => void
}

/** A gateway that runs until it is disposed of. */
export interface TestGateway extends AsyncDisposable {
  readonly url: string
  /** A key of the account `test`, for generations and schedules. */
  readonly apiKey: string
  /** The operator's own key. */
  readonly adminKey: string
  /** fal's queue behind it: the calls that it received, and its control endpoint. */
  readonly emulator: Emulator
  /** What fal accepted, each job once. */
  readonly jobs: () => readonly JobTruth[]
  /** Changes how fal behaves. Omitted fields stay as they are. */
  readonly fal: (behaviour: FalBehaviour) => Promise<void>
  /** Runs due work, as the cron trigger does each minute; schedules run as if it were `at`. */
  readonly tick: (at?: Date) => Promise<void>
}

/** The part of Miniflare that is used. */
interface Runtime {
  readonly ready: Promise<URL>
  dispatchFetch(url: string, init: object): Promise<Response>
  getWorker(): Promise<{ scheduled(options: object): Promise<unknown> }>
  dispose(): Promise<void>
}
interface Miniflare {
  readonly Miniflare: new (options: object) => Runtime
  readonly convertV4MiniflareOptions?: (options: object) => object
}

/** The version that is tested. */
const TRIED = '5.20261023.2-beta'
const SCOPES = ['generations:read', 'generations:write', 'schedules:read', 'schedules:write']

/**
 * Starts a new gateway that shares nothing with any other. It needs Node 22 and Miniflare 5,
 * wrangler's runtime: `npm install --save-dev miniflare@5.20261023.2-beta`.
 *
 * @example
 * await using gateway = await startGateway()
 * const pika = createPikaClient({ baseUrl: gateway.url, apiKey: gateway.apiKey })
 * const { video } = await pika.generate({ prompt: 'Sunlight on a slow river' })
 */
export const startGateway = async (options: GatewayOptions = {}): Promise<TestGateway> => {
  const { queueMs = 0, renderMs = 50, markers = '', settings = {}, onLog } = options
  const { Miniflare, convertV4MiniflareOptions: convert } = await loadMiniflare()
  const contents = await readFile(new URL('./worker.js', import.meta.url), 'utf8')
  const emulated = await startEmulator({
    queueMs,
    renderMs,
    markers,
    deliver: async (request) => {
      const { url, method, headers } = request
      const body = await request.text()
      return runtime.dispatchFetch(url, { method, headers: Object.fromEntries(headers), body })
    },
  })
  const adminKey = randomBytes(32).toString('hex')
  const port = await freePort()
  const plan = {
    modules: [{ type: 'ESModule', path: 'worker.js', contents }],
    compatibilityDate: '2026-10-23',
    compatibilityFlags: ['global_fetch_strictly_public', 'enable_request_signal'],
    host: '127.0.0.1',
    port,
    cf: false,
    handleStructuredLogs: ({ message }: { message: string }) => onLog?.(message),
    kvNamespaces: ['REQUESTS'],
    durableObjects: {
      ACCOUNTS: { className: 'Account', useSQLite: true },
      DIRECTORY: { className: 'Directory', useSQLite: true },
    },
    ratelimits: {
      KEY_LIMIT: { namespace_id: '1', simple: { limit: 100_000, period: 10 } },
      ADDRESS_LIMIT: { namespace_id: '2', simple: { limit: 100_000, period: 60 } },
    },
    bindings: {
      FAL_KEY: emulated.falKey,
      FAL_QUEUE_URL: emulated.url,
      FAL_API_URL: `${emulated.url}/v1`,
      FAL_JWKS_URL: emulated.jwksUrl,
      MEDIA_HOSTS: new URL(emulated.url).host,
      // Video URLs begin with this; fal's webhooks need no network.
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      ADMIN_KEY: adminKey,
      SIGNING_KEY: randomBytes(32).toString('hex'),
      ...settings,
    },
  }
  const runtime = new Miniflare(convert === undefined ? plan : convert(plan))
  const stop = async () => {
    await runtime.dispose()
    await emulated.close()
  }
  const { url, apiKey } = await firstAnswer(runtime, adminKey).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  const { emulator } = emulated
  return {
    url,
    apiKey,
    adminKey,
    emulator,
    jobs: () => emulator.jobs(),
    fal: async ({ queueMs, renderMs, markers }) =>
      control(emulator, 'settings', { queue_ms: queueMs, render_ms: renderMs, markers }),
    tick: async (at = new Date()) => {
      await control(emulator, 'clock', {})
      const worker = await runtime.getWorker()
      await worker.scheduled({ cron: '* * * * *', scheduledTime: at })
    },
    [Symbol.asyncDispose]: stop,
  }
}

const loadMiniflare = async (): Promise<Miniflare> => {
  // No bundler or compiler may follow this name: only those who start a gateway need it.
  const name: string = 'miniflare'
  try {
    return (await import(name)) as Miniflare
  } catch (cause) {
    const message = `startGateway needs Miniflare: npm install --save-dev miniflare@${TRIED}`
    throw new Error(message, { cause })
  }
}

/** The gateway must know its address before it listens on it. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Its URL, and a new API key. */
const firstAnswer = async (runtime: Runtime, adminKey: string) => {
  const url = (await runtime.ready).origin
  const response = await fetch(`${url}/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ account_id: 'test', name: 'test', scopes: SCOPES }),
  })
  if (!response.ok) throw new Error(`the gateway did not start: ${await response.text()}`)
  const { key } = (await response.json()) as { key: string }
  return { url, apiKey: key }
}

const control = async (emulator: Emulator, path: string, asked: object): Promise<void> => {
  const body = JSON.stringify(asked)
  const request = new Request(`http://emulator/_emulator/${path}`, { method: 'POST', body })
  const response = await emulator.fetch(request)
  if (!response.ok) throw new TypeError(`the emulator: ${await response.text()}`)
}
