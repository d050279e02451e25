/** `pika-edge generate`: from a prompt to its video. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Cli } from '../session.ts'
import {
  cancelOnInterruptOption,
  forceOption,
  idempotencyKeyOption,
  outOption,
  timeoutOption,
} from '../follow-options.ts'
import {
  aspectRatioOption,
  durationOption,
  metadataOption,
  negativePromptOption,
  readInput,
  resolutionOption,
  seedOption,
} from '../model-options.ts'
import { planFollowing } from '../follow.ts'
import { pay } from '../pay.ts'
import { readPrompt } from '../prompt.ts'

const EXAMPLES = `
The prompt is an argument, a file (--file), or stdin (- or a pipe). Without --out
the video's URL is printed. Ctrl-C leaves the generation running and says how to
come back to it.

Examples:
  $ pika-edge generate 'Sunlight on a slow river' --out river.mp4
  $ pika-edge generate --file prompt.txt -r 1080p -d 10 -a 9:16 --out videos/
  $ echo 'A paper boat in the rain' | pika-edge generate --json | jq -r .video.url
  $ pika-edge generate 'A lighthouse at night' --out - | ffplay -
  $ id=$(pika-edge generate 'A cat asleep' --no-wait) && pika-edge watch "$id"
`

export const addGenerate = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('generate [prompt...]')
    .usage('[options] [prompt]')
    .description('make a video from a prompt, and wait for it')
    .option('-f, --file <path>', 'read the prompt from a file')
    .addOption(aspectRatioOption())
    .addOption(resolutionOption())
    .addOption(durationOption())
    .addOption(seedOption())
    .addOption(negativePromptOption())
    .addOption(metadataOption())
    .addOption(outOption())
    .addOption(forceOption())
    .option('--wait', 'wait for the end (default)')
    .option('--no-wait', 'print the id as soon as it is accepted')
    .addOption(timeoutOption())
    .addOption(cancelOnInterruptOption())
    .addOption(idempotencyKeyOption())
    .addHelpText('after', EXAMPLES)
    .action(async (given, options) => {
      const session = cli.open()
      const prompt = await readPrompt(given, options.file, session.shell)
      const target = planFollowing(session, options)
      const json = readInput(prompt, options)
      await pay(session, target, options, (call) => session.api.generations.$post({ json }, call))
    })
}
