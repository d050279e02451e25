/** `pika-edge delete`: forget what was asked and made. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { confirm } from '../confirm.ts'
import type { Cli } from '../session.ts'

const EXAMPLES = `
Forgets the prompt, the video and the events for good. What it cost stays in the usage.
Only what has ended is deleted, once it is known what it cost.

Examples:
  $ pika-edge delete gen_…
  $ pika-edge delete gen_… gen_… --yes
`

export const addDelete = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('delete <id...>')
    .description('forget generations that have ended')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action(async (ids, { yes }) => {
      const session = cli.open()
      const { pika, wantsJson, printJson, print } = session
      const what = ids.length === 1 ? ids[0] : `${ids.length} generations`
      await confirm(session, `Delete ${what} for good?`, yes)
      for (const id of ids) {
        await pika.delete(id)
        if (!wantsJson) print(`${id}  deleted`)
      }
      if (wantsJson) printJson({ object: 'list', data: ids.map((id) => ({ id, deleted: true })) })
    })
}
