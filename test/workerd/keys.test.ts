import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { type Scope, SCOPES } from '../../src/contract/key.ts'
import { inAccount } from './accounts.ts'
import { callWith, KEY, makeKey, newCaller, revoke, revokeElsewhere, sha256 } from './callers.ts'
import { api, clock, fal, freshWorld, HOUR_MS, inside } from './world.ts'

freshWorld()

const KEY_FORM = /^pika_studio_[0-9A-Za-z]{43}_[0-9A-Za-z]{22}$/

const { codeOf } = api
const kvKeys = async () => (await env.REQUESTS.list({ prefix: 'key:' })).keys.map((key) => key.name)

/** Reads a path of the account `studio` with the gateway's own key. */
const ofStudio = <T>(path: string): Promise<T> => api.get(path, { 'pika-account': 'studio' })

it('shows a key once, and stores nothing from which it could be rebuilt', async () => {
  const response = await api.post('/v1/keys', { ...KEY, daily_budget_usd: 2.5 })
  expect([response.status, response.headers.get('cache-control')]).toEqual([201, 'no-store'])
  const { key, ...view }: { key: string } & Record<string, unknown> = await response.json()
  expect(key).toMatch(KEY_FORM)
  const unset = { monthly_budget_usd: null, expires_at: null, last_used_at: null }
  const prefix = key.slice(0, 'pika_studio_'.length + 6)
  const given = { account_id: 'studio', daily_budget_usd: 2.5 }
  expect(view).toMatchObject({ ...given, ...unset, prefix, state: 'active' })
  const hash = await sha256(key)
  expect(await kvKeys()).toEqual([`key:${hash}`])
  expect(await env.REQUESTS.get(`key:${hash}`)).not.toContain(key)
  expect(await inside.storedText('studio')).not.toContain(key)
  const listed = await ofStudio('/v1/keys')
  expect(listed).toMatchObject({ object: 'list', data: [view] })
  expect(JSON.stringify(listed)).not.toContain(key)
})

it('accepts a new key at once, under either scheme, and shows what it may do', async () => {
  const { key, id } = await makeKey({ scopes: ['generations:read'] })
  const me = { id, account_id: 'studio', scopes: ['generations:read'], state: 'active' }
  for (const scheme of ['Bearer', 'bearer', 'Key']) {
    expect(await api.get('/v1/me', { authorization: `${scheme} ${key}` })).toMatchObject(me)
  }
  expect(await api.get('/v1/me')).toMatchObject({ name: 'ADMIN_KEY' })
})

it('reports when a key was last used', async () => {
  const { create, made } = await newCaller()
  await create()
  const { data } = await ofStudio<{ data: { last_used_at: string }[] }>('/v1/keys')
  const [usedMs, madeMs] = [data[0]?.last_used_at ?? '', made.created_at].map(Date.parse)
  expect(usedMs).toBeGreaterThanOrEqual(madeMs ?? Infinity)
})

it.each([
  ['no account', { account_id: undefined }, 'account_id'],
  ['an account that is a path', { account_id: '../default' }, 'account_id'],
  ['an account with a capital letter', { account_id: 'Studio' }, 'account_id'],
  ['an account name that is too long', { account_id: 'a'.repeat(64) }, 'account_id'],
  ['an empty name', { name: '' }, 'name'],
  ['no scope', { scopes: [] }, 'scopes'],
  ['an unknown scope', { scopes: ['everything'] }, 'scopes.0'],
  ['an invalid time', { expires_at: 'tomorrow' }, 'expires_at'],
  ['a negative budget', { daily_budget_usd: -0.01 }, 'daily_budget_usd'],
  ['a budget too large to count', { monthly_budget_usd: 1e15 }, 'monthly_budget_usd'],
  ['a budget given as text', { daily_budget_usd: '1' }, 'daily_budget_usd'],
  ['an internal field of the record', { hash: 'ff' }, 'hash'],
  ['a field that every object inherits', { constructor: 1 }, 'constructor'],
])('refuses a key with %s', async (_what, changes, field) => {
  const refused = await api.readProblem(api.post('/v1/keys', { ...KEY, ...changes }))
  expect(refused.code).toBe('invalid_input')
  expect(refused.errors?.map((error) => error.path)).toEqual([field])
  expect(await kvKeys()).toEqual([])
})

it('lets a key do what its scopes allow, and nothing else', async () => {
  const needs: readonly [Scope, string, string, unknown?][] = [
    ['generations:read', 'GET', '/v1/generations'],
    ['generations:read', 'GET', '/v1/usage'],
    ['generations:read', 'GET', '/v1/requests/none'],
    ['generations:read', 'POST', '/v1/generations/estimate', { prompt: api.PROMPT }],
    ['generations:write', 'POST', '/v1/generations', { prompt: api.PROMPT }],
    ['generations:write', 'POST', '/v1/generations/none/cancel', {}],
    ['generations:write', 'POST', '/v1/generations/none/retry', {}],
    ['admin', 'GET', '/v1/keys'],
    ['admin', 'POST', '/v1/keys', { ...KEY, scopes: ['admin'] }],
    ['admin', 'GET', '/v1/keys/none'],
    ['admin', 'DELETE', '/v1/keys/none'],
    ['admin', 'GET', '/v1/accounts/studio'],
    ['admin', 'PUT', '/v1/accounts/studio', {}],
  ]
  for (const [scope, method, path, body] of needs) {
    const ask = async (scopes: Scope[]) => {
      const holder = await newCaller({ scopes })
      return body === undefined ? holder.call(path, { method }) : holder.send(method, path, body)
    }
    const refused = await ask(SCOPES.filter((other) => other !== scope))
    expect([path, await codeOf(refused)]).toEqual([path, 'missing_scope'])
    expect([path, (await ask([scope])).status]).not.toEqual([path, 403])
  }
})

