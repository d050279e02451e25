/** `npm start`: the gateway on this machine, with fal's emulator behind it, until Ctrl-C. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DEV_VARS, readDevVars } from './dev-vars.ts'
import { runScript } from './interrupt.ts'
import { requireFree } from './ports.ts'
import { startStack } from './stack.ts'
import { PROJECT } from './wrangler.ts'

const HELP = `npm start -- [--port 8787] [--emulator-port 8788] [--fresh]

  --fresh  begins anew: forgets the accounts of the gateway and the jobs of the emulator
`
const STATE = join(PROJECT, '.wrangler', 'state')
/** Beside what wrangler keeps, since jobs and accounts belong together. */
const EMULATOR_STATE = join(STATE, 'emulator.jsonl')
const LOG = join(PROJECT, '.wrangler', 'start.log')

const start = async (signal: AbortSignal): Promise<void> => {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8787' },
      'emulator-port': { type: 'string', default: '8788' },
      fresh: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return void process.stdout.write(HELP)
  const port = readPort(values.port, '--port')
  const emulatorPort = readPort(values['emulator-port'], '--emulator-port')
  await requireFree(port, '--port')
  await requireFree(emulatorPort, '--emulator-port')
  if (values.fresh) rmSync(STATE, { recursive: true, force: true })
  const { secrets, made } = readDevVars()
  if (made.length > 0) {
    process.stdout.write(`made for this checkout, in .dev.vars: ${made.join(', ')}\n`)
  }

  const ended = Promise.withResolvers<never>()
  await using running = new AsyncDisposableStack()
  const stack = running.use(
    await startStack({
      port,
      emulatorPort,
      secrets,
      secretsPath: DEV_VARS,
      statePath: STATE,
      emulatorStatePath: EMULATOR_STATE,
      logPath: LOG,
      signal,
      onError: (text) => process.stderr.write(text),
      onEnd: (why) => ended.reject(new Error(why)),
    }),
  )
  process.stdout.write(greeting(stack.url, stack.emulatorUrl ?? '', secrets.ADMIN_KEY))

  const interrupted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
  })
  await Promise.race([interrupted, ended.promise])
  process.stdout.write('\nstopping\n')
}

const greeting = (url: string, emulatorUrl: string, adminKey: string): string =>
  `pika-edge is at ${url}
Make a video in your browser, with this checkout's key: ${url}/#key=${encodeURIComponent(adminKey)}
fal's emulator behind it is at ${emulatorUrl}: videos are real, and free
Ctrl-C ends both. wrangler's log is .wrangler/start.log

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
