/** The gateway under wrangler on this machine, with fal's emulator or fal itself. */
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { startEmulator } from '../src/emulator/index.ts'
import { archiveConfig } from './archive-config.ts'
import type { Secrets } from './secrets.ts'
import { createErrorFilter } from './wrangler-errors.ts'
import { endWrangler, startWrangler } from './wrangler.ts'

/** A slow and busy machine needs a minute to bundle and start. */
const MAX_START_MS = 180_000
const CRON_MS = 60_000
/** Keeps wrangler from looking up where on earth it runs. */
const LOCAL_ENV = { CLOUDFLARE_CF_FETCH_ENABLED: 'false', NO_COLOR: '1' }

export interface StackOptions {
  readonly port: number
  /** Undefined: fal itself, whose webhooks cannot reach this machine. */
  readonly emulatorPort: number | undefined
  readonly secrets: Secrets
  /** The file of secrets for wrangler. */
  readonly secretsPath: string
  /** The folder of accounts and KV. */
  readonly statePath: string
  /** Keeps the emulator's jobs across restarts; by default they end with it. */
  readonly emulatorStatePath?: string
  /** Settings of the gateway, besides those for the emulator. */
  readonly vars?: Readonly<Record<string, string>>
  /** The file for wrangler's output. */
  readonly logPath: string
  readonly signal: AbortSignal
  /** Called with each line of an error in wrangler's output. */
  readonly onError?: (line: string) => void
  /** Called if wrangler ends on its own. */
  readonly onEnd?: (why: string) => void
}

export interface Stack {
  readonly url: string
  readonly emulatorUrl: string | undefined
  /** Ends both, and resolves when all their processes are gone. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts both and waits until the gateway answers. If it throws, it ends what it started. */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const { port, emulatorPort, emulatorStatePath, secrets, logPath, signal } = options
  await using running = new AsyncDisposableStack()
  const url = `http://127.0.0.1:${port}`
  const emulator =
    emulatorPort === undefined
      ? undefined
      : running.use(
          await startEmulator({
            port: emulatorPort,
            falKey: secrets.FAL_KEY,
            ...(emulatorStatePath !== undefined && { statePath: emulatorStatePath }),
          }),
        )
  const vars =
    emulator === undefined
      ? []
      : [
          `--var=FAL_QUEUE_URL:${emulator.url}`,
          `--var=MEDIA_HOSTS:${new URL(emulator.url).host}`,
          `--var=FAL_API_URL:${emulator.url}/v1`,
          `--var=FAL_JWKS_URL:${emulator.jwksUrl}`,
          `--var=PUBLIC_URL:${url}`,
        ]
  mkdirSync(dirname(logPath), { recursive: true })
  const log = createWriteStream(logPath)
  const wrangler = startWrangler(
    [
      'dev',
      `--config=${archiveConfig()}`,
      '--local',
      '--ip=127.0.0.1',
      `--port=${port}`,
      '--inspector-port=0',
      `--persist-to=${options.statePath}`,
      `--env-file=${options.secretsPath}`,
      '--show-interactive-dev-session=false',
      ...vars,
      ...Object.entries(options.vars ?? {}).map(([name, value]) => `--var=${name}:${value}`),
    ],
    {
      stdio: 'pipe',
      // A key in the shell's environment must not replace the one in the file.
      env: { ...LOCAL_ENV, FAL_KEY: undefined, ADMIN_KEY: undefined, SIGNING_KEY: undefined },
    },
  )
  for (const output of [wrangler.stdout, wrangler.stderr]) {
    const showErrors = createErrorFilter((line) => options.onError?.(line))
    output?.setEncoding('utf8').on('data', (text: string) => {
      log.write(text)
      showErrors(text)
    })
  }
  let isEnding = false
  running.defer(async () => {
    isEnding = true
    await endWrangler(wrangler)
    log.end()
  })
  wrangler.once('exit', (code) => {
    if (!isEnding) options.onEnd?.(`wrangler ended (${code}); its log: ${logPath}`)
  })

  const startedMs = Date.now()
  while (!(await answers(`${url}/healthz`))) {
    signal.throwIfAborted()
    const isOver = wrangler.exitCode !== null || wrangler.signalCode !== null
    if (isOver || Date.now() - startedMs > MAX_START_MS) {
      throw new Error(`the gateway did not start:\n${errorsOf(readFileSync(logPath, 'utf8'))}`)
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
    [Symbol.asyncDispose]: () => handedOver.disposeAsync(),
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(10_000) }).then(
    async (response) => {
      await response.body?.cancel()
      return response.ok
    },
    () => false,
  )

/** The errors in wrangler's log; the whole log if none stand out. */
const errorsOf = (log: string): string => {
  const at = log.search(/^.*(\[ERROR\]|\bERROR\b|wrangler:error)/m)
  return (at === -1 ? log : log.slice(at)).trim().slice(-4000)
}
