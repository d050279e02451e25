import { createFalClient } from '@fal-ai/client'
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { MODEL } from '../../src/contract/model.ts'
import { type Asking, callWith, type MadeKey, makeKey, newCaller } from './callers.ts'
import { api, fal, freshWorld } from './world.ts'

freshWorld()

const PAGE = 'https://app.example'

type Ask = (path: string, init?: Asking) => Promise<Response>

const broken = (what: string) => () => Promise.reject(new Error(what))

/** The request that a browser sends before a page may POST; it carries no key. */
const PREFLIGHT = {
  method: 'OPTIONS',
  headers: { origin: PAGE, 'access-control-request-method': 'POST', authorization: '' },
}

/** Sends a text that is labelled as JSON. */
const postText = (path: string, body: string, ask: Ask = api.call) =>
  ask(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } })

/** One answer of every kind, refusals included. */
const answers = async (ask: Ask): Promise<Response[]> => {
  const { id } = await api.create({ prompt: fal.marked('render_ms=600000') })
  const stream = await ask(`/v1/generations/${id}/events`)
  await stream.body?.cancel()
  const others = await Promise.all([
    ask('/healthz'),
    ask('/v1/models'),
    ask(`/v1/generations/${id}`),
    ask('/v1/generations?limit=0'),
    ask('/v1/nothing'),
    ask('/v1/models', { method: 'DELETE' }),
    ask('/v1/models', { headers: { authorization: '' } }),
    postText('/v1/generations', '{', ask),
    ask('/v1/generations', { method: 'POST', body: 'x'.repeat(70_000) }),
    ask('/v1/models', { method: 'HEAD' }),
    ask(`/queue/fal-ai/pika/requests/${id}`),
    ask(`/queue/fal-ai/pika/requests/${id}/status`),
    ask('/fal/proxy'),
    ask('/fal/proxy', {
      headers: { 'x-fal-target-url': `https://queue.fal.run/fal-ai/pika/requests/${id}` },
    }),
    ask('/callbacks/fal/a/b/c', { method: 'POST' }),
  ])
  return [stream, ...others]
}

it('tells browsers to run, frame and sniff nothing, whatever the answer', async () => {
  for (const response of await answers(api.call)) {
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': expect.stringContaining('max-age='),
      'x-request-id': expect.stringMatching(/^[\w=-]{1,255}$/),
    })
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(response.headers.get('x-powered-by')).toBeNull()
  }
})

it('echoes a valid request id, and replaces an invalid one', async () => {
  const echoed = async (id: string, path = '/v1/nothing') => {
    const target = 'https://queue.fal.run/fal-ai/pika/requests/none'
    const headers = { 'x-request-id': id, 'x-fal-target-url': target }
    return (await api.call(path, { headers })).headers.get('x-request-id')
  }
  expect(await echoed('trace-1_a=')).toBe('trace-1_a=')
  expect(await echoed('trace-2', '/fal/proxy')).toBe('trace-2')
  for (const id of ['a b', '<script>', 'ü', '{"a":1}', 'x'.repeat(256), 'a,b', '../..']) {
    expect(await echoed(id)).toMatch(/^[0-9a-f-]{36}$/)
  }
})

it("allows every header that fal's client sends, in a preflight without a key, if configured", async () => {
  const sent: Record<string, string>[] = []
  const fal = createFalClient({
    proxyUrl: { url: `${api.ORIGIN}/fal/proxy`, when: 'always' },
    fetch: async (_url, init) => {
      sent.push(Object.fromEntries(new Headers(init?.headers)))
      return Response.json({ request_id: 'none' })
    },
  })
  const options = { hint: 'near', startTimeout: 30, storageSettings: { expiresIn: 60 } } as const
  await fal.queue.submit(MODEL, { input: { prompt: api.PROMPT }, ...options })
  const names = Object.keys(sent[0] ?? {}).filter((name) => !/^(accept|user-agent)$/.test(name))
  expect(names).toContain('x-fal-target-url')
  for (const path of ['/fal/proxy', '/v1/generations', `/queue/${MODEL}`]) {
    const closed = await api.call(path, PREFLIGHT)
    expect([path, closed.status]).toEqual([path, 405])
    expect(closed.headers.get('access-control-allow-origin')).toBeNull()
    const preflight = await callWith({ CORS_ORIGINS: PAGE }, path, PREFLIGHT)
    expect([path, preflight.status]).toEqual([path, 204])
    const allowed = preflight.headers.get('access-control-allow-headers')?.toLowerCase().split(',')
    expect(allowed).toEqual(expect.arrayContaining([...names, 'idempotency-key']))
  }
})

