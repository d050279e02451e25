/** `pika-edge accounts`: an account's budgets, time zone and limits. */
import { accountUpdate, type AccountView } from '../../contract/account.ts'
import { usageError } from '../exit-codes.ts'
import { count, dollars, fieldsOf, orNone } from '../options.ts'
import type { Session } from '../session.ts'
import { noun, type Parent, verb } from '../verb.ts'
import { factsOf, limitFacts } from '../words.ts'

const HELP = `an account's budgets, time zone and limits

The account is the key's own, or the one that --account names. These commands
need a key with the scope admin.

Examples:
  $ pika-edge accounts get
  $ pika-edge accounts update --daily-budget 5 --time-zone Europe/Paris
  $ pika-edge accounts update --monthly-budget none
  $ pika-edge accounts after-restore --account acme`

export const addAccounts = (program: Parent, session: Session): void => {
  const accounts = noun(program, 'accounts', HELP)
  const own = async () => ({ id: await ownAccount(session) })
  const show = (account: AccountView) =>
    session.show(account, [
      ['account', account.id],
      ...factsOf(account, 'daily_budget_usd', 'monthly_budget_usd', 'time_zone'),
      ['open', `${account.open} of ${account.max_open}`],
      ...limitFacts(account.limits),
    ])
  verb(accounts, 'get|show', 'its settings, and what is left of its budgets').action(async () =>
    show(await session.ask(session.api.accounts[':id'].$get, { param: await own() })),
  )
  verb(accounts, 'update|set', 'change its settings; those you leave out stay as they are')
    .option('--daily-budget <usd|none>', 'what it may spend a day', orNone(dollars))
    .option('--monthly-budget <usd|none>', 'what it may spend a month', orNone(dollars))
    .option('--time-zone <zone>', 'time zone in which its days begin, such as Europe/Paris')
    .option('--max-open <count>', 'how many generations may be open', count)
    .action(async (flags) => {
      const json = fieldsOf(accountUpdate, flags)
      if (Object.keys(json).length === 0) throw usageError('name what to change; see --help')
      show(await session.ask(session.api.accounts[':id'].$put, { param: await own(), json }))
    })
  verb(
    accounts,
    'after-restore',
    "mark a restored backup's unsent generations; needs ADMIN_KEY and ACCEPT=off",
  ).action(async () => {
    const { $post } = session.api.accounts[':id']['after-restore']
    const answer = await session.ask($post, { param: await own() })
    session.show(answer, factsOf(answer, 'marked', 'unconfirmed'))
  })
}

export const ownAccount = async ({ ask, api }: Session): Promise<string> =>
  (await ask(api.me.$get, {})).account_id
