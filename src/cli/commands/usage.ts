/** `pika-edge usage`: what was spent, and what is left of the budgets. */
import type { UsageView } from '../../contract/usage.ts'
import { usageError } from '../exit-codes.ts'
import { oneOf } from '../options.ts'
import type { Session } from '../session.ts'
import { type Parent, verb } from '../verb.ts'
import { factsOf, limitFacts, nameOf } from '../words.ts'

const EXAMPLES = `what was spent, and what is left of the budgets

--from and --to are days in the account's time zone, both included.

Examples:
  $ pika-edge usage
  $ pika-edge usage --from 2026-01-01 --to 2026-01-31
  $ pika-edge usage --by key --csv > usage.csv
  $ pika-edge usage --json | jq .total.charged_usd`

/** What usage can be grouped by, and the field that names the group. */
const GROUPS = {
  day: 'day',
  key: 'key_id',
  schedule: 'schedule_id',
  user: 'user',
  status: 'status',
} as const
type Group = keyof typeof GROUPS
type Row = UsageView['total'] & { readonly [Name in (typeof GROUPS)[Group]]?: string | null }

const SUMS = ['generations', 'charged_usd', 'reserved_usd', 'unknown_usd'] as const

export const addUsage = (program: Parent, session: Session): void => {
  verb(program, 'usage', EXAMPLES)
    .option('--from <day>', 'first day, such as 2026-01-01')
    .option('--to <day>', 'last day')
    .addOption(oneOf('--by <what>', 'what to group by', Object.keys(GROUPS) as Group[], 'day'))
    .option('--csv', 'print the rows as CSV, for a spreadsheet')
    .action(async ({ from, to, by = 'day', csv }) => {
      const { ask, api, wantsJson, show, print, printTable } = session
      if (wantsJson && csv === true) throw usageError('give --json or --csv, not both')
      const include = by === 'user' ? ('by_user' as const) : undefined
      const usage = await ask(api.usage.$get, { query: { from, to, include } })
      const heading = GROUPS[by]
      const rows: readonly Row[] = usage[`by_${by}`] ?? []
      if (csv === true) {
        const columns = [...SUMS, 'released_usd'] as const
        print([heading, ...columns].join(','))
        for (const row of rows) {
          print([cell(row[heading] ?? ''), ...columns.map((name) => row[name])].join(','))
        }
        return
      }
      show(usage, [
        ['from', `${usage.from} to ${usage.to} (${usage.time_zone})`],
        ...factsOf(usage.total, ...SUMS),
        ...limitFacts(usage.limits),
      ])
      if (wantsJson || rows.length === 0) return
      print('')
      printTable(
        [by, ...SUMS.map(nameOf)],
        rows.map((row) => [row[heading] || '-', ...factsOf(row, ...SUMS).map(([, sum]) => sum)]),
      )
    })
}

/** @see https://www.rfc-editor.org/rfc/rfc4180 */
const cell = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