it('lets an admin key administer only its own account, and grant only its own scopes', async () => {
  const scopes: Scope[] = ['admin', 'generations:read']
  const own = await newCaller({ scopes })
  await makeKey({ account_id: 'rival' })
  const give = (changes: object) => own.post('/v1/keys', { ...KEY, scopes, ...changes })
  expect((await give({})).status).toBe(201)
  expect((await own.call('/v1/accounts/studio')).status).toBe(200)
  const others = ['rival', 'default', 'STUDIO', 'studio%2f', 'nobody'].map(
    (id) => `/v1/accounts/${id}`,
  )
  const unfound = others.flatMap((path) => [own.call(path), own.put(path, { max_open: 1 })])
  expect(await api.codesOf(unfound)).toEqual(['not_found'])
  const asked = (account: string) => own.call('/v1/keys', { headers: { 'pika-account': account } })
  const refused = [
    give({ account_id: 'rival' }),
    give({ scopes: ['generations:write'] }),
    ...['rival', 'default', '../studio'].map(asked),
  ]
  expect(await api.codesOf(refused)).toEqual(['missing_scope'])
  expect((await asked('studio')).status).toBe(200)
})

it('lets ADMIN_KEY act for any account, and refuses an invalid account name', async () => {
  const { id } = await (await newCaller()).create()
  expect(await codeOf(api.call(`/v1/generations/${id}`))).toBe('not_found')
  expect(await ofStudio(`/v1/generations/${id}`)).toMatchObject({ id })
  const asNobody = ['', '-studio', 'Studio', 'a/b', 'x'.repeat(64)].map((name) =>
    api.call('/v1/generations', { headers: { 'pika-account': name } }),
  )
  expect(await api.codesOf(asNobody)).toEqual(['invalid_header'])
})

it('refuses a request whose header names another account than its path or body', async () => {
  const asOther = { 'pika-account': 'other' }
  const admin = api.holderOf(env.ADMIN_KEY)
  const answers = [
    api.call('/v1/accounts/studio', { headers: asOther }),
    admin.send('PUT', '/v1/accounts/studio', { daily_budget_usd: 0 }, asOther),
    api.post('/v1/accounts/studio/after-restore', {}, asOther),
    api.post('/v1/accounts/studio/webhook-secret', {}, asOther),
    api.post('/v1/keys', KEY, asOther),
  ]
  expect(await api.codesOf(answers)).toEqual(['invalid_header'])
  expect(await kvKeys()).toEqual([])
  expect(await ofStudio('/v1/accounts/studio')).toMatchObject({ daily_budget_usd: 1000 })
})

it('stops accepting a key when it expires', async () => {
  await clock.stop()
  const expires_at = new Date(Date.now() + HOUR_MS).toISOString()
  const { call: asKey, ask, made } = await newCaller({ expires_at })
  await clock.travel(HOUR_MS - 1)
  expect((await asKey('/v1/me')).status).toBe(200)
  await clock.travel(1)
  expect(await api.codesOf([asKey('/v1/me'), ask()])).toEqual(['unauthorized'])
  const expired = { id: made.id, state: 'expired' }
  expect(await ofStudio('/v1/keys')).toMatchObject({ data: [expired] })
  expect(await ofStudio(`/v1/keys/${made.id}`)).toMatchObject(expired)
})

it('refuses a revoked key at once, and answers a second revocation like the first', async () => {
  const { call: asKey, made } = await newCaller()
  expect((await asKey('/v1/me')).status).toBe(200)
  const body = { id: made.id, state: 'revoked' }
  for (const _ of ['first', 'again'])
    expect(await api.told(revoke(made.id))).toMatchObject({ body })
  expect(await codeOf(asKey('/v1/me'))).toBe('unauthorized')
  expect(await codeOf(revoke('key_none'))).toBe('not_found')
})

