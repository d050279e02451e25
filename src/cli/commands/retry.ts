/** `pika-edge retry`: a failed or canceled generation once more, as a new one. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import {
  cancelOnInterruptOption,
  forceOption,
  idempotencyKeyOption,
  outOption,
  timeoutOption,
} from '../follow-options.ts'
import { planFollowing } from '../follow.ts'
import { pay } from '../pay.ts'
import type { Cli } from '../session.ts'

const EXAMPLES = `
Where it is unknown whether the first one was paid for, the gateway refuses unless
--accept-double-charge is given.

Examples:
  $ pika-edge retry gen_… --out river.mp4
  $ pika-edge retry gen_… --no-wait
`

export const addRetry = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('retry <id>')
    .description('generate a failed or canceled one again, as a new generation')
    .option('--accept-double-charge', 'also where the first one may have been paid for')
    .addOption(outOption())
    .addOption(forceOption())
    .option('--wait', 'wait for the end (default)')
    .option('--no-wait', 'print the new id as soon as it is accepted')
    .addOption(timeoutOption())
    .addOption(cancelOnInterruptOption())
    .addOption(idempotencyKeyOption())
    .addHelpText('after', EXAMPLES)
    .action(async (id, options) => {
      const session = cli.open()
      const target = planFollowing(session, options)
      const json = options.acceptDoubleCharge === true ? { accept_double_charge: true } : {}
      await pay(session, target, options, (call) =>
        session.api.generations[':id'].retry.$post({ param: { id }, json }, call),
      )
    })
}
