/** The gateway under wrangler on this machine, with fal's emulator or fal itself behind it. */
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { startEmulator } from '../src/emulator/index.ts'
import { archiveConfig } from './archive-config.ts'
import type { Secrets } from './secrets.ts'
import { createErrorFilter } from './wrangler-errors.ts'
import { endWrangler, startWrangler } from './wrangler.ts'

/** A slow machine that is busy with other things needs a minute to bundle and start. */
const MAX_START_MS = 180_000
const CRON_MS = 60_000
/** Nothing here needs to know where on earth it runs. */
const LOCAL_ENV = { CLOUDFLARE_CF_FETCH_ENABLED: 'false', NO_COLOR: '1' }

export interface StackOptions {
  readonly port: number
  /** Undefined: the real fal, which cannot reach this machine with webhooks. */
  readonly emulatorPort: number | undefined
  readonly secrets: Secrets
  /** Holds the secrets for wrangler. */
  readonly secretsPath: string
  /** Where accounts and KV are kept. */
  readonly statePath: string
  /** Keeps the emulator's jobs over a restart; by default they end with it. */
  readonly emulatorStatePath?: string
  /** Settings of the gateway, beside those that lead it to the emulator. */
  readonly vars?: Readonly<Record<string, string>>
  /** What wrangler has to say. */
  readonly logPath: string
  readonly signal: AbortSignal
  /** Called with each line of an error that wrangler prints. */
  readonly onError?: (line: string) => void
  /** Called when wrangler ends without having been asked to. */
  readonly onEnd?: (why: string) => void
}

export interface Stack {
  readonly url: string
  readonly emulatorUrl: string | undefined
  /** Ends both, and resolves when nothing is left of them. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts both and waits until the gateway answers. What it started it ends, also when it throws. */
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
      // A key in the shell's environment must not take the place of the one in the file.
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
  // Locally nobody fires the cron trigger but us.
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

/** What of wrangler's log tells a failure; all of it where nothing stands out. */
const errorsOf = (log: string): string => {
  const at = log.search(/^.*(\[ERROR\]|\bERROR\b|wrangler:error)/m)
  return (at === -1 ? log : log.slice(at)).trim().slice(-4000)
}
