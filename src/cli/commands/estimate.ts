/** `pika-edge estimate`: what a video would cost, and whether it would be accepted. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { readInput, withInput } from '../options.ts'
import { readPrompt } from '../prompt.ts'
import type { Cli } from '../session.ts'
import { limitFacts, usd } from '../words.ts'

const HELP = `
Nothing is sent to fal and nothing is kept. It takes what generate takes. The
prompt may be left out: it has no price.

Examples:
  $ pika-edge estimate
  $ pika-edge estimate -r 1080p -d 10
  $ pika-edge estimate --json | jq .admissible
`

export const addEstimate = (program: CommandUnknownOpts, cli: Cli): void => {
  withInput(program.command('estimate [prompt...]'))
    .usage('[options] [prompt]')
    .description('what a video would cost, and whether the budget covers it')
    .addHelpText('after', HELP)
    .action(async (words, options) => {
      const { ask, api, shell, show, paint } = cli.open()
      const isGiven = words.length > 0 || options.file !== undefined
      const prompt = isGiven ? await readPrompt(words, options.file, shell) : 'Any prompt'
      const json = readInput(prompt, options)
      const estimate = await ask((call) => api.generations.estimate.$post({ json }, call))
      const { input, cost, admissible, limits, open } = estimate
      const mark = (isOver: boolean) => (isOver ? paint.out('red', ' ✖ over it') : '')
      show(estimate, [
        ['video', `${input.duration} s in ${input.resolution}`],
        ['cost', usd(cost.estimated_usd)],
        ...limitFacts(limits, ({ exceeded }) => mark(exceeded)),
        ['open now', `${open.now} of ${open.max}${mark(open.exceeded)}`],
        ['accepted now', admissible ? paint.out('green', 'yes') : paint.out('red', 'no')],
      ])
    })
}
