/** `pika-edge list`, `get` and `watch`: shows generations, or follows one. */
import { Option } from '@commander-js/extra-typings'
import type { Generation, GenerationEvent, ListOptions } from '../../client/index.ts'
import { endedWithout } from '../../client/wait.ts'
import { STATUSES } from '../../contract/status.ts'
import { costWords, duration, usd } from '../../contract/words.ts'
import { usageError } from '../exit-codes.ts'
import { handOver, waitForEnd } from '../follow.ts'
import { count, time, withWaiting } from '../options.ts'
import { createProgress } from '../progress.ts'
import { planTarget } from '../save-video.ts'
import type { Session } from '../session.ts'
import type { Fact } from '../table.ts'
import { type Add, verb } from '../verb.ts'
import { clockTime, factsOf, statusWords, tookMs } from '../words.ts'

const LIST = `generations, newest first

Examples:
  $ pika-edge list
  $ pika-edge list --status failed --limit 5
  $ pika-edge list --all --after 2026-01-01T00:00:00Z --json | jq -r '.data[].id'`

const GET = `one generation as it is now

Examples:
  $ pika-edge get gen_…
  $ pika-edge get gen_… --json | jq .cost
  $ pika-edge get --fal-request 764cabcf-b745-4b3e-ae38-1200304cf45b`

const WATCH = `follow a generation to its end

Stop and come back at any time. Output and exit code are those of generate. With
--json each event is one line of JSON.

Examples:
  $ pika-edge watch gen_…
  $ pika-edge watch gen_… --out river.mp4
  $ pika-edge watch gen_… --json | jq -r .type`

const MAX_PAGE = 100

export const addReading: Add = (program, session) => {
  verb(program, 'list', LIST)
    .addOption(new Option('-s, --status <status>', 'only with this status').choices(STATUSES))
    .option('--schedule <id>', 'only from this schedule')
    .option('--user <id>', 'only of this end user')
    .option('--after <time>', 'only created after this time', time)
    .option('--before <time>', 'only created before this time', time)
    .option('-l, --limit <count>', 'how many', count, 20)
    .option('--all', 'all of them')
    .action(async ({ all, limit, status, user, schedule, after, before }) => {
      const filters = { status, user, schedule_id: schedule }
      const asked = { ...filters, created_after: after, created_before: before }
      const page = await gather(session, asked, all === true ? Infinity : limit)
      const headings = ['id', 'created', 'status', 'cost', 'prompt']
      const rowOf = (one: Generation) => {
        const { id, created_at, status, input } = one
        return [id, session.tableTime(created_at), status, cost(one), input.prompt]
      }
      session.showList(page, headings, rowOf, '--limit, or --all')
    })
  verb(program, 'get <id>', GET)
    .option('--fal-request', "the id is fal's request id")
    .action(async (id, { falRequest }) => {
      const { ask, api, pika } = session
      const generation: Generation =
        falRequest === true
          ? await ask(api.requests[':fal_request_id'].$get, { param: { fal_request_id: id } })
          : await pika.get(id, session)
      session.show(generation, describe(generation))
    })
  withWaiting(verb(program, 'watch <id>', WATCH)).action(async (id, options) => {
    const { wantsJson, pika, print, note } = session
    if (wantsJson) {
      if (options.out !== undefined) throw usageError('--json prints events: drop --out')
      const show = (event: GenerationEvent) => print(JSON.stringify(event))
      const ended = await waitForEnd(session, id, options, { show, say: note })
      if (ended.status !== 'completed') throw endedWithout(ended)
      return
    }
    const target = planTarget(session, options)
    const generation = await pika.get(id, session)
    const progress = createProgress(session, 'following', Date.parse(generation.created_at))
    progress.expect(generation)
    const ended = await waitForEnd(session, id, options, progress).finally(progress.end)
    await handOver(session, ended, target)
  })
}

const gather = async ({ pika, signal }: Session, filters: ListOptions, wanted: number) => {
  const data: Generation[] = []
  const limit = Math.min(MAX_PAGE, wanted)
  let has_more = false
  for await (const page of pika.list({ ...filters, limit, signal })) {
    data.push(...page.data)
    has_more = page.has_more || data.length > wanted
    if (data.length >= wanted) break
  }
  return { object: 'list', data: data.slice(0, wanted), has_more }
}

const cost = ({ cost }: Generation): string => {
  if (cost.state === 'charged') return usd(cost.charged_usd ?? cost.estimated_usd)
  return cost.state === 'released' ? '-' : `${usd(cost.estimated_usd)} ${cost.state}`
}

const describe = (generation: Generation): Fact[] => {
  const { id, input, error, video, metadata, finished_at } = generation
  const { candidate_request_id: candidate } = generation
  return [
    ['id', id],
    ['status', statusWords(generation)],
    ['cost', costWords(generation)],
    ['error', error && `${error.message} (${error.code})`],
    ['retryable', error && (error.retryable ? 'yes' : 'no')],
    ['may come until', error?.listening_until && clockTime(error.listening_until)],
    ['video', video?.url],
    ['late video', error?.late_video?.url],
    // An older gateway does not send it.
    ...(generation.late_results ?? []).map((job): Fact => [
      'another job',
      job.video?.url ?? `without a video (${job.fal_request_id})`,
    ]),
    ['prompt', input.prompt],
    ['not', input.negative_prompt],
    ['seed', input.seed],
    ['shape', `${input.aspect_ratio}, ${input.resolution}, ${input.duration} s`],
    ...Object.entries(metadata).map(([name, value]): Fact => [`metadata ${name}`, value]),
    ['created', clockTime(generation.created_at)],
    ['took', finished_at && duration(tookMs(generation) ?? 0)],
    ...factsOf(generation, 'retry_of', 'schedule_id', 'user', 'fal_request_id'),
    ['candidate', candidate && `${candidate} (adopt it: resolve ${id} --fal-request ${candidate})`],
  ]
}
