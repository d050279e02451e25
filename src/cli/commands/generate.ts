/** `pika-edge generate`: from a prompt to its video. */
import { type CommandUnknownOpts, InvalidArgumentError } from '@commander-js/extra-typings'
import { usageError } from '../cli-error.ts'
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
  count,
  durationOption,
  metadataOption,
  negativePromptOption,
  readInput,
  resolutionOption,
  seedOption,
  userOption,
} from '../model-options.ts'
import { planFollowing } from '../follow.ts'
import { payMany } from '../batch.ts'
import { readBatch } from '../batch-file.ts'
import { pay } from '../pay.ts'
import { readPrompt } from '../prompt.ts'

const EXAMPLES = `
The prompt is an argument, a file (--file), or stdin (- or a pipe). Without --out
the video's URL is printed. Ctrl-C leaves the generation running and says how to
come back to it.

A line of --batch is {"prompt": "…", "resolution": "1080p"}, or "…" alone; flags say what a
line does not. Run again with the --batch-id that was printed, it pays only for what is missing.

Examples:
  $ pika-edge generate 'Sunlight on a slow river' --out river.mp4
  $ pika-edge generate --file prompt.txt -r 1080p -d 10 -a 9:16 --out videos/
  $ pika-edge generate 'A paper boat' --count 3 --out boats/
  $ pika-edge generate --batch prompts.jsonl --concurrency 8 --out videos/ --yes
  $ echo 'A paper boat in the rain' | pika-edge generate --json | jq -r .video.url
  $ pika-edge generate 'A lighthouse at night' --out - | ffplay -
  $ id=$(pika-edge generate 'A cat asleep' --no-wait) && pika-edge watch "$id"
`

/** A part of idempotency keys. */
const batchId = (text: string): string => {
  if (/^[\w.-]{1,64}$/.test(text)) return text
  throw new InvalidArgumentError('It must be letters, digits, dots, - and _, 64 at most.')
}

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
    .addOption(userOption())
    .addOption(outOption())
    .addOption(forceOption())
    .option('--wait', 'wait for the end (default)')
    .option('--no-wait', 'print the id as soon as it is accepted')
    .addOption(timeoutOption())
    .addOption(cancelOnInterruptOption())
    .addOption(idempotencyKeyOption())
    .option('-c, --count <number>', 'so many of each', count, 1)
    .option('-b, --batch <path>', 'a file of requests, as JSON a line; - for stdin')
    .option('--concurrency <number>', 'of many, so many at a time', count, 4)
    .option('--batch-id <id>', 'of many, goes on with those that had it', batchId)
    .option('-y, --yes', 'of many, do not ask')
    .addHelpText('after', EXAMPLES)
    .action(async (given, options) => {
      const session = cli.open()
      const { batch, count: times, seed } = options
      if (batch !== undefined && (given.length > 0 || options.file !== undefined)) {
        throw usageError('give one prompt, or --batch, not both')
      }
      if (times > 1 && seed !== undefined) {
        throw usageError('the same seed gives a like video each time: leave --seed or --count away')
      }
      if (batch !== undefined || times > 1) {
        const requests =
          batch === undefined
            ? [readInput(await readPrompt(given, options.file, session.shell), options)]
            : await readBatch(batch, options, session.shell)
        const all = requests.flatMap((request) => Array.from({ length: times }, () => request))
        return payMany(session, all, options)
      }
      const prompt = await readPrompt(given, options.file, session.shell)
      const target = planFollowing(session, options)
      const json = readInput(prompt, options)
      await pay(session, target, options, (call) => session.api.generations.$post({ json }, call))
    })
}
