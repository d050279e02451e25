/** `pika-edge keys`: API keys, made, listed and revoked. */
import { type CommandUnknownOpts, InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { type Scope, SCOPES } from '../../contract/scope.ts'
import { CliError } from '../cli-error.ts'
import { confirm } from '../confirm.ts'
import { EXIT } from '../exit-codes.ts'
import { time } from '../date-options.ts'
import { dollars } from '../model-options.ts'
import type { Cli } from '../session.ts'
import { printable } from '../shell.ts'
import { clockTime, usdOrNone } from '../words.ts'
import { ownAccount } from './account.ts'

const EXAMPLES = `
It takes ADMIN_KEY or a key with the scope admin. A key is shown once, when it is made.

Examples:
  $ pika-edge keys create web --scope generations:read --scope generations:write
  $ pika-edge --account acme keys create acme-batch --daily-budget 5 --expires 2027-01-31
  $ pika-edge keys list
  $ pika-edge keys revoke key_… --yes
`

const DEFAULT_SCOPES: readonly Scope[] = ['generations:read', 'generations:write']

const gatherScopes = (text: string, before: readonly Scope[] = []): readonly Scope[] => {
  const scope = SCOPES.find((one) => one === text)
  if (scope === undefined) throw new InvalidArgumentError(`It is one of ${SCOPES.join(', ')}.`)
  return [...before, scope]
}

export const addKeys = (program: CommandUnknownOpts, cli: Cli): void => {
  const keys = program
    .command('keys')
    .alias('key')
    .description('API keys: create, list, get, revoke')
    .addHelpText('after', EXAMPLES)
  addCreate(keys, cli)
  addList(keys, cli)
  addGet(keys, cli)
  addRevoke(keys, cli)
}

const addCreate = (keys: CommandUnknownOpts, cli: Cli): void => {
  keys
    .command('create <name>')
    .description('make a key and print it, this once')
    .addOption(
      new Option(
        '--scope <scope>',
        `what it may do, repeatable: ${SCOPES.join(', ')} (default: ${DEFAULT_SCOPES.join(', ')})`,
      ).argParser(gatherScopes),
    )
    .option('--expires <time>', 'when it ends (default: never)', time)
    .option('--daily-budget <usd>', 'what it may spend in a day', dollars)
    .option('--monthly-budget <usd>', 'what it may spend in a month', dollars)
    .action(async (name, { scope = DEFAULT_SCOPES, expires, dailyBudget, monthlyBudget }) => {
      const session = cli.open()
      const { ask, api, wantsJson, printJson, print, note, paint } = session
      const json = {
        account_id: await ownAccount(session),
        name,
        scopes: [...scope],
        ...(expires === undefined ? {} : { expires_at: expires }),
        ...(dailyBudget === undefined ? {} : { daily_budget_usd: dailyBudget }),
        ...(monthlyBudget === undefined ? {} : { monthly_budget_usd: monthlyBudget }),
      }
      const made = await ask((call) => api.keys.$post({ json }, call))
      if (wantsJson) return printJson(made)
      note(
        `${paint.err('green', '✔')} ${made.id} for ${made.account_id}: ${made.scopes.join(', ')}`,
      )
      print(made.key)
      note(paint.err('yellow', 'It is not shown again: keep it now.'))
    })
}

const addList = (keys: CommandUnknownOpts, cli: Cli): void => {
  keys
    .command('list')
    .description('the keys of the account')
    .action(async () => {
      const { ask, api, wantsJson, printJson, printTable, tableTime, note } = cli.open()
      const list = await ask((call) => api.keys.$get({}, call))
      if (wantsJson) return printJson(list)
      if (list.data.length === 0) return note('There are none.')
      const rows = list.data.map((key) => [
        key.id,
        key.state,
        key.last_used_at === null ? 'never' : tableTime(key.last_used_at),
        usdOrNone(key.daily_budget_usd),
        printable(key.name),
      ])
      printTable(['id', 'state', 'last used', 'a day', 'name'], rows)
    })
}

const addGet = (keys: CommandUnknownOpts, cli: Cli): void => {
  keys
    .command('get <id>')
    .alias('show')
    .description('one key, and what it may do')
    .action(async (id) => {
      const { ask, api, wantsJson, printJson, printFacts } = cli.open()
      const { data } = await ask((call) => api.keys.$get({}, call))
      const key = data.find((one) => one.id === id)
      if (key === undefined) throw new CliError(EXIT.notFound, `there is no key ${id}`)
      if (wantsJson) return printJson(key)
      const timeOf = (iso: string | null) => (iso === null ? 'never' : clockTime(iso))
      printFacts([
        ['id', key.id],
        ['name', printable(key.name)],
        ['key', `${key.prefix}…`],
        ['account', key.account_id],
        ['state', key.state],
        ['scopes', key.scopes.join(', ')],
        ['daily budget', usdOrNone(key.daily_budget_usd)],
        ['monthly budget', usdOrNone(key.monthly_budget_usd)],
        ['created', timeOf(key.created_at)],
        ['last used', timeOf(key.last_used_at)],
        ['expires', timeOf(key.expires_at)],
      ])
    })
}

const addRevoke = (keys: CommandUnknownOpts, cli: Cli): void => {
  keys
    .command('revoke <id>')
    .description('end a key for good')
    .option('-y, --yes', 'do not ask')
    .action(async (id, { yes }) => {
      const session = cli.open()
      const { ask, api, wantsJson, printJson, print } = session
      await confirm(session, `Revoke ${id} for good?`, yes)
      const revoked = await ask((call) => api.keys[':id'].$delete({ param: { id } }, call))
      if (wantsJson) return printJson(revoked)
      print(`${revoked.id}  ${revoked.state}`)
    })
}
