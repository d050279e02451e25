/** `pika-edge resolve`: a person's word on a generation whose end fal does not tell. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Generation } from '../../client/index.ts'
import { usageError } from '../cli-error.ts'
import type { Cli } from '../session.ts'
import { costWords, statusWords } from '../words.ts'

const EXAMPLES = `
For a generation that is unconfirmed two minutes after it was sent, or failed
with its cost unknown: look at fal's dashboard or bill, and say what it shows.
If fal answers later, its cost replaces yours. It takes ADMIN_KEY.

Examples:
  $ pika-edge resolve gen_… --not-charged
  $ pika-edge resolve gen_… --fal-request 764cabcf-b745-4b3e-ae38-1200304cf45b
`

export const addResolve = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('resolve <id>')
    .description("say what fal's dashboard shows of a generation without a clear end")
    .option('--charged', 'it was paid for')
    .option('--not-charged', 'it was not paid for')
    .option('--fal-request <id>', 'the request at fal that it is')
    .addHelpText('after', EXAMPLES)
    .action(async (id, { charged, notCharged, falRequest }) => {
      const words = [
        ...(charged === true ? [{ charged: true }] : []),
        ...(notCharged === true ? [{ charged: false }] : []),
        ...(falRequest === undefined ? [] : [{ fal_request_id: falRequest }]),
      ]
      const [json, ...more] = words
      if (json === undefined || more.length > 0) {
        throw usageError('give one of --charged, --not-charged and --fal-request; see --help')
      }
      const { ask, api, done } = cli.open()
      const generation: Generation = await ask((call) =>
        api.generations[':id'].resolve.$post({ param: { id }, json }, call),
      )
      done(generation, `${id}  ${statusWords(generation)}, ${costWords(generation)}`)
    })
}
