/** `pika-edge list`: generations, newest first. */
import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import type { Generation } from '../../client/index.ts'
import { STATUSES } from '../../contract/status.ts'
import { time } from '../date-options.ts'
import { count } from '../model-options.ts'
import type { Cli, Session } from '../session.ts'
import { printable } from '../shell.ts'
import { usd } from '../words.ts'

const EXAMPLES = `
Examples:
  $ pika-edge list
  $ pika-edge list --status failed --limit 5
  $ pika-edge list --all --after 2026-01-01T00:00:00Z --json | jq -r '.data[].id'
`

const MAX_PAGE = 100

interface ListOptions {
  readonly status?: Generation['status'] | undefined
  readonly schedule?: string | undefined
  readonly user?: string | undefined
  readonly after?: string | undefined
  readonly before?: string | undefined
  readonly limit: number
  readonly all?: true | undefined
}

export const addList = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('list')
    .description('generations, newest first')
    .addOption(new Option('-s, --status <status>', 'only these').choices(STATUSES))
    .option('--schedule <id>', 'only what this schedule made')
    .option('--user <id>', 'only those of this end user')
    .option('--after <time>', 'created after it', time)
    .option('--before <time>', 'created before it', time)
    .option('-l, --limit <count>', 'how many', count, 20)
    .option('--all', 'all of them')
    .addHelpText('after', EXAMPLES)
    .action(async (options) => {
      const session = cli.open()
      const { wantsJson, printJson, printTable, tableTime, note, paint } = session
      const { data, hasMore } = await gather(session, options)
      if (wantsJson) return printJson({ object: 'list', data, has_more: hasMore })
      if (data.length === 0) return note('There are none.')
      const rows = data.map((generation) => [
        generation.id,
        tableTime(generation.created_at),
        generation.status,
        cost(generation),
        printable(generation.input.prompt),
      ])
      printTable(['id', 'created', 'status', 'cost', 'prompt'], rows)
      if (hasMore) note(paint.err('dim', 'There are more: --limit, or --all'))
    })
}

/** Page after page, as many as were asked for. */
const gather = async ({ ask, api }: Session, options: ListOptions) => {
  const wanted = options.all === true ? Infinity : options.limit
  const filters = {
    ...(options.status === undefined ? {} : { status: options.status }),
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(options.schedule === undefined ? {} : { schedule_id: options.schedule }),
    ...(options.after === undefined ? {} : { created_after: options.after }),
    ...(options.before === undefined ? {} : { created_before: options.before }),
  }
  const data: Generation[] = []
  let cursor: string | null = null
  do {
    const page: { readonly limit: string; readonly cursor?: string } = {
      limit: String(Math.min(MAX_PAGE, wanted - data.length)),
      ...(cursor === null ? {} : { cursor }),
    }
    const list = await ask((call) => api.generations.$get({ query: { ...filters, ...page } }, call))
    data.push(...list.data)
    cursor = list.next_cursor
  } while (cursor !== null && data.length < wanted)
  return { data, hasMore: cursor !== null }
}

const cost = ({ cost }: Generation): string => {
  if (cost.state === 'charged') return usd(cost.charged_usd ?? cost.estimated_usd)
  return cost.state === 'released' ? '-' : `${usd(cost.estimated_usd)} ${cost.state}`
}
