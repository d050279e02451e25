/** `pika-edge accounts`: an account's budgets, time zone and limits. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import type { AccountView } from '../../contract/account.ts'
import { usageError } from '../cli-error.ts'
import { count, dollarsOrNone, orNull } from '../model-options.ts'
import type { Cli, Session } from '../session.ts'
import { clockTime, usd, usdOrNone } from '../words.ts'

const EXAMPLES = `
The account is the one that the key belongs to, or that --account names. It takes a key
with the scope admin.

Examples:
  $ pika-edge accounts get
  $ pika-edge accounts update --daily-budget 5 --time-zone Europe/Paris
  $ pika-edge accounts update --monthly-budget none
  $ pika-edge accounts after-restore --account acme
`

export const addAccount = (program: CommandUnknownOpts, cli: Cli): void => {
  const account = program
    .command('accounts')
    .alias('account')
    .description("an account's budgets, time zone and limits")
    .addHelpText('after', EXAMPLES)
  account
    .command('get')
    .alias('show')
    .description('how the account stands')
    .action(async () => {
      const session = cli.open()
      const id = await ownAccount(session)
      const { ask, api } = session
      show(session, await ask((call) => api.accounts[':id'].$get({ param: { id } }, call)))
    })
  account
    .command('update')
    .alias('set')
    .description('change it; what is not named stays as it is')
    .option('--daily-budget <usd|none>', 'what a day may cost', dollarsOrNone)
    .option('--monthly-budget <usd|none>', 'what a month may cost', dollarsOrNone)
    .option('--time-zone <zone>', 'whose midnight a day begins at, such as Europe/Paris')
    .option('--max-open <count>', 'generations that may be open at a time', count)
    .action(async ({ dailyBudget, monthlyBudget, timeZone, maxOpen }) => {
      const json = {
        ...(dailyBudget === undefined ? {} : { daily_budget_usd: orNull(dailyBudget) }),
        ...(monthlyBudget === undefined ? {} : { monthly_budget_usd: orNull(monthlyBudget) }),
        ...(timeZone === undefined ? {} : { time_zone: timeZone }),
        ...(maxOpen === undefined ? {} : { max_open: maxOpen }),
      }
      if (Object.keys(json).length === 0) throw usageError('name what to change; see --help')
      const session = cli.open()
      const id = await ownAccount(session)
      const { ask, api } = session
      show(session, await ask((call) => api.accounts[':id'].$put({ param: { id }, json }, call)))
    })
  account
    .command('after-restore')
    .description('mark what a restored backup holds unsent; it takes ADMIN_KEY, and ACCEPT=off')
    .action(async () => {
      const session = cli.open()
      const id = await ownAccount(session)
      const { ask, api, wantsJson, printJson, printFacts } = session
      const answer = await ask((call) =>
        api.accounts[':id']['after-restore'].$post({ param: { id } }, call),
      )
      if (wantsJson) return printJson(answer)
      printFacts([
        ['marked', `${answer.marked}`],
        ['unconfirmed', `${answer.unconfirmed}`],
      ])
    })
}

/** The account that the key acts for. */
export const ownAccount = async ({ ask, api }: Session): Promise<string> =>
  (await ask((call) => api.me.$get({}, call))).account_id

const show = ({ wantsJson, printJson, printFacts }: Session, account: AccountView): void => {
  if (wantsJson) return printJson(account)
  printFacts([
    ['account', account.id],
    ['daily budget', usdOrNone(account.daily_budget_usd)],
    ['monthly budget', usdOrNone(account.monthly_budget_usd)],
    ['time zone', account.time_zone],
    ['open', `${account.open} of ${account.max_open}`],
    ...account.limits.map(
      ({ limit, left_usd, limit_usd, resets_at }) =>
        [
          limit,
          `${usd(left_usd)} of ${usd(limit_usd)} left until ${clockTime(resets_at)}`,
        ] as const,
    ),
  ])
}
