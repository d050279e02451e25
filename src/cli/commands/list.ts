/** `pika-edge list`: generations, newest first. */
import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import type { Generation } from '../../client/index.ts'
import { STATUSES } from '../../contract/status.ts'
import { count, given, time } from '../options.ts'
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
      const page = await gather(session, options)
      session.showList(
        page,
        ['id', 'created', 'status', 'cost', 'prompt'],
        (generation) => [
          generation.id,
          session.tableTime(generation.created_at),
          generation.status,
          cost(generation),
          printable(generation.input.prompt),
        ],
        '--limit, or --all',
      )
    })
}

/** Page after page, as many as were asked for. */
const gather = async ({ pika, signal }: Session, options: ListOptions) => {
  const wanted = options.all === true ? Infinity : options.limit
  const filters = given({
    status: options.status,
    user: options.user,
    schedule_id: options.schedule,
    created_after: options.after,
    created_before: options.before,
  })
  const data: Generation[] = []
  const limit = Math.min(MAX_PAGE, wanted)
  for await (const page of pika.list({ ...filters, limit, signal })) {
    data.push(...page.data)
    if (data.length >= wanted) {
      const hasMore = page.has_more || data.length > wanted
      return { object: 'list', data: data.slice(0, wanted), has_more: hasMore }
    }
  }
  return { object: 'list', data, has_more: false }
}

const cost = ({ cost }: Generation): string => {
  if (cost.state === 'charged') return usd(cost.charged_usd ?? cost.estimated_usd)
  return cost.state === 'released' ? '-' : `${usd(cost.estimated_usd)} ${cost.state}`
}
