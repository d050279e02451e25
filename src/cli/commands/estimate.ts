/** `pika-edge estimate`: what a video would cost, and whether it would be let in. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import {
  aspectRatioOption,
  durationOption,
  metadataOption,
  negativePromptOption,
  readInput,
  resolutionOption,
  seedOption,
  userOption,
} from '../model-options.ts'
import { readPrompt } from '../prompt.ts'
import type { Cli } from '../session.ts'
import { clockTime, usd } from '../words.ts'

const EXAMPLES = `
Nothing is sent to fal and nothing is kept. It takes what generate takes; a prompt has no
price, so it may be left away.

Examples:
  $ pika-edge estimate
  $ pika-edge estimate -r 1080p -d 10
  $ pika-edge estimate --json | jq .admissible
`

export const addEstimate = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('estimate [prompt...]')
    .usage('[options] [prompt]')
    .description('what a video would cost, and whether the budget covers it')
    .option('-f, --file <path>', 'read the prompt from a file')
    .addOption(aspectRatioOption())
    .addOption(resolutionOption())
    .addOption(durationOption())
    .addOption(seedOption())
    .addOption(negativePromptOption())
    .addOption(metadataOption())
    .addOption(userOption())
    .addHelpText('after', EXAMPLES)
    .action(async (words, options) => {
      const { ask, api, shell, wantsJson, printJson, printFacts, paint } = cli.open()
      const isGiven = words.length > 0 || options.file !== undefined
      const prompt = isGiven ? await readPrompt(words, options.file, shell) : 'Any prompt'
      const json = readInput(prompt, options)
      const estimate = await ask((call) => api.generations.estimate.$post({ json }, call))
      if (wantsJson) return printJson(estimate)
      const { input, cost, admissible, limits, open } = estimate
      const mark = (isOver: boolean) => (isOver ? paint.out('red', ' ✖ over it') : '')
      printFacts([
        ['video', `${input.duration} s in ${input.resolution}`],
        ['cost', usd(cost.estimated_usd)],
        ...limits.map(
          ({ limit, left_usd, limit_usd, resets_at, exceeded }) =>
            [
              limit,
              `${usd(left_usd)} of ${usd(limit_usd)} left until ${clockTime(resets_at)}${mark(exceeded)}`,
            ] as const,
        ),
        ['open now', `${open.now} of ${open.max}${mark(open.exceeded)}`],
        ['accepted now', admissible ? paint.out('green', 'yes') : paint.out('red', 'no')],
      ])
    })
}
