/** The commands about an account: its limits, its keys and its usage. */
import { accountUpdate, type AccountView } from '../../contract/account.ts'
import { keyRequest, type Scope, SCOPES } from '../../contract/key.ts'
import type { UsageView } from '../../contract/usage.ts'
import { usageError } from '../exit-codes.ts'
import { count, dollars, fieldsOf, gathered, oneOf, orNone, time, YES } from '../options.ts'
import { confirm } from '../questions.ts'
import type { Session } from '../session.ts'
import { noun, type Add, verb } from '../verb.ts'
import { factsOf, limitFacts, nameOf, usdOrNone } from '../words.ts'

const ACCOUNTS = `an account's budgets, time zone and limits

The account is the key's own, or the one that --account names. These commands
need a key with the scope admin.

Examples:
  $ pika-edge accounts get
  $ pika-edge accounts update --daily-budget 5 --time-zone Europe/Paris
  $ pika-edge accounts update --monthly-budget none
  $ pika-edge accounts after-restore --account acme`

export const addAccounts: Add = (program, session) => {
  const accounts = noun(program, 'accounts', ACCOUNTS)
  const show = (account: AccountView) =>
    session.show(account, [
      ['account', account.id],
      ...factsOf(account, 'daily_budget_usd', 'monthly_budget_usd', 'time_zone'),
      ['open', `${account.open} of ${account.max_open}`],
      ...limitFacts(account.limits),
    ])
  verb(accounts, 'get|show', 'its settings, and what is left of its budgets').action(async () =>
    show(await session.ask(session.api.accounts[':id'].$get, { param: await own(session) })),
  )
  verb(accounts, 'update|set', 'change its settings; those you leave out stay as they are')
    .option('--daily-budget <usd|none>', 'what it may spend a day', orNone(dollars))
    .option('--monthly-budget <usd|none>', 'what it may spend a month', orNone(dollars))
    .option('--time-zone <zone>', 'time zone in which its days begin, such as Europe/Paris')
    .option('--max-open <count>', 'how many generations may be open', count)
    .action(async (flags) => {
      const json = fieldsOf(accountUpdate, flags)
      if (Object.keys(json).length === 0) throw usageError('name what to change; see --help')
      show(await session.ask(session.api.accounts[':id'].$put, { param: await own(session), json }))
    })
  verb(
    accounts,
    'after-restore',
    "mark a restored backup's unsent generations; needs ADMIN_KEY and ACCEPT=off",
  ).action(async () => {
    const { $post } = session.api.accounts[':id']['after-restore']
    const answer = await session.ask($post, { param: await own(session) })
    session.show(answer, factsOf(answer, 'marked', 'unconfirmed'))
  })
}

/** The account that the key acts for. */
const own = async ({ ask, api }: Session) => ({ id: (await ask(api.me.$get, {})).account_id })

const KEYS = `API keys

These commands need ADMIN_KEY or a key with the scope admin. A key is shown
once, when it is made.

Examples:
  $ pika-edge keys create web --scope generations:read --scope generations:write
  $ pika-edge --account acme keys create acme-batch --daily-budget 5 --expires 2027-01-31
  $ pika-edge keys list
  $ pika-edge keys revoke key_… --yes`

const DEFAULT_SCOPES: Scope[] = ['generations:read', 'generations:write']

export const addKeys: Add = (program, session) => {
  const keys = noun(program, 'keys', KEYS)
  verb(keys, 'create <name>', 'create a key and print it, only this once')
    .option(
      '--scope <scope>',
      `what it may do, repeatable: ${SCOPES.join(', ')} (default: ${DEFAULT_SCOPES.join(', ')})`,
      gathered(SCOPES),
    )
    .option('--expires <time>', 'when it expires (default: never)', time)
    .option('--daily-budget <usd>', 'what it may spend a day', dollars)
    .option('--monthly-budget <usd>', 'what it may spend a month', dollars)
    .action(async (name, { scope = DEFAULT_SCOPES, ...flags }) => {
      const { id: account_id } = await own(session)
      const json = { ...fieldsOf(keyRequest, flags), account_id, name, scopes: scope }
      const made = await session.ask(session.api.keys.$post, { json })
      const whose = `${made.id} for ${made.account_id}: ${made.scopes.join(', ')}`
      session.showSecret(made, made.key, whose)
    })
  verb(keys, 'list', 'the keys of the account').action(async () => {
    const list = await session.pika.keys.list(session)
    session.showList(list, ['id', 'state', 'last used', 'a day', 'name'], (key) => {
      const { id, state, last_used_at, daily_budget_usd, name } = key
      return [id, state, session.tableTime(last_used_at), usdOrNone(daily_budget_usd), name]
    })
  })
  verb(keys, 'get|show <id>', 'one key, and what it may do').action(async (id) => {
    const key = await session.pika.keys.get(id, session)
    session.show(key, [
      ...factsOf(key, 'id', 'name'),
      ['key', `${key.prefix}…`],
      ...factsOf(key, 'account_id', 'state', 'scopes', 'daily_budget_usd', 'monthly_budget_usd'),
      ...factsOf(key, 'created_at', 'last_used_at', 'expires_at'),
    ])
  })
  verb(keys, 'revoke <id>', 'revoke a key permanently')
    .option(...YES)
    .action(async (id, { yes }) => {
      await confirm(session, `Revoke ${id} permanently?`, yes)
      const revoked = await session.ask(session.api.keys[':id'].$delete, { param: { id } })
      session.done(revoked, `${revoked.id}  ${revoked.state}`)
    })
}

const USAGE = `what was spent, and what is left of the budgets

--from and --to are days in the account's time zone, both included.

Examples:
  $ pika-edge usage
  $ pika-edge usage --from 2026-01-01 --to 2026-01-31
  $ pika-edge usage --by key --csv > usage.csv
  $ pika-edge usage --json | jq .total.charged_usd`

const GROUPS = ['day', 'key', 'schedule', 'user', 'status'] as const
/** A group's sums, and the field that names the group. */
type Row = UsageView['total'] & Readonly<Record<string, string | number | null>>

const SUMS = ['generations', 'charged_usd', 'reserved_usd', 'unknown_usd'] as const

export const addUsage: Add = (program, session) => {
  verb(program, 'usage', USAGE)
    .option('--from <day>', 'first day, such as 2026-01-01')
    .option('--to <day>', 'last day')
    .addOption(oneOf('--by <what>', 'what to group by', GROUPS, 'day'))
    .option('--csv', 'print the rows as CSV, for a spreadsheet')
    .action(async ({ from, to, by = 'day', csv }) => {
      const { pika, signal, wantsJson, show, print, printTable } = session
      if (wantsJson && csv === true) throw usageError('give --json or --csv, not both')
      const include = by === 'user' ? ('by_user' as const) : undefined
      const usage = await pika.usage({ from, to, include, signal })
      const heading = by === 'key' || by === 'schedule' ? `${by}_id` : by
      const rows: readonly Row[] = usage[`by_${by}`] ?? []
      if (csv === true) {
        const columns = [heading, ...SUMS, 'released_usd']
        print(columns.join(','))
        for (const row of rows) print(columns.map((name) => cell(row[name] ?? '')).join(','))
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
const cell = (value: string | number): string =>
  String(value).replace(/^.*[",\r\n].*$/s, (text) => `"${text.replaceAll('"', '""')}"`)
