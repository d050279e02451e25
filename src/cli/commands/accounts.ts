/** `pika-edge accounts`: an account's budgets, time zone and limits. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { accountUpdate, type AccountView } from '../../contract/account.ts'
import { usageError } from '../exit-codes.ts'
import { count, dollars, fieldsOf, orNone } from '../options.ts'
import type { Cli, Session } from '../session.ts'
import { noun, verb } from '../verb.ts'
import { factsOf, limitFacts } from '../words.ts'

const HELP = `an account's budgets, time zone and limits

The account is the key's own, or the one that --account names. These commands
need a key with the scope admin.

Examples:
  $ pika-edge accounts get
  $ pika-edge accounts update --daily-budget 5 --time-zone Europe/Paris
  $ pika-edge accounts update --monthly-budget none
  $ pika-edge accounts after-restore --account acme
`

export const addAccounts = (program: CommandUnknownOpts, { action }: Cli): void => {
  const accounts = noun(program, 'accounts', HELP)
  action(
    verb(accounts, 'get|show', 'its settings, and what is left of its budgets'),
    async (session) => {
      const param = { id: await ownAccount(session) }
      showAccount(session, await session.ask(session.api.accounts[':id'].$get, { param }))
    },
  )
  action(
    verb(accounts, 'update|set', 'change its settings; those you leave out stay as they are')
      .option('--daily-budget <usd|none>', 'what it may spend a day', orNone(dollars))
      .option('--monthly-budget <usd|none>', 'what it may spend a month', orNone(dollars))
      .option('--time-zone <zone>', 'time zone in which its days begin, such as Europe/Paris')
      .option('--max-open <count>', 'how many generations may be open', count),
    async (session, flags) => {
      const json = fieldsOf(accountUpdate, flags)
      if (Object.keys(json).length === 0) throw usageError('name what to change; see --help')
      const param = { id: await ownAccount(session) }
      showAccount(session, await session.ask(session.api.accounts[':id'].$put, { param, json }))
    },
  )
  action(
    verb(
      accounts,
      'after-restore',
      "mark a restored backup's unsent generations; needs ADMIN_KEY and ACCEPT=off",
    ),
    async (session) => {
      const { ask, api, show } = session
      const param = { id: await ownAccount(session) }
      const answer = await ask(api.accounts[':id']['after-restore'].$post, { param })
      show(answer, factsOf(answer, 'marked', 'unconfirmed'))
    },
  )
}

export const ownAccount = async ({ ask, api }: Session): Promise<string> =>
  (await ask(api.me.$get, {})).account_id

const showAccount = ({ show }: Session, account: AccountView): void =>
  show(account, [
    ['account', account.id],
    ...factsOf(account, 'daily_budget_usd', 'monthly_budget_usd', 'time_zone'),
    ['open', `${account.open} of ${account.max_open}`],
    ...limitFacts(account.limits),
  ])
