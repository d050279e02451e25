/** `pika-edge share`: a link to a video that ends. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { count } from '../model-options.ts'
import type { Cli } from '../session.ts'
import { clockTime } from '../words.ts'

const EXAMPLES = `
Whoever has the link plays and downloads the video, without a key, until it ends.

Examples:
  $ pika-edge share gen_…                for a day
  $ pika-edge share gen_… --hours 2
  $ curl --output river.mp4 "$(pika-edge share gen_…)"
`

export const addShare = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('share <id>')
    .description('a link to a video that ends')
    .option('--hours <count>', 'how long it is good, up to 720', count, 24)
    .addHelpText('after', EXAMPLES)
    .action(async (id, { hours }) => {
      const { pika, wantsJson, printJson, print, note } = cli.open()
      const share = await pika.share(id, { expires_in_seconds: hours * 3600 })
      if (wantsJson) return printJson(share)
      print(share.url)
      note(`until ${clockTime(share.expires_at)}`)
    })
}
