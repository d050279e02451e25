/** `pika-edge usage`: what was spent, by day, and what is left. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Cli } from '../session.ts'
import { facts, table } from '../table.ts'
import { clockTime, usd } from '../words.ts'

const EXAMPLES = `
Days are those of the account's time zone, both included.

Examples:
  $ pika-edge usage
  $ pika-edge usage --from 2026-01-01 --to 2026-01-31
  $ pika-edge usage --json | jq .total.charged_usd
`

export const addUsage = (program: CommandUnknownOpts, cli: Cli): void => {
  program
    .command('usage')
    .description('what was spent, and what is left of the budgets')
    .option('--from <day>', 'first day, such as 2026-01-01')
    .option('--to <day>', 'last day')
    .addHelpText('after', EXAMPLES)
    .action(async ({ from, to }) => {
      const { ask, api, wantsJson, printJson, print, paint } = cli.open()
      const query = {
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      }
      const usage = await ask((call) => api.usage.$get({ query }, call))
      if (wantsJson) return printJson(usage)
      const { total } = usage
      const head = facts(
        [
          ['from', `${usage.from} to ${usage.to} (${usage.time_zone})`],
          ['generations', String(total.generations)],
          ['charged', usd(total.charged_usd)],
          ['reserved', usd(total.reserved_usd)],
          ['unknown', usd(total.unknown_usd)],
          ...usage.limits.map(
            ({ limit, left_usd, limit_usd, resets_at }) =>
              [
                limit,
                `${usd(left_usd)} of ${usd(limit_usd)} left until ${clockTime(resets_at)}`,
              ] as const,
          ),
        ],
        paint.out,
      )
      const days = usage.by_day.map((day) => [
        day.day,
        String(day.generations),
        usd(day.charged_usd),
        usd(day.reserved_usd),
        usd(day.unknown_usd),
      ])
      const columns = ['day', 'generations', 'charged', 'reserved', 'unknown']
      const body = days.length === 0 ? [] : ['', ...table(columns, days, { paint: paint.out })]
      for (const line of [...head, ...body]) print(line)
    })
}
