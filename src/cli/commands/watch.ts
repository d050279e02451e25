/** `pika-edge watch`: follow a generation to its end. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { usageError } from '../cli-error.ts'
import { endedWithout, follow, planFollowing, waitForEnd } from '../follow.ts'
import { withWaiting } from '../options.ts'
import type { Cli } from '../session.ts'

const HELP = `
Stop and come back at any time. Output and exit code are those of generate; with
--json each event is one line of JSON.

Examples:
  $ pika-edge watch gen_…
  $ pika-edge watch gen_… --out river.mp4
  $ pika-edge watch gen_… --json | jq -r .type
`

export const addWatch = (program: CommandUnknownOpts, cli: Cli): void => {
  withWaiting(program.command('watch <id>'))
    .description('follow a generation to its end')
    .addHelpText('after', HELP)
    .action(async (id, options) => {
      const session = cli.open()
      if (session.wantsJson) {
        if (options.out !== undefined) throw usageError('--json prints events: drop --out')
        const ended = await waitForEnd(session, id, options, {
          show: (event) => session.print(JSON.stringify(event)),
          say: session.note,
        })
        if (ended.status !== 'completed') throw endedWithout(ended)
        return
      }
      const target = planFollowing(session, options)
      await follow(session, await session.pika.get(id, session), target, options)
    })
}
