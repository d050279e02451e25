/** `pika-edge cancel`, `retry`, `resolve`, `download`, `share` and `delete`. */
import { type Generation, PikaError } from '../../client/index.ts'
import { endedWithout, hasEnded } from '../../client/wait.ts'
import { costWords } from '../../contract/words.ts'
import { usageError } from '../exit-codes.ts'
import { confirm } from '../questions.ts'
import { deliver, pay, waitForEnd } from '../follow.ts'
import { count, TIMEOUT, withOutput, withSpending, YES } from '../options.ts'
import { planTarget, STDOUT } from '../save-video.ts'
import { type Add, verb } from '../verb.ts'
import { clockTime, statusWords } from '../words.ts'

const CANCEL = `ask fal to cancel a generation

fal decides: it may finish a video that it has begun, and charges for it.
Canceling twice is not an error.

Examples:
  $ pika-edge cancel gen_…
  $ pika-edge cancel gen_… --wait`

const RETRY = `make a new generation from a failed or canceled one

If it is unknown whether the first one was paid for, the gateway refuses unless
you give --accept-double-charge.

Examples:
  $ pika-edge retry gen_… --out river.mp4
  $ pika-edge retry gen_… --no-wait`

const RESOLVE = `say what fal's dashboard shows for a generation whose outcome is unclear

For a generation that is still unconfirmed two minutes after it was sent, or
failed with an unknown cost: look at fal's dashboard or bill, and say what it
shows. If fal answers later, its cost replaces yours. It needs ADMIN_KEY.

Examples:
  $ pika-edge resolve gen_… --not-charged
  $ pika-edge resolve gen_… --fal-request 764cabcf-b745-4b3e-ae38-1200304cf45b`

const DOWNLOAD = `save the video of a completed generation

The file appears once it is complete. Without --force it replaces no other file.

Examples:
  $ pika-edge download gen_…                 saves gen_….mp4 here
  $ pika-edge download gen_… --out river.mp4
  $ pika-edge download gen_… --out - | ffplay -`

const SHARE = `print a link to a video, which expires

Anyone who has the link can play and download the video without a key, until
the link expires.

Examples:
  $ pika-edge share gen_…                for a day
  $ pika-edge share gen_… --hours 2
  $ curl --output river.mp4 "$(pika-edge share gen_…)"`

const DELETE = `delete generations that have ended

This deletes the prompt, the video and the events permanently. The cost stays in
the usage. A generation can be deleted once it has ended and its cost is known.

Examples:
  $ pika-edge delete gen_…
  $ pika-edge delete gen_… gen_… --yes`

export const addActing: Add = (program, session) => {
  const { ask, done, note } = session
  verb(program, 'cancel <id>', CANCEL)
    .option('--wait', "wait for fal's verdict")
    .option(...TIMEOUT)
    .action(async (id, options) => {
      let generation = await session.pika.cancel(id, session)
      if (options.wait === true) {
        generation = await waitForEnd(session, id, options, { show: () => undefined, say: note })
      }
      const isOpen = generation.finished_at === null
      const verb = generation.unconfirmed ? 'cancel remembered' : 'cancel requested'
      const status = isOpen ? `${verb}, ${statusWords(generation)}` : generation.status
      done(generation, `${id}  ${status}, ${costWords(generation)}`)
      if (isOpen) session.hint(`To see the end: pika-edge watch ${id}`)
    })
  withSpending(verb(program, 'retry <id>', RETRY))
    .option('--accept-double-charge', 'retry even if the first one may have been paid for')
    .action(async (id, options) => {
      const json = options.acceptDoubleCharge === true ? { accept_double_charge: true } : {}
      const { retry } = session.api.generations[':id']
      await pay(session, options, (init) => retry.$post({ param: { id }, json }, init))
    })
  verb(program, 'resolve <id>', RESOLVE)
    .option('--charged', 'it was paid for')
    .option('--not-charged', 'it was not paid for')
    .option('--fal-request <id>', 'its request id at fal')
    .action(async (id, { charged, notCharged, falRequest }) => {
      const [json, ...more] = [
        ...(charged ? [{ charged: true }] : []),
        ...(notCharged ? [{ charged: false }] : []),
        ...(falRequest === undefined ? [] : [{ fal_request_id: falRequest }]),
      ]
      if (json === undefined || more.length > 0) {
        throw usageError('give one of --charged, --not-charged and --fal-request; see --help')
      }
      const { resolve } = session.api.generations[':id']
      const generation: Generation = await ask(resolve.$post, { param: { id }, json })
      done(generation, `${id}  ${statusWords(generation)}, ${costWords(generation)}`)
    })
  withOutput(verb(program, 'download <id>', DOWNLOAD)).action(async (id, options) => {
    const target = planTarget(session, { out: './', ...options }) ?? STDOUT
    const generation = await session.pika.get(id, session)
    if (!hasEnded(generation)) {
      const message = `there is no video yet: ${statusWords(generation)}`
      throw new PikaError('still_open', message, { generation })
    }
    if (generation.status !== 'completed') throw endedWithout(generation)
    await deliver(session, generation, target)
  })
  verb(program, 'share <id>', SHARE)
    .option('--hours <count>', 'how long it works, up to 720', count, 24)
    .action(async (id, { hours }) => {
      const { pika, signal } = session
      const share = await pika.share(id, { expires_in_seconds: hours * 3600, signal })
      done(share, share.url)
      note(`It expires ${clockTime(share.expires_at)}.`)
    })
  verb(program, 'delete <id...>', DELETE)
    .option(...YES)
    .action(async (ids, { yes }) => {
      const { pika, wantsJson, printJson, print } = session
      const what = ids.length === 1 ? ids[0] : `${ids.length} generations`
      await confirm(session, `Delete ${what} permanently?`, yes)
      for (const id of ids) {
        await pika.delete(id, session)
        if (!wantsJson) print(`${id}  deleted`)
      }
      if (wantsJson) printJson({ object: 'list', data: ids.map((id) => ({ id, deleted: true })) })
    })
}