it('sends CORS headers to the configured origins only, on errors too', async () => {
  const CORS_ORIGINS = `${PAGE}, https://other.example`
  const ask =
    (origin: string): Ask =>
    (path, init = {}) => {
      const headers = { origin, ...Object.fromEntries(new Headers(init.headers)) }
      return callWith({ CORS_ORIGINS }, path, { ...init, headers })
    }
  for (const { headers } of await answers(ask(PAGE))) {
    expect(Object.fromEntries(headers)).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-expose-headers': expect.stringContaining('X-Request-Id'),
      vary: expect.stringContaining('Origin'),
    })
    expect(headers.get('access-control-allow-credentials')).toBeNull()
  }
  const strangers = ['https://evil.example', `${PAGE}.evil.example`, 'null', 'http://app.example']
  for (const response of (await Promise.all(strangers.map(ask).map(answers))).flat()) {
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  }
})

it('shows its page only to browsers, and only if the playground is on', async () => {
  const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
  const ASSETS = {
    fetch: async ({ url }: Request) =>
      new Response('a page', {
        headers: { 'content-type': 'text/html', 'content-security-policy': new URL(url).pathname },
      }),
  }
  const ask = (path: string, PLAYGROUND: string, headers: Record<string, string> = {}) =>
    callWith({ ASSETS, PLAYGROUND }, path, { headers: { authorization: '', ...headers } })
  const asked = ['', '*/*', 'application/json'].flatMap((accept) => [
    ask('/', 'on', { accept }),
    ask('/no', 'on', { accept }),
  ])
  expect(await api.codesOf(asked)).toEqual(['not_found'])
  const page = await ask('/', 'on', html)
  expect([page.status, await page.text()]).toEqual([200, 'a page'])
  expect(page.headers.get('content-security-policy')).toBe('/')
  for (const [path, playground, links] of [
    ['/<b>', 'on', ['/', '/docs']],
    ['/', 'off', ['/docs']],
  ] as const) {
    const nothing = await ask(path, playground, html)
    expect(nothing.status).toBe(404)
    expect(nothing.headers.get('content-security-policy')).toContain("default-src 'none'")
    const text = await nothing.text()
    expect(text).not.toContain('<b>')
    const shown = [...text.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, to]) => to)
    expect(shown).toEqual([...links, '/llms.txt'])
  }
})

it('answers in its own words and with every header when something breaks', async () => {
  const KV = { get: broken('kv-secret-detail'), put: broken('no'), delete: broken('no') }
  const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const key = `pika_${'0'.repeat(43)}`
  const response = await callWith({ REQUESTS: KV, CORS_ORIGINS: PAGE }, '/v1/models', {
    headers: { origin: PAGE, authorization: `Bearer ${key}` },
  })
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'access-control-allow-origin': PAGE,
    'content-security-policy': expect.stringContaining("default-src 'none'"),
    'retry-after': expect.any(String),
  })
  const refused = await api.readProblem(response)
  expect(refused.code).toBe('unavailable')
  expect(JSON.stringify(refused)).not.toContain('kv-secret-detail')

  // A route that breaks on an account's answer is itself at fault: 500 and not 503.
  const list = async () => ({
    get records(): never {
      throw new Error('route-secret-detail')
    },
  })
  const odd = { getByName: () => ({ generations: { list } }) }
  const listed = await callWith({ ACCOUNTS: odd, CORS_ORIGINS: PAGE }, '/v1/generations', {
    headers: { origin: PAGE },
  })
  expect(listed.headers.get('access-control-allow-origin')).toBe(PAGE)
  const failed = await api.readProblem(listed)
  expect(failed.code).toBe('internal_error')
  expect(JSON.stringify(failed)).not.toContain('route-secret-detail')
  const lines = logged.mock.calls.map(([line]) => String(line))
  expect(lines.join()).toContain('route-secret-detail')
  expect(lines.join()).not.toContain(key)
  expect(lines.map((line) => JSON.parse(line).request_id)).toContain(failed.request_id)
})

it('asks the account when KV does not answer', async () => {
  const { id, fal_request_id } = await api.create()
  const REQUESTS = { get: broken('away') }
  for (const path of [`/v1/generations/${id}`, `/v1/requests/${fal_request_id}`]) {
    expect((await callWith({ REQUESTS }, path)).status).toBe(200)
  }
})

