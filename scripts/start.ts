/** `npm start`: the gateway on this machine until Ctrl-C, with fal's emulator or fal itself. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { agreeToPay, everyVideo } from './demo-live.ts'
import { DEV_VARS, readDevVars } from './dev-vars.ts'
import { readFlags } from './flags.ts'
import { runScript } from './interrupt.ts'
import { requireFree } from './ports.ts'
import { writeEnvFile } from './secrets.ts'
import { startStack } from './stack.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { PROJECT } from './wrangler.ts'

const HELP = `npm start -- [options]

  --port <port>           the port of the gateway (8787); each port has its own accounts
  --emulator-port <port>  the port of fal's emulator (the next one)
  --fresh                 start afresh: delete the gateway's accounts and the emulator's jobs
  --live                  use fal itself instead of the emulator; this costs money and needs FAL_KEY
  --yes                   with --live: do not ask
`
const DEFAULT_PORT = '8787'

const start = async (signal: AbortSignal): Promise<void> => {
  const flags = readFlags(HELP, {
    port: DEFAULT_PORT,
    'emulator-port': undefined,
    fresh: false,
    live: false,
    yes: false,
  })
  const port = readPort(flags.port, '--port')
  const emulatorPort = flags.live
    ? undefined
    : readPort(flags['emulator-port'] ?? String(port + 1), '--emulator-port')
  await requireFree(port, 'npm start -- --port')
  if (emulatorPort !== undefined) await requireFree(emulatorPort, 'npm start -- --emulator-port')
  const falKey = flags.live ? await agreeToPay(everyVideo(), flags.yes, signal) : undefined
  // Two gateways on one state would do each other's work, and a live one shares none.
  const name = `${flags.live ? 'live' : 'state'}${flags.port === DEFAULT_PORT ? '' : `-${port}`}`
  const statePath = join(PROJECT, '.wrangler', name)
  if (flags.fresh) rmSync(statePath, { recursive: true, force: true })
  const { secrets, made } = readDevVars()
  if (made.length > 0) {
    process.stdout.write(`made for this checkout, in .dev.vars: ${made.join(', ')}\n`)
  }

  const ended = Promise.withResolvers<never>()
  await using running = new AsyncDisposableStack()
  let secretsPath = DEV_VARS
  if (falKey !== undefined) {
    secretsPath = join(running.use(temporaryFolder()).path, 'secrets.env')
    writeEnvFile(secretsPath, { ...secrets, FAL_KEY: falKey })
  }
  const stack = running.use(
    await startStack({
      port,
      emulatorPort,
      secrets,
      secretsPath,
      statePath,
      // Next to wrangler's state, since jobs and accounts belong together.
      emulatorStatePath: join(statePath, 'emulator.jsonl'),
      // What costs nothing needs no limit.
      ...(emulatorPort === undefined ? {} : { vars: { DAILY_BUDGET_USD: 'none' } }),
      logPath: join(PROJECT, '.wrangler', `${name}.log`),
      signal,
      onError: (text) => process.stderr.write(text),
      onEnd: (why) => ended.reject(new Error(why)),
    }),
  )
  process.stdout.write(greeting(stack.url, stack.emulatorUrl, secrets.ADMIN_KEY, name))

  const interrupted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
  })
  await Promise.race([interrupted, ended.promise])
  process.stdout.write('\nstopping\n')
}

const greeting = (
  url: string,
  emulatorUrl: string | undefined,
  adminKey: string,
  name: string,
): string =>
  `pika-edge is at ${url}
Make a video in your browser, with this checkout's key: ${url}/#key=${encodeURIComponent(adminKey)}
${
  emulatorUrl === undefined
    ? "It uses fal itself: every video is paid for. fal's webhooks cannot reach this machine, so fal is polled"
    : `It uses fal's emulator at ${emulatorUrl}: videos are real, and free`
}
Ctrl-C stops everything. wrangler's log is .wrangler/${name}.log

Try it from another terminal:

export PIKA=${url} KEY='${adminKey}'
curl $PIKA/v1/generations -H "Authorization: Bearer $KEY" \\
  -H 'Content-Type: application/json' -H 'Prefer: wait=60' \\
  -d '{"prompt": "Sunlight on a slow river"}'
`

const readPort = (text: string, flag: string): number => {
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new Error(`${flag} must be a port, 1 to 65535`)
}

await runScript(start)
