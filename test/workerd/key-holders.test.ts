/** Who holds a key, when KV knows it, lags behind, fails or takes no writes. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { createMacs } from '../../src/adapters/mac.ts'
import { formatKey, type KeyRecord } from '../../src/domain/key.ts'
import { KEY_RECORD } from './accounts.ts'
import { callWith, KEY, listening, makeKey, revoke, revokeElsewhere, sha256 } from './callers.ts'
import { api, clock, freshWorld, inside } from './world.ts'

freshWorld()

const RANDOM = 'R'.repeat(43)
const MAC = '0'.repeat(22)
/** A key from before keys named their account. */
const OLDER = `pika_${RANDOM}`

/** A gateway with a changed environment, which counts its look-ups for a key. */
const gatewayWith = (changes: Record<string, unknown> = {}) => {
  const asked = { kv: 0, accounts: [] as string[], limiter: 0 }
  const limit = async () => {
    asked.limiter++
    return { success: true }
  }
  const bindings = {
    ...listening({ onRead: () => asked.kv++, onAccount: (id) => asked.accounts.push(id) }),
    ADDRESS_LIMIT: { limit },
    ...changes,
  }
  const ask = async (key: string) => {
    const headers = { authorization: `Bearer ${key}` }
    return (await callWith(bindings, '/v1/models', { headers })).status
  }
  return { asked, ask }
}

/** KV that lags behind, or is out of reach. */
const LAGS = { get: async () => null }
const FAILS = { get: () => Promise.reject(new Error('away')) }
const LIMITS = { limit: async () => ({ success: false }) }

const recordOf = async (key: string): Promise<KeyRecord> => {
  const hash = await sha256(key)
  return { ...KEY_RECORD, id: `key_${hash.slice(0, 8)}`, accountId: 'studio', hash }
}

it("puts the account's name into a key and its prefix, even one with dashes and underscores", async () => {
  const { key, prefix } = await makeKey({ account_id: 'a_b-c_' })
  expect(key).toMatch(/^pika_a_b-c__[0-9A-Za-z]{43}_[0-9A-Za-z]{22}$/)
  expect(prefix).toBe(key.slice(0, 'pika_a_b-c__'.length + 6))
  const { asked, ask } = gatewayWith({ REQUESTS: LAGS })
  expect(await ask(key)).toBe(200)
  expect(asked.accounts).toContain('a_b-c_')
})

it.each([
  ['does not know it yet', LAGS],
  ['does not answer', FAILS],
])('accepts a new key when KV %s, and finds it by its hash', async (_what, REQUESTS) => {
  for (let made = 0; made < 20; made++) await makeKey()
  const { key } = await makeKey()
  const { asked, ask } = gatewayWith({ REQUESTS })
  expect(await ask(key)).toBe(200)
  expect(asked).toMatchObject({ accounts: ['studio', 'studio'], limiter: 0 })
  const { hash } = await recordOf(key)
  const find = () => inside.stub('studio').keys.ofHash(hash)
  const ran = await inside.metered(
    async () => expect(await find()).toMatchObject({ hash }),
    'studio',
  )
  expect(inside.total(ran, 'statements')).toBe(1)
  expect(inside.total(ran, 'rowsRead')).toBeLessThanOrEqual(2)
})

it('wakes no account for a key that the gateway did not make', async () => {
  const { key } = await makeKey()
  const { asked, ask } = gatewayWith()
  const forged = [
    OLDER,
    `pika_studio_${RANDOM}_${MAC}`,
    key.replace('studio', 'rival'),
    key.replace('studio', 'studi0'),
    `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`,
    key.replace(/_[^_]{43}_/, `_${RANDOM}_`),
  ]
  for (const text of forged) expect(await ask(text)).toBe(401)
  expect(asked).toEqual({ kv: forged.length, accounts: [], limiter: forged.length })
})

