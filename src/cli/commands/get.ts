/** `pika-edge get`: one generation as it is now. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Generation } from '../../client/index.ts'
import type { Cli } from '../session.ts'
import { printable } from '../shell.ts'
import { costWords, duration, clockTime, statusWords, tookMs } from '../words.ts'

const EXAMPLES = `
Examples:
  $ pika-edge get gen_…
  $ pika-edge get gen_… --json | jq .cost
  $ pika-edge get --fal-request 764cabcf-b745-4b3e-ae38-1200304cf45b
`

export const addGet = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('get <id>')
    .description('one generation as it is now')
    .option('--fal-request', "the id is fal's request id")
    .addHelpText('after', EXAMPLES)
    .action(async (id, options) => {
      const { ask, api, wantsJson, printJson, printFacts } = cli.open()
      const generation: Generation =
        options.falRequest === true
          ? await ask((call) =>
              api.requests[':fal_request_id'].$get({ param: { fal_request_id: id } }, call),
            )
          : await ask((call) => api.generations[':id'].$get({ param: { id } }, call))
      if (wantsJson) return printJson(generation)
      printFacts(factsOf(generation))
    })
}

const factsOf = (generation: Generation): (readonly [string, string])[] => {
  const { id, input, error, video, metadata, retry_of, schedule_id, fal_request_id } = generation
  const { candidate_request_id: candidate } = generation
  const took = tookMs(generation)
  const optional: readonly (readonly [string, string | number | null | undefined])[] = [
    ['error', error === null ? null : `${error.message} (${error.code})`],
    ['retryable', error === null ? null : error.retryable ? 'yes' : 'no'],
    ['may come until', error?.listening_until && clockTime(error.listening_until)],
    ['video', video?.url],
    ['late video', error?.late_video?.url],
    // A gateway of an older version has none.
    ...(generation.late_results ?? []).map(
      (job) =>
        ['another job', job.video?.url ?? `without a video (${job.fal_request_id})`] as const,
    ),
    ['prompt', input.prompt],
    ['not', input.negative_prompt],
    ['seed', input.seed],
    ['shape', `${input.aspect_ratio}, ${input.resolution}, ${input.duration} s`],
    ...Object.entries(metadata).map(([name, value]) => [`metadata ${name}`, value] as const),
    ['created', clockTime(generation.created_at)],
    ['took', took === undefined ? null : duration(took)],
    ['retry of', retry_of],
    ['schedule', schedule_id],
    ['user', generation.user],
    ['fal request', fal_request_id],
    ['candidate', candidate && `${candidate} (adopt it: resolve ${id} --fal-request ${candidate})`],
  ]
  return [
    ['id', id],
    ['status', statusWords(generation)],
    ['cost', costWords(generation)],
    ...optional.flatMap(([name, value]) =>
      value === null || value === undefined
        ? []
        : [[printable(name), printable(String(value))] as const],
    ),
  ]
}
