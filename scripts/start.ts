/** `npm start`: the gateway on this machine until Ctrl-C, with fal's emulator or fal itself. */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import { agreeToPay, everyVideo } from './demo-live.ts'
import { readDevVars } from './dev-vars.ts'
import { runScript } from './interrupt.ts'
import { requireFree } from './ports.ts'
import { startStack } from './stack.ts'
import { PROJECT } from './wrangler.ts'

const DEFAULT_PORT = 8787

const toPort = (text: string): number => {
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_534) return port
  throw new InvalidArgumentError('It must be a port, 1 to 65534: the emulator takes the next one.')
}

const options = new Command('npm start --')
  .option('--port <port>', 'the gateway; each port has its own accounts', toPort, DEFAULT_PORT)
  .option('--emulator-port <port>', "the port of fal's emulator (default: the next one)", toPort)
  .option('--fresh', "start afresh: delete the gateway's accounts and the emulator's jobs")
  .option('--live', 'use fal itself, for money; needs FAL_KEY')
  .option('--yes', 'with --live: do not ask')

const start = async (signal: AbortSignal): Promise<void> => {
  const { port, fresh, live = false, yes = false, emulatorPort = port + 1 } = options.parse().opts()
  await requireFree(port, 'npm start -- --port')
  if (!live) await requireFree(emulatorPort, 'npm start -- --emulator-port')
  const falKey = live ? await agreeToPay(everyVideo(), yes, signal) : undefined
  // Two gateways on one state would do each other's work, and a live one shares none.
  const name = `${live ? 'live' : 'state'}${port === DEFAULT_PORT ? '' : `-${port}`}`
  const statePath = join(PROJECT, '.wrangler', name)
  if (fresh) rmSync(statePath, { recursive: true, force: true })
  const { secrets, made } = readDevVars()
  if (made.length > 0) {
    process.stdout.write(`made for this checkout, in .dev.vars: ${made.join(', ')}\n`)
  }

  const ended = Promise.withResolvers<never>()
  // It may end before anybody waits for that.
  ended.promise.catch(() => undefined)
  await using running = new AsyncDisposableStack()
  const stack = running.use(
    await startStack({
      signal,
      falKey,
      port,
      secrets,
      statePath,
      // Next to wrangler's state, since jobs and accounts belong together.
      emulator: { port: emulatorPort, statePath: join(statePath, 'emulator.jsonl') },
      // What costs nothing needs no limit.
      ...(!live && { vars: { DAILY_BUDGET_USD: 'none' } }),
      logPath: join(PROJECT, '.wrangler', `${name}.log`),
      onError: (text) => process.stderr.write(text),
      onEnd: (why) => ended.reject(new Error(why)),
    }),
  )
  process.stdout.write(greeting(stack, name))

  if (!signal.aborted) await Promise.race([once(signal, 'abort'), ended.promise])
  process.stdout.write('\nstopping\n')
}

type Stack = Awaited<ReturnType<typeof startStack>>

const greeting = ({ url, emulatorUrl, secrets: { ADMIN_KEY } }: Stack, name: string): string =>
  `pika-edge is at ${url}
Make a video in your browser, with this checkout's key: ${url}/#key=${encodeURIComponent(ADMIN_KEY)}
${
  emulatorUrl === undefined
    ? "It uses fal itself: every video is paid for. fal's webhooks cannot reach this machine, so fal is polled"
    : `It uses fal's emulator at ${emulatorUrl}: videos are real, and free`
}
Ctrl-C stops everything. wrangler's log is .wrangler/${name}.log

Try it from another terminal:

export PIKA=${url} KEY='${ADMIN_KEY}'
curl $PIKA/v1/generations -H "Authorization: Bearer $KEY" \\
  -H 'Content-Type: application/json' -H 'Prefer: wait=60' \\
  -d '{"prompt": "Sunlight on a slow river"}'
`

await runScript(start)
