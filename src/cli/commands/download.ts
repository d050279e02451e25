/** `pika-edge download`: save the video of a completed generation. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { PikaError } from '../../client/index.ts'
import { hasEnded } from '../../client/wait.ts'
import { endedWithout, planFollowing } from '../follow.ts'
import { pipeVideo, saveVideo, STDOUT } from '../save-video.ts'
import { withOutput } from '../options.ts'
import type { Cli } from '../session.ts'
import { statusWords } from '../words.ts'

const EXAMPLES = `
The file appears once it is complete, and replaces no other without --force.

Examples:
  $ pika-edge download gen_…                 saves gen_….mp4 here
  $ pika-edge download gen_… --out river.mp4
  $ pika-edge download gen_… --out - | ffplay -
`

export const addDownload = (program: CommandUnknownOpts, cli: Cli): void => {
  withOutput(program.command('download <id>'))
    .description('save the video of a completed generation')
    .addHelpText('after', EXAMPLES)
    .action(async (id, options) => {
      const session = cli.open()
      const { pika, shell, note, paint, done } = session
      const target = planFollowing(session, { out: './', ...options }) ?? STDOUT
      const generation = await pika.get(id, session)
      if (!hasEnded(generation)) {
        const message = `there is no video yet: it is ${statusWords(generation)}`
        throw new PikaError('still_open', message, { generation })
      }
      if (generation.status !== 'completed') throw endedWithout(generation)
      if (target === STDOUT) return pipeVideo(generation, shell)
      const { path, bytes } = await saveVideo(generation, target, shell.signal)
      note(`${paint.err('green', '✔')} saved, ${Math.ceil(bytes / 1024)} kB`)
      done({ ...generation, saved_to: path }, path)
    })
}
