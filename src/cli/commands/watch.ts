/** `pika-edge watch`: follow a generation to its end. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import {
  cancelOnInterruptOption,
  forceOption,
  outOption,
  timeoutOption,
} from '../follow-options.ts'
import { endedWithout, follow, planFollowing, waitForEnd } from '../follow.ts'
import { usageError } from '../cli-error.ts'
import type { Cli } from '../session.ts'

const EXAMPLES = `
It can be left and taken up again at any time. Exit code and output are those of
\`generate\`; with --json each event is one line of JSON.

Examples:
  $ pika-edge watch gen_…
  $ pika-edge watch gen_… --out river.mp4
  $ pika-edge watch gen_… --json | jq -r .type
`

export const addWatch = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('watch <id>')
    .description('follow a generation to its end')
    .addOption(outOption())
    .addOption(forceOption())
    .addOption(timeoutOption())
    .addOption(cancelOnInterruptOption())
    .addHelpText('after', EXAMPLES)
    .action(async (id, options) => {
      const session = cli.open()
      if (session.wantsJson) {
        if (options.out !== undefined) throw usageError('--json prints events: leave --out away')
        const ended = await waitForEnd(session, id, options, {
          show: (event) => session.print(JSON.stringify(event)),
          say: session.note,
        })
        if (ended.status !== 'completed') throw endedWithout(ended)
        return
      }
      const target = planFollowing(session, options)
      const { ask, api } = session
      const generation = await ask((call) => api.generations[':id'].$get({ param: { id } }, call))
      await follow(session, generation, target, options)
    })
}