it('lets a revoked key that KV still knows read, but do nothing with a lasting effect', async () => {
  const { call: asKey, ask, create, get, post, put, made } = await newCaller()
  const once = { 'idempotency-key': 'once' }
  const slow = { prompt: fal.marked('render_ms=600000') }
  const open = await create(slow, once)
  await revokeElsewhere(made.id)
  expect(await get(`/v1/generations/${open.id}`)).toMatchObject({ id: open.id })
  expect(await get('/v1/me')).toMatchObject({ state: 'revoked' })
  expect(await api.told(ask(slow, once))).toMatchObject({ replayed: true })
  const lasting = await Promise.all([
    ask(),
    post('/fal-ai/pika/v2.2/text-to-video', { prompt: api.PROMPT }),
    post('/v1/keys', KEY),
    asKey('/v1/keys'),
    put('/v1/accounts/studio', { daily_budget_usd: 1000 }),
    post(`/v1/generations/${open.id}/cancel`, {}),
    asKey(`/v1/generations/${open.id}/events`),
  ])
  expect(lasting.map((response) => response.status)).toEqual(Array(7).fill(401))
  expect(await fal.calls('submit')).toHaveLength(1)
  expect(await kvKeys()).toHaveLength(1)
})

it("closes a revoked key's streams, and no others", async () => {
  const { call: asKey, create, made } = await newCaller()
  const other = await newCaller()
  const { id } = await create({ prompt: fal.marked('render_ms=600000') })
  const stream = await asKey(`/v1/generations/${id}/events`)
  const others = await other.call(`/v1/generations/${id}/events`)
  expect(stream.status).toBe(200)
  await revoke(made.id)
  expect(await stream.text()).toContain('generation.queued')
  const reader = others.body?.getReader()
  expect(await reader?.read()).toMatchObject({ done: false })
  await reader?.cancel()
})

it('gives a client secret that reads one generation and its events, and nothing else', async () => {
  const { create } = await newCaller()
  const [first, second] = [await create(), await create()]
  await fal.deliverAll()
  const holder = api.holderOf(first.client_secret)
  const json = { headers: { accept: 'application/json' } }
  const read = (id: string) =>
    ['', '/events'].map((path) => holder.call(`/v1/generations/${id}${path}`, json))
  for (const own of read(first.id)) expect((await own).status).toBe(200)
  expect(await api.codesOf(read(second.id))).toEqual(['not_found'])
  const reading = ['generations', 'usage', 'models', 'me', 'keys', 'accounts/studio']
  const spending = ['', '/estimate', `/${first.id}/cancel`, `/${first.id}/retry`]
  const beyond = [
    ...reading.map((path) => holder.call(`/v1/${path}`)),
    holder.call(`/v1/requests/${first.fal_request_id}`),
    ...spending.map((path) => holder.post(`/v1/generations${path}`, { prompt: api.PROMPT })),
  ]
  expect(await api.codesOf(beyond)).toEqual(['missing_scope'])
  const falPath = `/queue/fal-ai/pika/requests/${first.id}`
  for (const path of [falPath, `${falPath}/status`, `${falPath}/status/stream`]) {
    expect((await holder.call(path)).status).toBe(403)
  }
})

it('refuses a client secret that was changed in any part, or that has expired', async () => {
  await clock.stop()
  const { id, client_secret: secret } = await (await newCaller()).create()
  const [, account = '', generation = '', expiry = '', mac = ''] =
    /^pcs_(.+)\.(gen_.+)\.(\d+)\.(.+)$/.exec(secret) ?? []
  const foreign = await (await newCaller({ account_id: 'rival' })).create()
  const forged = [
    `pcs_rival.${generation}.${expiry}.${mac}`,
    `pcs_${account}.${foreign.id}.${expiry}.${mac}`,
    `pcs_${account}.${generation}.${Number(expiry) + 1}.${mac}`,
    `pcs_${account}.${generation}.${expiry}.${'A'.repeat(22)}`,
    `pcs_${account}.${generation}.${expiry}.`,
    secret.slice(0, -1),
    `${secret}=`,
  ]
  const readWith = (text: string, of = id) => api.holderOf(text).call(`/v1/generations/${of}`)
  const reads = forged.flatMap((text) => [readWith(text), readWith(text, foreign.id)])
  expect(await api.codesOf(reads)).toEqual(['unauthorized'])
  await clock.travel(24 * HOUR_MS + 1000)
  expect(await api.codesOf([readWith(secret)])).toEqual(['unauthorized'])
})

it('stops all spending, and nothing else, when ACCEPT is off', async () => {
  const { id } = await api.create({}, { 'idempotency-key': 'once' })
  await fal.deliverAll()
  await inAccount({ ACCEPT: 'off' }, async (account) => {
    const changed = { ACCEPT: 'off', ACCOUNTS: { getByName: () => account } }
    const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
      callWith(changed, path, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(method === 'GET' ? {} : { body: JSON.stringify({ prompt: api.PROMPT }) }),
      })
    expect(await codeOf(ask('POST', '/v1/generations'))).toBe('switched_off')
    expect((await ask('POST', '/fal-ai/pika/v2.2/text-to-video')).status).toBe(503)
    const replay = await api.told(ask('POST', '/v1/generations', { 'idempotency-key': 'once' }))
    const estimate = await api.told(ask('POST', '/v1/generations/estimate'))
    expect([replay, estimate]).toMatchObject([{ replayed: true }, { body: { admissible: false } }])
    for (const path of [`generations/${id}`, 'generations', 'usage', 'models', 'me', 'keys']) {
      expect((await ask('GET', `/v1/${path}`)).status).toBe(200)
    }
  })
  expect(await fal.calls('submit')).toHaveLength(1)
})
