import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { callWith } from './callers.ts'
import type { Generation } from '../../src/contract/generation.ts'
import { api, clock, fal, freshWorld, inside } from './world.ts'

freshWorld()

it('makes a video from the documented input, and says what it cost', async () => {
  const created = await api.create()
  expect(created.status).toBe('queued')
  await fal.deliverAll()
  expect(await api.read(created.id)).toMatchObject({
    status: 'completed',
    input: { prompt: api.PROMPT, aspect_ratio: '16:9', resolution: '720p', duration: 5 },
    cost: { estimated_usd: 0.2, charged_usd: 0.2, state: 'charged', basis: 'price_table' },
  })
  expect(await fal.calls('submit')).toHaveLength(1)
  expect(await fal.jobs()).toHaveLength(1)
})

it("answers 202 with the location, fal's request id and the input", async () => {
  const asked = { seed: 0, negative_prompt: '', duration: '10', metadata: { shot: '7' } }
  const response = await api.ask(asked, { 'x-request-id': 'trace-1' })
  expect(response.status).toBe(202)
  const created: Generation = await response.json()
  expect(Object.fromEntries(response.headers)).toMatchObject({
    location: `/v1/generations/${created.id}`,
    'x-fal-request-id': created.fal_request_id,
    'x-request-id': 'trace-1',
  })
  expect(created).toMatchObject({
    status: 'queued',
    unconfirmed: false,
    input: { prompt: api.PROMPT, seed: 0, negative_prompt: '', duration: 10 },
    metadata: { shot: '7' },
    cost: { estimated_usd: 0.4, charged_usd: null, state: 'reserved' },
  })
  const { input, headers, webhook_url } = await fal.theJob()
  expect(input).toEqual({ ...created.input, aspect_ratio: '16:9', resolution: '720p' })
  expect(headers).toMatchObject({ 'x-fal-request-start-timeout': '14400' })
  expect(webhook_url).toMatch(`${api.ORIGIN}/callbacks/fal/default/${created.id}/`)
})

it.each([
  ['an empty prompt', { prompt: '  ' }, 'prompt'],
  ['a prompt that is a number', { prompt: 7 }, 'prompt'],
  ['a negative prompt that is null', { negative_prompt: null }, 'negative_prompt'],
  ['a seed that is not an integer', { seed: 1.5 }, 'seed'],
  ['an aspect ratio that is not offered', { aspect_ratio: '21:9' }, 'aspect_ratio'],
  ['a resolution that is not offered', { resolution: '4k' }, 'resolution'],
  ['a duration that is not offered', { duration: 7 }, 'duration'],
  ['metadata that is not text', { metadata: { shot: 7 } }, 'metadata.shot'],
  ['wrong fields', { prompt: null, seed: 'x', duration: 0, fps: 1 }, 'duration,fps,prompt,seed'],
  ['no prompt', { prompt: undefined }, 'prompt'],
])('refuses %s and names every field', async (_what, changes, fields) => {
  const refused = await api.readProblem(api.ask(changes))
  expect(refused.code).toBe('invalid_input')
  expect(refused.errors?.map(({ path }) => path).toSorted()).toEqual(fields.split(','))
  expect(await fal.calls('submit')).toEqual([])
})

it('refuses every call without a valid key', async () => {
  const basic = `Basic ${btoa(env.ADMIN_KEY)}`
  for (const authorization of ['', 'Bearer', 'Bearer wrong', basic, env.ADMIN_KEY]) {
    const response = await api.ask({}, { authorization })
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await api.codeOf(response)).toBe('unauthorized')
  }
  expect(await fal.calls('submit')).toEqual([])
  expect((await api.ask({}, { authorization: `Key ${env.ADMIN_KEY}` })).status).toBe(202)
})

it('never runs open: without its secrets, or with weak ones, it refuses every call', async () => {
  for (const [name, value, fault] of [
    ['ADMIN_KEY', '', 'is not set'],
    ['ADMIN_KEY', 'letmein', 'must have 20 or more ASCII characters'],
    ['SIGNING_KEY', '', 'is not set'],
    ['FAL_KEY', '', 'is not set'],
  ] as const) {
    const key = name === 'ADMIN_KEY' ? value : env.ADMIN_KEY
    const headers = { authorization: `Bearer ${key}` }
    const detail = expect.stringContaining(`${name} ${fault}`)
    for (const path of ['/v1/models', '/healthz', '/v1/generations']) {
      const refused = await api.readProblem(callWith({ [name]: value }, path, { headers }))
      expect(refused).toMatchObject({ code: 'not_configured', detail })
    }
  }
})

it('answers 404 to a wrong path and 405 to a wrong method', async () => {
  const wrongPaths = ['/v1/nothing', '/nothing'].map((path) => api.call(path))
  expect(await api.codesOf(wrongPaths)).toEqual(['not_found'])
  const wrongMethod = await api.call('/v1/generations', { method: 'PUT' })
  expect(wrongMethod.headers.get('allow')?.split(', ').toSorted()).toEqual(['GET', 'HEAD', 'POST'])
  expect(await api.codeOf(wrongMethod)).toBe('method_not_allowed')
})