it('remembers for 30 s that an account does not have a key', async () => {
  await clock.stop()
  const mac = await createMacs(env.SIGNING_KEY).sign('api_key', 'studio', RANDOM)
  const key = formatKey({ accountId: 'studio', random: RANDOM, mac })
  const { asked, ask } = gatewayWith()
  for (let tries = 0; tries < 3; tries++) expect(await ask(key)).toBe(401)
  await clock.travel(29_999)
  expect(await ask(key)).toBe(401)
  expect(asked).toEqual({ kv: 1, accounts: ['studio'], limiter: 0 })
  await clock.travel(1)
  expect(await ask(key)).toBe(401)
  expect(asked).toEqual({ kv: 2, accounts: ['studio', 'studio'], limiter: 0 })
})

it('invalidates no key when the signing key changes', async () => {
  const [first, second] = [await makeKey(), await makeKey()]
  const rotated = { SIGNING_KEY: 'the-one-after-the-next-one' }
  expect(await gatewayWith(rotated).ask(first.key)).toBe(200)
  const SIGNING_KEY_PREVIOUS = `the-next-one, ${env.SIGNING_KEY}`
  const lagging = { ...rotated, REQUESTS: LAGS }
  expect(await gatewayWith(lagging).ask(second.key)).toBe(401)
  expect(await gatewayWith({ ...lagging, SIGNING_KEY_PREVIOUS }).ask(second.key)).toBe(200)
})

it('checks the address limit before it reads KV for a key that it does not remember', async () => {
  await clock.stop()
  await inside.stub('studio').keys.add(await recordOf(OLDER))
  const { key } = await makeKey()
  const limited = gatewayWith({ ADDRESS_LIMIT: LIMITS })
  expect(await limited.ask(`pika_studio_${RANDOM}_${MAC}`)).toBe(429)
  expect(await limited.ask(OLDER)).toBe(429)
  expect(limited.asked.kv).toBe(0)

  const { asked, ask } = gatewayWith()
  for (const _ of ['first', 'again']) expect(await ask(OLDER)).toBe(200)
  expect(asked).toMatchObject({ kv: 1, limiter: 1 })
  // After 30 s it reads KV again, but still exempts the key from the limit.
  await clock.travel(30_000)
  expect(await ask(OLDER)).toBe(200)
  expect(asked).toMatchObject({ kv: 2, limiter: 1 })
  for (const text of ['', 'wrong', 'pcs_wrong', env.ADMIN_KEY, key]) await ask(text)
  expect(asked.limiter).toBe(1)
  for (const text of [OLDER, key, env.ADMIN_KEY]) expect(await limited.ask(text)).toBe(200)
  expect(limited.asked.kv).toBe(0)
  expect(await limited.ask('')).toBe(401)
})

it('learns within the hour that a key is revoked, even if KV never does', async () => {
  const { key, id } = await makeKey()
  await revokeElsewhere(id)
  const { ask } = gatewayWith()
  expect(await ask(key)).toBe(200)
  expect(await ask(key)).toBe(401)
  await clock.stop()
  await clock.travel(3 * 3600_000)
  expect(await ask(key)).toBe(401)
})

it('answers 503 when neither KV nor the account can say who holds a key', async () => {
  const { key } = await makeKey()
  const gone = { getByName: () => ({ keys: { ofHash: () => Promise.reject(new Error('away')) } }) }
  for (const REQUESTS of [LAGS, FAILS]) {
    expect(await gatewayWith({ REQUESTS, ACCOUNTS: gone }).ask(key)).toBe(503)
  }
})

it('keeps 1,000 keys per account, and drops the oldest ended key to make room', async () => {
  const { id, key } = await makeKey()
  const record = await recordOf(key)
  await inside.storage(({ sql }) => {
    for (let made = 1; made < 1000; made++) {
      const copy = { ...record, id: `key_~${made}`, hash: `${made}` }
      sql.exec('INSERT INTO keys (id, doc) VALUES (?, ?)', copy.id, JSON.stringify(copy))
    }
  }, 'studio')
  const refused = await api.readProblem(api.post('/v1/keys', KEY))
  expect(refused).toMatchObject({ code: 'limit_reached', retryable: false })
  expect(refused.detail).toContain('revoke one')
  await revoke(id)
  const { id: added } = await makeKey()
  const listed = await api.get<{ data: KeyRecord[] }>('/v1/keys', { 'pika-account': 'studio' })
  const ids = listed.data.map((each) => each.id)
  expect([ids.length, ids.includes(added), ids.includes(id)]).toEqual([1000, true, false])
})
