/** `pika-edge retry`: a failed or canceled generation once more, as a new one. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { planFollowing } from '../follow.ts'
import { withSpending } from '../options.ts'
import { pay } from '../pay.ts'
import type { Cli } from '../session.ts'

const HELP = `
If nobody knows whether the first one was paid for, the gateway refuses without
--accept-double-charge.

Examples:
  $ pika-edge retry gen_… --out river.mp4
  $ pika-edge retry gen_… --no-wait
`

export const addRetry = (program: CommandUnknownOpts, cli: Cli): void => {
  withSpending(program.command('retry <id>'))
    .description('generate a failed or canceled one again')
    .option('--accept-double-charge', 'even if the first one may have been paid for')
    .addHelpText('after', HELP)
    .action(async (id, options) => {
      const session = cli.open()
      const target = planFollowing(session, options)
      const json = options.acceptDoubleCharge === true ? { accept_double_charge: true } : {}
      await pay(session, target, options, (call) =>
        session.api.generations[':id'].retry.$post({ param: { id }, json }, call),
      )
    })
}
