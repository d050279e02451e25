/** Starts the emulator from the command line, and prints its URLs as one line of JSON. */
import { parseArgs } from 'node:util'
import { startEmulator } from './server.ts'

const USAGE = `Usage: node src/emulator/main.ts [options]

  --port <number>            port to listen on; 0 takes any free one (8788)
  --key <id:secret>          the FAL_KEY to expect
  --billing-key <id:secret>  the admin key that may read what was charged
  --state <file>             keeps jobs and the signing key across restarts
  --origin <url>             origin of the URLs in answers (that of each request)
  --queue-ms <number>        time in the queue (1000)
  --render-ms <number>       time from the start to the video (4000)
`

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8788' },
    key: { type: 'string' },
    'billing-key': { type: 'string' },
    state: { type: 'string' },
    origin: { type: 'string' },
    'queue-ms': { type: 'string' },
    'render-ms': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})

if (values.help === true) {
  process.stdout.write(USAGE)
} else {
  const server = await startEmulator({
    port: numberOf('port', values.port),
    ...(values.key !== undefined && { falKey: values.key }),
    ...(values['billing-key'] !== undefined && { billingKey: values['billing-key'] }),
    ...(values.state !== undefined && { statePath: values.state }),
    ...(values.origin !== undefined && { origin: values.origin }),
    ...(values['queue-ms'] !== undefined && { queueMs: numberOf('queue-ms', values['queue-ms']) }),
    ...(values['render-ms'] !== undefined && {
      renderMs: numberOf('render-ms', values['render-ms']),
    }),
  })
  const { url, jwksUrl, falKey } = server
  process.stdout.write(`${JSON.stringify({ url, jwks_url: jwksUrl, fal_key: falKey })}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server.close())
  }
}

function numberOf(name: string, text: string): number {
  if (!/^\d+$/.test(text)) {
    process.stderr.write(`--${name} takes a whole number, not ${text}\n\n${USAGE}`)
    process.exit(2)
  }
  return Number(text)
}
