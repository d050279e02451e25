/** `pika-edge delete`: forget what was asked and made. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { confirm } from '../confirm.ts'
import { yesOption } from '../options.ts'
import type { Cli } from '../session.ts'

const EXAMPLES = `
The prompt, the video and the events are gone for good. What it cost stays in
the usage. A generation can be deleted once it has ended and its cost is known.

Examples:
  $ pika-edge delete gen_…
  $ pika-edge delete gen_… gen_… --yes
`

export const addDelete = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('delete <id...>')
    .description('delete generations that have ended')
    .addOption(yesOption())
    .addHelpText('after', EXAMPLES)
    .action(async (ids, { yes }) => {
      const session = cli.open()
      const { pika, wantsJson, printJson, print } = session
      const what = ids.length === 1 ? ids[0] : `${ids.length} generations`
      await confirm(session, `Delete ${what} for good?`, yes)
      for (const id of ids) {
        await pika.delete(id, session)
        if (!wantsJson) print(`${id}  deleted`)
      }
      if (wantsJson) printJson({ object: 'list', data: ids.map((id) => ({ id, deleted: true })) })
    })
}
