/** `pika-edge cancel`: ask fal not to make a video after all. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Generation } from '../../client/index.ts'
import type { Cli } from '../session.ts'
import { waitForEnd } from '../follow.ts'
import { timeoutOption } from '../options.ts'
import { costWords, statusWords } from '../words.ts'

const HELP = `
fal decides: it may finish what it has begun, and charges for that. Canceling
twice is no error.

Examples:
  $ pika-edge cancel gen_…
  $ pika-edge cancel gen_… --wait
`

export const addCancel = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('cancel <id>')
    .description('ask fal to cancel a generation')
    .option('--wait', "wait for fal's verdict")
    .addOption(timeoutOption())
    .addHelpText('after', HELP)
    .action(async (id, options) => {
      const session = cli.open()
      const { ask, api, done, note, paint } = session
      const asked = await ask((call) =>
        api.generations[':id'].cancel.$post({ param: { id } }, call),
      )
      const generation: Generation =
        options.wait === true
          ? await waitForEnd(session, id, options, { show: () => undefined, say: note })
          : asked
      const isOpen = generation.finished_at === null
      const verb = generation.unconfirmed ? 'cancel remembered' : 'cancel requested'
      const status = isOpen ? `${verb}, ${statusWords(generation)}` : generation.status
      done(generation, `${id}  ${status}, ${costWords(generation)}`)
      if (isOpen) note(paint.err('dim', `To see the end: pika-edge watch ${id}`))
    })
}
