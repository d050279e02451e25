/** `pika-edge download`: save the video of a completed generation. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { PikaError } from '../../client/index.ts'
import { hasEnded } from '../../client/wait.ts'
import { forceOption, outOption } from '../follow-options.ts'
import { endedWithout, planFollowing } from '../follow.ts'
import { pipeVideo, saveVideo, STDOUT } from '../save-video.ts'
import type { Cli } from '../session.ts'
import { statusWords } from '../words.ts'

const EXAMPLES = `
The file appears when it is whole, and never takes the place of another without --force.

Examples:
  $ pika-edge download gen_…                 saves gen_….mp4 here
  $ pika-edge download gen_… --out river.mp4
  $ pika-edge download gen_… --out - | ffplay -
`

export const addDownload = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('download <id>')
    .description('save the video of a completed generation')
    .addOption(outOption())
    .addOption(forceOption())
    .addHelpText('after', EXAMPLES)
    .action(async (id, options) => {
      const session = cli.open()
      const { pika, shell, note, paint, wantsJson, printJson, print } = session
      const target = planFollowing(session, { out: './', ...options }) ?? STDOUT
      const generation = await pika.get(id)
      if (!hasEnded(generation)) {
        const message = `there is no video yet: it is ${statusWords(generation)}`
        throw new PikaError('still_open', message, { generation })
      }
      if (generation.status !== 'completed') throw endedWithout(generation)
      if (target === STDOUT) return pipeVideo(generation, shell)
      const { path, bytes } = await saveVideo(generation, target, shell.signal)
      note(`${paint.err('green', '✔')} saved, ${Math.ceil(bytes / 1024)} kB`)
      if (wantsJson) printJson({ ...generation, saved_to: path })
      else print(path)
    })
}
