/** The gateway under wrangler on this machine, with fal's emulator or fal itself. */
import { readFileSync, rmSync } from 'node:fs'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_FAL_KEY, type ServerOptions, startEmulator } from '../src/emulator/index.ts'
import { archiveConfig } from './archive-config.ts'
import { freePort } from './ports.ts'
import { newKey, type Secrets } from './secrets.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { endWrangler, startWrangler } from './wrangler.ts'

/** A slow and busy machine needs a minute to bundle and start. */
const MAX_START_MS = 180_000
const CRON_MS = 60_000
/** Keeps wrangler from looking up where on earth it runs. */
const LOCAL_ENV = { CLOUDFLARE_CF_FETCH_ENABLED: 'false', NO_COLOR: '1' }

/** By default, the gateway starts empty, and leaves nothing behind. */
export interface StackOptions {
  readonly signal: AbortSignal
  /** Runs with fal itself, whose webhooks cannot reach this machine; by default with its emulator. */
  readonly falKey?: string | undefined
  readonly emulator?: ServerOptions
  /** Default: any that is free. */
  readonly port?: number
  /** Default: new ones. */
  readonly secrets?: Secrets
  /** Settings of the gateway, besides those for the emulator. */
  readonly vars?: Readonly<Record<string, string>>
  /** The folder of accounts and KV. */
  readonly statePath?: string
  /** The file for wrangler's whole output. */
  readonly logPath?: string
  /** Called with the errors in wrangler's output. */
  readonly onError?: (text: string) => void
  /** Called if wrangler ends on its own. */
  readonly onEnd?: (why: string) => void
}

export interface Stack {
  readonly url: string
  readonly emulatorUrl: string | undefined
  readonly secrets: Secrets
  /** Ends both, and resolves when all their processes are gone. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts both and waits until the gateway answers. If it throws, it ends what it started. */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  await using running = new AsyncDisposableStack()
  const { signal, falKey, port = await freePort() } = options
  const statePath = options.statePath ?? running.use(temporaryFolder()).path
  const logPath = options.logPath ?? join(statePath, 'wrangler.log')
  const made = { FAL_KEY: DEFAULT_FAL_KEY, ADMIN_KEY: newKey(), SIGNING_KEY: newKey() }
  const secrets = { ...made, ...options.secrets, ...(falKey !== undefined && { FAL_KEY: falKey }) }
  const url = `http://127.0.0.1:${port}`
  const emulator =
    falKey === undefined
      ? running.use(await startEmulator({ falKey: secrets.FAL_KEY, ...options.emulator }))
      : undefined
  const vars = {
    ...(emulator && {
      FAL_QUEUE_URL: emulator.url,
      MEDIA_HOSTS: new URL(emulator.url).host,
      FAL_API_URL: `${emulator.url}/v1`,
      FAL_JWKS_URL: emulator.jwksUrl,
      PUBLIC_URL: url,
    }),
    ...options.vars,
  }
  rmSync(logPath, { force: true })
  const wrangler = startWrangler(
    [
      'dev',
      `--config=${archiveConfig()}`,
      '--local',
      '--ip=127.0.0.1',
      `--port=${port}`,
      '--inspector-port=0',
      `--persist-to=${statePath}`,
      // Without a file, wrangler would read .dev.vars instead of the environment.
      `--env-file=${devNull}`,
      '--show-interactive-dev-session=false',
      '--log-level=error',
      ...Object.entries(vars).map(([name, value]) => `--var=${name}:${value}`),
    ],
    {
      stdio: 'pipe',
      env: { ...LOCAL_ENV, ...secrets, WRANGLER_LOG_PATH: logPath },
    },
  )
  let errors = ''
  for (const output of [wrangler.stdout, wrangler.stderr]) {
    output?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4000)
      options.onError?.(text)
    })
  }
  let isEnding = false
  running.defer(async () => {
    isEnding = true
    await endWrangler(wrangler)
  })
  wrangler.once('exit', (code) => {
    if (!isEnding) options.onEnd?.(`wrangler ended (${code}); its log: ${logPath}`)
  })

  const startedMs = Date.now()
  while (!(await answers(`${url}/healthz`))) {
    signal.throwIfAborted()
    const isOver = wrangler.exitCode !== null || wrangler.signalCode !== null
    if (isOver || Date.now() - startedMs > MAX_START_MS) {
      const seen = errors || readFileSync(logPath, 'utf8').slice(-4000)
      throw new Error(`the gateway did not start:\n${seen}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  // Locally nothing else fires the cron trigger.
  const cron = setInterval(() => void answers(`${url}/cdn-cgi/local/scheduled`), CRON_MS)
  running.defer(() => clearInterval(cron))
  const handedOver = running.move()
  return {
    url,
    emulatorUrl: emulator?.url,
    secrets,
    [Symbol.asyncDispose]: () => handedOver.disposeAsync(),
  }
}

const answers = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}
