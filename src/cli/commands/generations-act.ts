/** `pika-edge cancel`, `retry`, `resolve`, `download`, `share` and `delete`. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { type Generation, PikaError } from '../../client/index.ts'
import { endedWithout, hasEnded } from '../../client/wait.ts'
import { costWords } from '../../contract/words.ts'
import { usageError } from '../exit-codes.ts'
import { confirm } from '../questions.ts'
import { planFollowing, waitForEnd } from '../follow.ts'
import { count, timeoutOption, withOutput, withSpending, yesOption } from '../options.ts'
import { pay } from '../pay.ts'
import { pipeVideo, saveVideo, STDOUT } from '../save-video.ts'
import type { Cli } from '../session.ts'
import { clockTime, statusWords } from '../words.ts'

const CANCEL = `
fal decides: it may finish a video that it has begun, and charges for it.
Canceling twice is not an error.

Examples:
  $ pika-edge cancel gen_…
  $ pika-edge cancel gen_… --wait
`

const RETRY = `
If it is unknown whether the first one was paid for, the gateway refuses unless
you give --accept-double-charge.

Examples:
  $ pika-edge retry gen_… --out river.mp4
  $ pika-edge retry gen_… --no-wait
`

const RESOLVE = `
For a generation that is still unconfirmed two minutes after it was sent, or
failed with an unknown cost: look at fal's dashboard or bill, and say what it
shows. If fal answers later, its cost replaces yours. It needs ADMIN_KEY.

Examples:
  $ pika-edge resolve gen_… --not-charged
  $ pika-edge resolve gen_… --fal-request 764cabcf-b745-4b3e-ae38-1200304cf45b
`

const DOWNLOAD = `
The file appears once it is complete. Without --force it replaces no other file.

Examples:
  $ pika-edge download gen_…                 saves gen_….mp4 here
  $ pika-edge download gen_… --out river.mp4
  $ pika-edge download gen_… --out - | ffplay -
`

const SHARE = `
Anyone who has the link can play and download the video without a key, until
the link expires.

Examples:
  $ pika-edge share gen_…                for a day
  $ pika-edge share gen_… --hours 2
  $ curl --output river.mp4 "$(pika-edge share gen_…)"
`

const DELETE = `
This deletes the prompt, the video and the events permanently. The cost stays in
the usage. A generation can be deleted once it has ended and its cost is known.

Examples:
  $ pika-edge delete gen_…
  $ pika-edge delete gen_… gen_… --yes
`

export const addActing = (program: CommandUnknownOpts, cli: Cli): void => {
  cli.action(
    program
      .command('cancel <id>')
      .description('ask fal to cancel a generation')
      .option('--wait', "wait for fal's verdict")
      .addOption(timeoutOption())
      .addHelpText('after', CANCEL),
    async (session, id, options) => {
      const { ask, api, done, note, paint } = session
      const param = { id }
      let generation: Generation = await ask((call) =>
        api.generations[':id'].cancel.$post({ param }, call),
      )
      if (options.wait === true) {
        generation = await waitForEnd(session, id, options, { show: () => undefined, say: note })
      }
      const isOpen = generation.finished_at === null
      const verb = generation.unconfirmed ? 'cancel remembered' : 'cancel requested'
      const status = isOpen ? `${verb}, ${statusWords(generation)}` : generation.status
      done(generation, `${id}  ${status}, ${costWords(generation)}`)
      if (isOpen) note(paint.err('dim', `To see the end: pika-edge watch ${id}`))
    },
  )
  cli.action(
    withSpending(program.command('retry <id>'))
      .description('make a new generation from a failed or canceled one')
      .option('--accept-double-charge', 'retry even if the first one may have been paid for')
      .addHelpText('after', RETRY),
    async (session, id, options) => {
      const target = planFollowing(session, options)
      const json = options.acceptDoubleCharge === true ? { accept_double_charge: true } : {}
      await pay(session, target, options, (call) =>
        session.api.generations[':id'].retry.$post({ param: { id }, json }, call),
      )
    },
  )
  cli.action(
    program
      .command('resolve <id>')
      .description("say what fal's dashboard shows for a generation whose outcome is unclear")
      .option('--charged', 'it was paid for')
      .option('--not-charged', 'it was not paid for')
      .option('--fal-request <id>', 'its request id at fal')
      .addHelpText('after', RESOLVE),
    async ({ ask, api, done }, id, { charged, notCharged, falRequest }) => {
      const words = [
        ...(charged === true ? [{ charged: true }] : []),
        ...(notCharged === true ? [{ charged: false }] : []),
        ...(falRequest === undefined ? [] : [{ fal_request_id: falRequest }]),
      ]
      const [json, ...more] = words
      if (json === undefined || more.length > 0) {
        throw usageError('give one of --charged, --not-charged and --fal-request; see --help')
      }
      const generation: Generation = await ask((call) =>
        api.generations[':id'].resolve.$post({ param: { id }, json }, call),
      )
      done(generation, `${id}  ${statusWords(generation)}, ${costWords(generation)}`)
    },
  )
  cli.action(
    withOutput(program.command('download <id>'))
      .description('save the video of a completed generation')
      .addHelpText('after', DOWNLOAD),
    async (session, id, options) => {
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
    },
  )
  cli.action(
    program
      .command('share <id>')
      .description('print a link to a video, which expires')
      .option('--hours <count>', 'how long it works, up to 720', count, 24)
      .addHelpText('after', SHARE),
    async ({ pika, signal, done, note }, id, { hours }) => {
      const share = await pika.share(id, { expires_in_seconds: hours * 3600, signal })
      done(share, share.url)
      note(`It expires ${clockTime(share.expires_at)}.`)
    },
  )
  cli.action(
    program
      .command('delete <id...>')
      .description('delete generations that have ended')
      .addOption(yesOption())
      .addHelpText('after', DELETE),
    async (session, ids, { yes }) => {
      const { pika, wantsJson, printJson, print } = session
      const what = ids.length === 1 ? ids[0] : `${ids.length} generations`
      await confirm(session, `Delete ${what} permanently?`, yes)
      for (const id of ids) {
        await pika.delete(id, session)
        if (!wantsJson) print(`${id}  deleted`)
      }
      if (wantsJson) printJson({ object: 'list', data: ids.map((id) => ({ id, deleted: true })) })
    },
  )
}
