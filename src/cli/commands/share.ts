/** `pika-edge share`: a link to a video that expires. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { count } from '../options.ts'
import type { Cli } from '../session.ts'
import { clockTime } from '../words.ts'

const EXAMPLES = `
Whoever has the link can play and download the video without a key, until it
expires.

Examples:
  $ pika-edge share gen_…                for a day
  $ pika-edge share gen_… --hours 2
  $ curl --output river.mp4 "$(pika-edge share gen_…)"
`

export const addShare = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('share <id>')
    .description('a link to a video that expires')
    .option('--hours <count>', 'how long it works, up to 720', count, 24)
    .addHelpText('after', EXAMPLES)
    .action(async (id, { hours }) => {
      const { pika, signal, done, note } = cli.open()
      const share = await pika.share(id, { expires_in_seconds: hours * 3600, signal })
      done(share, share.url)
      note(`It expires ${clockTime(share.expires_at)}.`)
    })
}