it('answers 404 for an unknown id, whatever its shape', async () => {
  const ids = ['gen_00000000000000000000000000', 'nothing', '..%2f', "gen_' OR 1=1"]
  const answers = ids
    .map(encodeURIComponent)
    .flatMap((id) => [
      api.call(`/v1/generations/${id}`),
      api.call(`/v1/generations/${id}/events`),
      api.cancel(id),
      api.retry(id),
    ])
  answers.push(api.call('/v1/requests/unknown'))
  expect(await api.codesOf(answers)).toEqual(['not_found'])
})

const list = (query: string): Promise<api.Page<Generation>> => api.get(`/v1/generations?${query}`)

it('lists the newest first, page by page, and filters by status', async () => {
  const made: string[] = []
  await clock.stop()
  for (let count = 0; count < 5; count++) {
    made.push((await api.create()).id)
    // Ids sort by the millisecond.
    await clock.travel(1)
  }
  await api.readUntil(made[0] ?? '', 'completed')
  const first = await list('limit=2')
  expect(first).toMatchObject({ has_more: true, next_cursor: made[3] })
  const second = await list(`limit=2&cursor=${first.next_cursor}`)
  const third = await list(`limit=2&cursor=${second.next_cursor}`)
  expect(third).toMatchObject({ has_more: false, next_cursor: null })
  const ids = [first, second, third].flatMap((page) => page.data.map(({ id }) => id))
  expect(ids).toEqual(made.toReversed())
  expect((await api.list('status=completed')).map(({ id }) => id)).toEqual([made[0]])
  expect(await api.list('created_before=2020-01-01T00:00:00Z')).toEqual([])
  expect(await api.list('created_after=2020-01-01T00:00:00%2B02:00')).toHaveLength(5)
})

it.each([
  'limit=0',
  'limit=101',
  'limit=two',
  'cursor=x',
  'status=done',
  'created_after=now',
  'a=b',
])('refuses to list with %s', async (query) => {
  const refused = await api.readProblem(api.call(`/v1/generations?${query}`))
  expect(refused.code).toBe('invalid_input')
  expect(refused.errors).toHaveLength(1)
})

it("finds a generation by fal's request id, in KV or in the account", async () => {
  const created = await api.create()
  const path = `/v1/requests/${created.fal_request_id}`
  await inside.owesNothing()
  const fromKv = await api.call(path)
  expect(fromKv.headers.get('x-fal-request-id')).toBe(created.fal_request_id)
  expect(await fromKv.json()).toMatchObject({ id: created.id, status: 'completed' })
  await env.REQUESTS.delete(`request:${created.fal_request_id}`)
  await env.REQUESTS.delete(`generation:${created.id}`)
  expect(await api.get(path)).toMatchObject({ id: created.id })
})

it('lets a caller cache a final generation, and says when to read an open one again', async () => {
  const read = ({ id }: Generation, headers: Record<string, string> = {}) =>
    api.call(`/v1/generations/${id}`, { headers })
  const open = await read(await api.create({ prompt: fal.marked('render_ms=600000') }))
  expect(Number(open.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(open.headers.get('etag')).toBeNull()

  const done = await api.create()
  const fresh = await read(done)
  const etag = fresh.headers.get('etag') ?? ''
  expect(etag).toMatch(/^"[^"]+"$/)
  expect(fresh.headers.get('retry-after')).toBeNull()
  const again = await read(done, { 'if-none-match': etag })
  expect([again.status, await again.text()]).toEqual([304, ''])
  expect((await read(done, { 'if-none-match': '"x"' })).status).toBe(200)
})

it('lists its models and reports its health', async () => {
  const data = [{ id: 'fal-ai/pika/v2.2/text-to-video', prices: { length: 4 } }]
  expect(await api.get('/v1/models')).toMatchObject({ object: 'list', data })
  const health = await api.told(api.call('/healthz', { headers: { authorization: '' } }))
  const body = { status: 'ok', webhooks: 'on', reasons: [] }
  expect(health).toMatchObject({ status: 200, body })
})

it('makes thirty generations at once over at most six connections to fal', async () => {
  const prompt = fal.marked('submit_ms=200')
  const made = await Promise.all(Array.from({ length: 30 }, () => api.create({ prompt })))
  expect(new Set(made.map(({ id }) => id)).size).toBe(30)
  expect(await fal.calls('submit')).toHaveLength(30)
  await Promise.all(made.map(({ id }) => api.read(id)))
  const { all, submit } = await fal.load()
  expect(all?.maximum).toBeLessThanOrEqual(6)
  // One connection is left for looks and KV.
  expect(submit?.maximum).toBe(5)
})
