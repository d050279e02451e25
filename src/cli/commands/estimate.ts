/** `pika-edge estimate`: what a video would cost, and whether it would be let in. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { durationOption, readInput, resolutionOption } from '../model-options.ts'
import type { Cli } from '../session.ts'
import { facts } from '../table.ts'
import { clockTime, usd } from '../words.ts'

const EXAMPLES = `
Nothing is sent to fal and nothing is kept. The prompt has no price, so none is asked for.

Examples:
  $ pika-edge estimate
  $ pika-edge estimate -r 1080p -d 10
  $ pika-edge estimate --json | jq .admissible
`

export const addEstimate = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('estimate')
    .description('what a video would cost, and whether the budget covers it')
    .addOption(resolutionOption())
    .addOption(durationOption())
    .addHelpText('after', EXAMPLES)
    .action(async (options) => {
      const { ask, api, wantsJson, printJson, print, paint } = cli.open()
      const json = readInput('Any prompt', options)
      const estimate = await ask((call) => api.generations.estimate.$post({ json }, call))
      if (wantsJson) return printJson(estimate)
      const { input, cost, admissible, limits, open } = estimate
      const mark = (isOver: boolean) => (isOver ? paint.out('red', ' ✖ over it') : '')
      const lines = facts(
        [
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
        ],
        paint.out,
      )
      for (const line of lines) print(line)
    })
}
