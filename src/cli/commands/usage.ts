/** `pika-edge usage`: what was spent, and what is left of the budgets. */
import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings'
import type { UsageView } from '../../contract/usage.ts'
import { usd } from '../../contract/words.ts'
import { usageError } from '../exit-codes.ts'
import type { Cli } from '../session.ts'
import { verb } from '../verb.ts'
import { limitFacts } from '../words.ts'

const EXAMPLES = `
--from and --to are days in the account's time zone, both included.

Examples:
  $ pika-edge usage
  $ pika-edge usage --from 2026-01-01 --to 2026-01-31
  $ pika-edge usage --by key --csv > usage.csv
  $ pika-edge usage --json | jq .total.charged_usd
`

type Sums = UsageView['total']
interface Row extends Sums {
  readonly name: string
}

/** What usage can be grouped by: the column's name, and the rows. */
const GROUPS = {
  day: ['day', (usage) => usage.by_day.map((row) => ({ ...row, name: row.day }))],
  key: ['key_id', (usage) => usage.by_key.map((row) => ({ ...row, name: row.key_id }))],
  schedule: [
    'schedule_id',
    (usage) => usage.by_schedule.map((row) => ({ ...row, name: row.schedule_id ?? '' })),
  ],
  user: ['user', (usage) => (usage.by_user ?? []).map((row) => ({ ...row, name: row.user ?? '' }))],
  status: ['status', (usage) => usage.by_status.map((row) => ({ ...row, name: row.status }))],
} as const satisfies Record<string, readonly [string, (usage: UsageView) => readonly Row[]]>
type Group = keyof typeof GROUPS

const AMOUNTS = ['charged_usd', 'reserved_usd', 'unknown_usd', 'released_usd'] as const

export const addUsage = (program: CommandUnknownOpts, { action }: Cli): void => {
  action(
    verb(program, 'usage', 'what was spent, and what is left of the budgets', EXAMPLES)
      .option('--from <day>', 'first day, such as 2026-01-01')
      .option('--to <day>', 'last day')
      .addOption(
        new Option('--by <what>', 'what to group by (default: day)').choices(
          Object.keys(GROUPS) as Group[],
        ),
      )
      .option('--csv', 'print the rows as CSV, for a spreadsheet'),
    async (session, { from, to, by = 'day', csv }) => {
      const { ask, api, wantsJson, show, print, printTable } = session
      if (wantsJson && csv === true) throw usageError('give --json or --csv, not both')
      const include = by === 'user' ? ('by_user' as const) : undefined
      const query = { from, to, include }
      const usage = await ask(api.usage.$get, { query })
      const [heading, rowsOf] = GROUPS[by]
      const rows: readonly Row[] = rowsOf(usage)
      if (csv === true) {
        print([heading, 'generations', ...AMOUNTS].join(','))
        for (const row of rows) {
          print([cell(row.name), row.generations, ...AMOUNTS.map((name) => row[name])].join(','))
        }
        return
      }
      const { total } = usage
      show(usage, [
        ['from', `${usage.from} to ${usage.to} (${usage.time_zone})`],
        ['generations', total.generations],
        ['charged', usd(total.charged_usd)],
        ['reserved', usd(total.reserved_usd)],
        ['unknown', usd(total.unknown_usd)],
        ...limitFacts(usage.limits),
      ])
      if (wantsJson || rows.length === 0) return
      print('')
      printTable(
        [by, 'generations', 'charged', 'reserved', 'unknown'],
        rows.map((row) => [
          row.name || '-',
          row.generations,
          usd(row.charged_usd),
          usd(row.reserved_usd),
          usd(row.unknown_usd),
        ]),
      )
    },
  )
}

/** @see https://www.rfc-editor.org/rfc/rfc4180 */
const cell = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