it('writes no prompt, key or signature into its logs', async () => {
  const lines: string[] = []
  for (const level of ['log', 'error', 'warn', 'info', 'debug'] as const) {
    vi.spyOn(console, level).mockImplementation((...parts) => void lines.push(parts.join(' ')))
  }
  const { create, call: asKey, made } = await newCaller()
  const prompt = `a lighthouse nobody may read about`
  const fates = ['', ' [emulator: outcome=content_policy]', ' [emulator: submit=lost]']
  const generations = await Promise.all(
    fates.map((fate) => create({ prompt: prompt + fate, negative_prompt: 'unspeakable' })),
  )
  const hooks = await fal.hooks(3)
  for (const hook of hooks) await fal.deliver(hook)
  await postText('/v1/generations', `{"prompt": ${prompt}`, asKey)
  const hook = broken(`Unexpected token 'a', "${prompt}" is not JSON`)
  const gone = { getByName: () => ({ hook }) }
  for (const { url, headers, body } of hooks) {
    const asFal = { method: 'POST', headers, body }
    expect((await callWith({ ACCOUNTS: gone }, new URL(url).pathname, asFal)).status).toBe(503)
  }

  const text = lines.join('\n')
  expect(text).toContain('submit_answered')
  expect(text).toContain('account_unreachable')
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ event: expect.any(String) })
  const secrets = [
    ...generations.map((generation) => generation.client_secret),
    ...(await fal.jobs()).map((job) => job.webhook_url?.split('/').at(-1)),
    ...hooks.map((hook) => hook.headers['x-fal-webhook-signature']),
    made.key,
    env.FAL_KEY,
    env.ADMIN_KEY,
    env.SIGNING_KEY,
    'lighthouse',
    'unspeakable',
  ]
  for (const secret of secrets) expect(text).not.toContain(secret ?? 'missing')
})

it('refuses a key that calls too often, and lets other keys continue', async () => {
  const [eager, other] = [await makeKey(), await makeKey()]
  // A limit of two calls: a slow machine may take too long to reach the real two hundred.
  const called: string[] = []
  const limit = async ({ key }: RateLimitOptions) => {
    called.push(key)
    return { success: called.filter((one) => one === key).length <= 2 }
  }
  const ask = ({ key }: MadeKey) => {
    const headers = { authorization: `Bearer ${key}` }
    return callWith({ KEY_LIMIT: { limit } }, '/v1/models', { headers })
  }
  expect([(await ask(eager)).status, (await ask(eager)).status]).toEqual([200, 200])
  const refused = await ask(eager)
  expect(refused.headers.get('retry-after')).toBe('10')
  expect(await api.codeOf(refused)).toBe('rate_limited')
  expect((await ask(other)).status).toBe(200)
})

/** Guesses a key from an address. */
const guess = (address: string, key = `pika_${'x'.repeat(43)}`) =>
  api.holderOf(key).call('/v1/models', { headers: { 'cf-connecting-ip': address } })

it.each([
  ['an address', () => '198.51.100.1', '198.51.100.2'],
  ['an IPv6 network', (host: number) => `2001:db8:1:2::${host.toString(16)}`, '2001:db8:1:3::1'],
])('refuses %s that guesses keys, but accepts a valid key', async (_what, addressOf, other) => {
  const answers = await Promise.all(Array.from({ length: 130 }, (_, n) => guess(addressOf(n))))
  // Sixty guesses a minute pass, and at most one minute ends meanwhile.
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThanOrEqual(10)
  for (const { headers } of refused) expect(headers.get('retry-after')).toBe('60')
  expect((await guess(other)).status).toBe(401)
  const { key } = await makeKey()
  expect((await guess(addressOf(0), key)).status).toBe(200)
})

it('stores metadata under names like "constructor", and lets none pollute a prototype', async () => {
  const names = ['constructor', 'toString', 'hasOwnProperty', 'prototype']
  const metadata = Object.fromEntries(names.map((name) => [name, 'text']))
  const made = await api.create({ metadata })
  expect(made.metadata).toEqual(metadata)
  const raw = `{"prompt":"${api.PROMPT}","metadata":{"__proto__":"text","a":"b"}}`
  expect((await api.readProblem(postText('/v1/generations', raw))).errors).toEqual([
    { path: 'metadata.__proto__', message: 'is a key that cannot be stored: choose another' },
  ])
  expect('text' in {}).toBe(false)
  const polluted = `{"prompt":"${api.PROMPT}","__proto__":{"duration":10}}`
  expect((await api.readProblem(postText('/v1/generations', polluted))).errors).toEqual([
    { path: '__proto__', message: 'is not a field of this request' },
  ])
})

