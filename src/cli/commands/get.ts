/** `pika-edge get`: one generation as it is now. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Generation } from '../../client/index.ts'
import type { Cli } from '../session.ts'
import { printable } from '../shell.ts'
import type { Fact } from '../table.ts'
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
      const { ask, api, show } = cli.open()
      const generation: Generation =
        options.falRequest === true
          ? await ask((call) =>
              api.requests[':fal_request_id'].$get({ param: { fal_request_id: id } }, call),
            )
          : await ask((call) => api.generations[':id'].$get({ param: { id } }, call))
      show(generation, factsOf(generation))
    })
}

const factsOf = (generation: Generation): Fact[] => {
  const { id, input, error, video, metadata, finished_at, user } = generation
  const { candidate_request_id: candidate } = generation
  const textOf = (text: string | null | undefined) => text && printable(text)
  return [
    ['id', id],
    ['status', statusWords(generation)],
    ['cost', costWords(generation)],
    ['error', error && printable(`${error.message} (${error.code})`)],
    ['retryable', error && (error.retryable ? 'yes' : 'no')],
    ['may come until', error?.listening_until && clockTime(error.listening_until)],
    ['video', textOf(video?.url)],
    ['late video', textOf(error?.late_video?.url)],
    // A gateway of an older version has none.
    ...(generation.late_results ?? []).map((job): Fact => [
      'another job',
      printable(job.video?.url ?? `without a video (${job.fal_request_id})`),
    ]),
    ['prompt', printable(input.prompt)],
    ['not', textOf(input.negative_prompt)],
    ['seed', input.seed === undefined ? null : String(input.seed)],
    ['shape', `${input.aspect_ratio}, ${input.resolution}, ${input.duration} s`],
    ...Object.entries(metadata).map(([name, value]): Fact => [
      `metadata ${name}`,
      printable(value),
    ]),
    ['created', clockTime(generation.created_at)],
    ['took', finished_at && duration(tookMs(generation) ?? 0)],
    ['retry of', generation.retry_of],
    ['schedule', generation.schedule_id],
    ['user', textOf(user)],
    ['fal request', textOf(generation.fal_request_id)],
    [
      'candidate',
      candidate && printable(`${candidate} (adopt it: resolve ${id} --fal-request ${candidate})`),
    ],
  ]
}
