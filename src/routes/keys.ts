/** `/v1/keys` and `/v1/me`: which key may do what. */
import type { Context } from 'hono'
import { type KeyRequest, keyRequest, type KeyView, SCOPES } from '../contract/key.ts'
import { toIso, toIsoOrNull, toMicrousd, usdOrNull } from '../contract/units.ts'
import { orNull } from '../domain/document.ts'
import { formatKey, type KeyRecord, keyState, MAX_KEYS, prefixOf } from '../domain/key.ts'
import type { StoredKey } from '../domain/account.ts'
import { namesOther, scope } from './access.ts'
import { type AppEnv, newRoutes } from './gateway.ts'
import { limitReached, notFound, problem } from './problem.ts'
import { ownAccount } from './reading.ts'
import { jsonBody } from './validate.ts'

export const keys = newRoutes()
  .post('/', scope('admin'), jsonBody(keyRequest), async (c) => {
    const asked = c.req.valid('json')
    const refusal = overreach(c, asked) ?? namesOther(c, asked.account_id)
    if (refusal !== undefined) return refusal
    const gateway = c.get('gateway')
    const made = await gateway.newKey(asked.account_id)
    const key = formatKey(made)
    const record = newRecord(asked, {
      id: gateway.newId('key'),
      prefix: prefixOf(made),
      hash: await gateway.sha256(key),
      createdAtMs: Date.now(),
    })
    const added = await gateway.account(asked.account_id).keys.add(record)
    if (added === 'too_many') return limitReached(c, MAX_KEYS, 'keys', 'revoke')
    const view = render(c, { record, lastUsedAtMs: null })
    return c.json({ ...view, key }, 201, { 'cache-control': 'no-store' })
  })
  .get('/', scope('admin'), async (c) => {
    const data = (await ownAccount(c).keys.list()).map((key) => render(c, key))
    return c.json({ object: 'list' as const, data }, 200)
  })
  .get('/:id', scope('admin'), async (c) =>
    answer(c, await ownAccount(c).keys.get(c.req.param('id'))),
  )
  .delete('/:id', scope('admin'), async (c) => {
    const revoked = await ownAccount(c).keys.revoke(c.req.param('id'))
    if (revoked !== null) c.get('gateway').noteKeyRevoked(revoked.record)
    return answer(c, revoked)
  })

export const me = newRoutes().get('/', scope(null), async (c) => {
  const { accountId, keyId, isAdmin } = c.get('principal')
  const admin = { account_id: accountId, name: 'ADMIN_KEY', scopes: [...SCOPES] }
  const record = newRecord(admin, { id: keyId, prefix: '', hash: '', createdAtMs: 0 })
  const stored = isAdmin ? { record, lastUsedAtMs: null } : await ownAccount(c).keys.get(keyId)
  return answer(c, stored)
})

const answer = (c: Context<AppEnv>, stored: StoredKey | null) =>
  stored === null ? notFound(c, 'key') : c.json(render(c, stored), 200)

const overreach = (c: Context<AppEnv>, asked: KeyRequest) => {
  const { isAdmin, accountId, scopes } = c.get('principal')
  if (isAdmin) return undefined
  if (asked.account_id !== accountId) {
    return problem(c, 'missing_scope', 'this key makes keys for its own account only')
  }
  const beyond = asked.scopes.filter((wanted) => !scopes.has(wanted)).join(', ')
  if (beyond === '') return undefined
  return problem(c, 'missing_scope', `this key does not have ${beyond} to give`)
}

const newRecord = (
  asked: KeyRequest,
  made: Pick<KeyRecord, 'id' | 'prefix' | 'hash' | 'createdAtMs'>,
): KeyRecord => ({
  ...made,
  accountId: asked.account_id,
  name: asked.name,
  scopes: [...new Set(asked.scopes)],
  dailyBudgetMicrousd: orNull(asked.daily_budget_usd, toMicrousd) ?? null,
  monthlyBudgetMicrousd: orNull(asked.monthly_budget_usd, toMicrousd) ?? null,
  expiresAtMs: orNull(asked.expires_at, Date.parse) ?? null,
  revokedAtMs: null,
})

const render = (c: Context<AppEnv>, { record, lastUsedAtMs }: StoredKey): KeyView => ({
  id: record.id,
  object: 'key',
  account_id: record.accountId,
  name: record.name,
  prefix: record.prefix,
  scopes: [...record.scopes],
  state: keyState(record, Date.now()),
  daily_budget_usd: usdOrNull(record.dailyBudgetMicrousd),
  monthly_budget_usd: usdOrNull(record.monthlyBudgetMicrousd),
  created_at: toIso(record.createdAtMs),
  expires_at: toIsoOrNull(record.expiresAtMs),
  revoked_at: toIsoOrNull(record.revokedAtMs),
  last_used_at: toIsoOrNull(lastUsedAtMs),
})
