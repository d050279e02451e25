/** `npm run demo`: one video from a prompt to a file, on this machine or, with --live, at fal. */
import { resolve } from 'node:path'
import { exitCodeOf } from '../src/cli/exit-codes.ts'
import { Interrupted } from '../src/cli/interrupt.ts'
import { run } from '../src/cli/run.ts'
import { ASPECT_RATIOS, DURATIONS, RESOLUTIONS } from '../src/contract/model.ts'
import { agreeToPay, oneVideo } from './demo-live.ts'
import { readFlags } from './flags.ts'
import { startFreshStack } from './fresh-stack.ts'
import { runScript } from './interrupt.ts'

const PROMPT =
  'Morning sunlight streams through the tall windows of an old greenhouse; dust glows in the ' +
  'air as the camera drifts slowly past ferns toward a cat asleep on the warm stone'

/** After this it is canceled, as by Ctrl-C: the gateway ends with this script. */
const LONGEST_LIVE_MS = 30 * 60_000
const LONGEST_LOCAL_MS = 60_000

const HELP = `npm run demo -- [options]

  --live                 generate at fal itself, for money; FAL_KEY is in the environment or .dev.vars
  --yes                  with --live: do not ask
  --prompt <text>
  --resolution <value>   ${RESOLUTIONS.join(', ')}
  --aspect-ratio <value> ${ASPECT_RATIOS.join(', ')}
  --duration <seconds>   ${DURATIONS.join(', ')}
  --out <folder>         where the video goes (./videos)
`

const demo = async (signal: AbortSignal): Promise<void> => {
  const flags = readFlags(HELP, {
    live: false,
    yes: false,
    prompt: PROMPT,
    resolution: '720p',
    'aspect-ratio': '16:9',
    duration: '5',
    out: 'videos',
  })
  const { live, prompt, out } = flags
  const resolution = oneOf('--resolution', RESOLUTIONS, flags.resolution)
  const ratio = oneOf('--aspect-ratio', ASPECT_RATIOS, flags['aspect-ratio'])
  const duration = oneOf('--duration', DURATIONS, Number(flags.duration))
  const falKey = live
    ? await agreeToPay(oneVideo(resolution, duration), flags.yes, signal)
    : undefined

  process.stdout.write(`Starting the gateway with ${live ? 'fal' : "fal's emulator"}\n`)
  // At the emulator's own pace, to have something to watch.
  await using stack = await startFreshStack(signal, { falKey, emulatorSettings: {} })
  process.stdout.write(`\n  “${prompt}”\n\n`)
  // The gateway ends with this script, so nothing would follow a generation left open.
  const args = ['--cancel-on-interrupt', '-r', resolution, '-a', ratio, '-d', String(duration)]
  const { stdin, stdout, stderr } = process
  const env = {
    ...process.env,
    PIKA_EDGE_URL: stack.url,
    PIKA_EDGE_KEY: stack.secrets.ADMIN_KEY,
    PIKA_EDGE_ACCOUNT: undefined,
  }
  const late = new AbortController()
  const timer = setTimeout(
    () => late.abort(new Interrupted(exitCodeOf('timeout'))),
    live ? LONGEST_LIVE_MS : LONGEST_LOCAL_MS,
  )
  process.exitCode = await run(['generate', prompt, ...args, '--out', `${resolve(out)}/`], {
    stdin,
    stdout,
    stderr,
    env,
    signal: AbortSignal.any([signal, late.signal]),
  })
  clearTimeout(timer)
  if (process.exitCode === 0 && !live) {
    process.stdout.write("A sample clip of fal's emulator. Nothing was charged.\n")
  }
}

const oneOf = <T extends string | number>(
  flag: string,
  allowed: readonly T[],
  value: string | number,
): T => {
  const found = allowed.find((one) => one === value)
  if (found === undefined) throw new Error(`${flag} must be one of ${allowed.join(', ')}`)
  return found
}

await runScript(demo)
