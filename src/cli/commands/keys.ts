/** `pika-edge keys`: makes, lists and revokes API keys. */
import { keyRequest } from '../../contract/key.ts'
import { type Scope, SCOPES } from '../../contract/scope.ts'
import { confirm } from '../questions.ts'
import { dollars, fieldsOf, gathered, time, YES } from '../options.ts'
import type { Session } from '../session.ts'
import { noun, type Parent, verb } from '../verb.ts'
import { factsOf, usdOrNone } from '../words.ts'
import { ownAccount } from './accounts.ts'

const HELP = `API keys

These commands need ADMIN_KEY or a key with the scope admin. A key is shown
once, when it is made.

Examples:
  $ pika-edge keys create web --scope generations:read --scope generations:write
  $ pika-edge --account acme keys create acme-batch --daily-budget 5 --expires 2027-01-31
  $ pika-edge keys list
  $ pika-edge keys revoke key_… --yes`

const DEFAULT_SCOPES: readonly Scope[] = ['generations:read', 'generations:write']

export const addKeys = (program: Parent, session: Session): void => {
  const keys = noun(program, 'keys', HELP)
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
      const account_id = await ownAccount(session)
      const json = { ...fieldsOf(keyRequest, flags), account_id, name, scopes: [...scope] }
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