it.each([
  ['/v1/generations', '{}', { prompt: 'is required' }],
  ['/v1/generations', '', 'at its end'],
  ['/v1/generations', '[]', { '': 'must be a JSON object' }],
  [
    '/v1/generations/estimate',
    '{"promt":"x","aspectRatio":"1:1","fps":24}',
    {
      prompt: 'is required',
      promt: 'is not a field of this request: did you mean prompt?',
      aspectRatio: 'is not a field of this request: did you mean aspect_ratio?',
      fps: 'is not a field of this request',
    },
  ],
  [
    '/v1/schedules',
    '{"name":"a","cron":"* * * * *","input":{"prompt":"x","resoluton":"720p"}}',
    { 'input.resoluton': 'is not a field of this request: did you mean resolution?' },
  ],
  ['/v1/schedules/preview', '{"cron":null}', { cron: 'must be a string', input: 'is required' }],
  ['/v1/generations', '{"prompt": "x",\n "seed": 1,}', 'at line 2, column 12'],
  ['/v1/generations', '{prompt: "x"}', 'at line 1, column 2'],
  ['/v1/generations', '['.repeat(60_000), 'at its end'],
])('says what is wrong with a body for %s (%#)', async (path, body, wrong) => {
  const { code, detail, errors } = await api.readProblem(postText(path, body))
  const named = Object.fromEntries(errors?.map((each) => [each.path, each.message]) ?? [])
  const told = code === 'malformed_json' ? detail.replace('the body stops being JSON ', '') : named
  expect(told).toEqual(wrong)
})

it('names the first fifty wrong fields, and says how many more there are', async () => {
  const fields = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`field_${n}`, n]))
  const refused = await api.readProblem(api.ask(fields))
  expect(refused.errors).toHaveLength(50)
  expect(refused.detail).toMatch(/field_49, and 950 more$/)
})

it('accepts a body of 64 kB and not a byte more', async () => {
  const empty = JSON.stringify({ prompt: '' }).length
  const send = (bytes: number) =>
    api.post('/v1/generations/estimate', { prompt: 'x'.repeat(bytes - empty) })
  expect((await send(64 * 1024)).status).toBe(200)
  expect(await api.codeOf(send(64 * 1024 + 1))).toBe('payload_too_large')
})

it('accepts callbacks signed with the previous signing key during a rotation', async () => {
  const { id } = await api.create()
  const hook = await fal.theHook()
  const { pathname } = new URL(hook.url)
  const send = (changes: Record<string, string>) =>
    callWith(changes, pathname, { method: 'POST', headers: hook.headers, body: hook.body })
  const SIGNING_KEY = 'the-signing-key-that-comes-next'
  expect(await api.codeOf(send({ SIGNING_KEY }))).toBe('not_found')
  const rotated = await send({ SIGNING_KEY, SIGNING_KEY_PREVIOUS: env.SIGNING_KEY })
  expect(await rotated.json()).toEqual({ outcome: 'taken' })
  expect(await api.read(id)).toMatchObject({ status: 'completed' })
})

it('leaves nothing running after a HEAD request for a stream', async () => {
  const { id } = await api.create({ prompt: fal.marked('render_ms=600000') })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const response = await api.call(`/v1/generations/${id}/events`, { method: 'HEAD' })
  expect(response.status).toBe(200)
  expect(await response.text()).toBe('')
  expect(vi.getTimerCount()).toBe(0)
  expect(await fal.calls('status')).toEqual([])
})

it.each([
  ['POST', '/v1/generations'],
  ['POST', '/v1/generations/estimate'],
  ['POST', '/v1/keys'],
  ['PUT', '/v1/accounts/default'],
])('distinguishes an unreadable body from a wrong field at %s %s', async (method, path) => {
  const send = (body: BodyInit, type = 'application/json') =>
    api.call(path, { method, body, headers: type === '' ? {} : { 'content-type': type } })
  const large = `{"prompt":"${'x'.repeat(70_000)}"}`
  const unmeasured = new Response(large).body ?? ''
  for (const [answer, code] of [
    [send('{'), 'malformed_json'],
    [send(''), 'malformed_json'],
    [send('{}', 'text/plain'), 'unsupported_media_type'],
    [send(new Blob(['{}']), ''), 'unsupported_media_type'],
    [send('[1]'), 'invalid_input'],
    [send(large), 'payload_too_large'],
    [send(unmeasured), 'payload_too_large'],
  ] as const) {
    expect(await api.codeOf(answer)).toBe(code)
  }
  expect(await fal.calls('submit')).toEqual([])
})
