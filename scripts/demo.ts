/** `npm run demo`: one video from a prompt to a file, on this machine or, with --live, at fal. */
import { resolve } from 'node:path'
import { Command, Option } from '@commander-js/extra-typings'
import { exitCodeOf } from '../src/cli/exit-codes.ts'
import { Interrupted } from '../src/cli/exit-codes.ts'
import { run } from '../src/cli/run.ts'
import { ASPECT_RATIOS, DURATIONS, RESOLUTIONS } from '../src/contract/model.ts'
import { agreeToPay, oneVideo } from './demo-live.ts'
import { runScript } from './interrupt.ts'
import { startStack } from './stack.ts'

const PROMPT =
  'Morning sunlight streams through the tall windows of an old greenhouse; dust glows in the ' +
  'air as the camera drifts slowly past ferns toward a cat asleep on the warm stone'

/** After this it is canceled, as by Ctrl-C: the gateway ends with this script. */
const LONGEST_LIVE_MS = 30 * 60_000
const LONGEST_LOCAL_MS = 60_000

const options = new Command('npm run demo --')
  .option('--live', 'generate at fal itself, for money (FAL_KEY: environment or .dev.vars)')
  .option('--yes', 'with --live: do not ask')
  .option('--prompt <text>', 'what the video shows', PROMPT)
  .addOption(new Option('--resolution <value>').choices(RESOLUTIONS).default('720p' as const))
  .addOption(new Option('--aspect-ratio <value>').choices(ASPECT_RATIOS).default('16:9' as const))
  .addOption(new Option('--duration <seconds>').choices(DURATIONS.map(String)).default('5'))
  .option('--out <folder>', 'where the video goes', 'videos')

const demo = async (signal: AbortSignal): Promise<void> => {
  const {
    live = false,
    yes = false,
    prompt,
    resolution,
    aspectRatio,
    duration,
    out,
  } = options.parse().opts()
  const falKey = live
    ? await agreeToPay(oneVideo(resolution, duration === '5' ? 5 : 10), yes, signal)
    : undefined

  process.stdout.write(`Starting the gateway with ${live ? 'fal' : "fal's emulator"}\n`)
  await using stack = await startStack({ signal, falKey })
  process.stdout.write(`\n  “${prompt}”\n\n`)
  // The gateway ends with this script, so nothing would follow a generation left open.
  const args = ['--cancel-on-interrupt', '-r', resolution, '-a', aspectRatio, '-d', duration]
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

await runScript(demo)
