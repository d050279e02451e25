import { describe, expect, test, vi } from 'vitest'
import { type Bench, benchWithJob, createBench, field, HOOK_URL, START_MS } from './harness.ts'
import { isSigned } from './signature.ts'

const DONE_MS = 11_000
const HOUR_MS = 60 * 60 * 1000

async function keysOf(bench: Bench): Promise<{ x: string }[]> {
  const headers = { authorization: '' }
  const { body } = await bench.call('GET', '/.well-known/jwks.json', undefined, headers)
  return Object(body).keys
}

async function deliveriesOf(bench: Bench): Promise<Record<string, unknown>[]> {
  const { body } = await bench.call('GET', '/_emulator/webhooks')
  return Object(body).deliveries
}

/** Runs a prompt to its end, and returns the webhooks in order, parsed and verified. */
async function arrived(prompt: string) {
  const { bench, id } = await benchWithJob(prompt)
  await bench.advance(DONE_MS)
  const keys = await keysOf(bench)
  const hooks = await Promise.all(
    bench.hooks.map(async (hook) => {
      const body = await hook.text()
      const header = (name: string) => hook.headers.get(`x-fal-webhook-${name}`)
      const named = field(JSON.parse(body), 'request_id')
      expect(header('request-id')).toBe(named)
      return {
        signed: await isSigned(hook, body, keys),
        names: named === id ? 'its own request' : 'another request',
        user: header('user-id'),
        lateSeconds: Number(header('timestamp')) - (START_MS + DONE_MS) / 1000,
      }
    }),
  )
  return { bench, id, hooks }
}

const ITS_OWN = { names: 'its own request', user: 'emulator-user', lateSeconds: 0 }
const TRUE_ONE = { ...ITS_OWN, signed: true }

describe('a webhook', () => {
  test('is one signed POST to the URL that submit gave, once the job has ended', async () => {
    const { bench, id } = await benchWithJob()
    await bench.advance(DONE_MS - 1)
    expect(bench.hooks).toEqual([])
    await bench.advance(1)
    await bench.advance(60_000)
    expect(bench.hooks).toHaveLength(1)
    const [hook = new Request('https://none.test')] = bench.hooks
    expect([hook.method, hook.url, hook.redirect]).toEqual(['POST', HOOK_URL, 'manual'])
    expect(hook.headers.get('x-fal-webhook-request-id')).toBe(id)
    expect(hook.headers.get('x-fal-webhook-user-id')).toBe('emulator-user')
    const timestamp = `${(START_MS + DONE_MS) / 1000}`
    expect(hook.headers.get('x-fal-webhook-timestamp')).toBe(timestamp)
    expect(hook.headers.get('x-fal-webhook-signature')).toMatch(/^[0-9a-f]{128}$/)
    const body = await hook.text()
    expect(await isSigned(hook, body, await keysOf(bench))).toBe(true)
    expect(await isSigned(hook, `${body} `, await keysOf(bench))).toBe(false)
    expect(JSON.parse(body)).toEqual({
      request_id: id,
      gateway_request_id: expect.any(String),
      status: 'OK',
      payload: (await bench.result(id)).body,
    })
  })

  test('is not sent if submit gave no URL', async () => {
    const bench = createBench()
    await bench.post('A paper boat')
    await bench.advance(DONE_MS)
    expect(bench.hooks).toEqual([])
  })

  test('is retried with growing pauses and a new signature until it is acknowledged', async () => {
    const answers: (number | Error)[] = [500, new Error('refused'), 404, 204]
    const timestamps: (string | null)[] = []
    const bench = createBench({
      deliver: async (request) => {
        timestamps.push(request.headers.get('x-fal-webhook-timestamp'))
        const answer = answers.shift() ?? 500
        if (answer instanceof Error) throw answer
        return new Response(null, { status: answer })
      },
    })
    await bench.submit('A paper boat')
    for (let second = 0; second < 120; second += 1) await bench.advance(1_000)
    const doneSeconds = (START_MS + DONE_MS) / 1000
    expect(timestamps).toEqual([0, 5, 15, 35].map((after) => `${doneSeconds + after}`))
    const attempts = [{ status: 500 }, { error: 'refused' }, { status: 404 }, { status: 204 }]
    expect(await deliveriesOf(bench)).toMatchObject([{ state: 'acknowledged', attempts }])
  })

  test('is retried only as long as the result is kept', async () => {
    const deliver = vi.fn<() => Promise<Response>>(async () => new Response(null, { status: 503 }))
    const bench = createBench({ deliver })
    await bench.submit('A paper boat')
    for (let minute = 0; minute < 90; minute += 1) await bench.advance(60_000)
    expect(deliver.mock.calls.length).toBeGreaterThan(5)
    expect(deliver.mock.calls.length).toBeLessThan(20)
    expect(await deliveriesOf(bench)).toMatchObject([{ state: 'expired' }])
  })

  test('fails for good on a redirect', async () => {
    const bench = createBench({ deliver: async () => new Response(null, { status: 308 }) })
    await bench.submit('A paper boat')
    await bench.advance(DONE_MS)
    await bench.advance(HOUR_MS)
    const refused = { state: 'refused', attempts: [{ status: 308 }] }
    expect(await deliveriesOf(bench)).toMatchObject([refused])
  })

  test('times out if nobody answers, and is retried', async () => {
    const bench = createBench({ deliver: async () => new Promise(() => undefined) })
    await bench.control('settings', { webhook_timeout_ms: 20 })
    await bench.submit('A paper boat')
    await bench.advance(DONE_MS)
    const attempts = [{ error: expect.stringContaining('timeout') }]
    expect(await deliveriesOf(bench)).toMatchObject([{ state: 'retrying', attempts }])
  })
})

const FORGED = { ...ITS_OWN, signed: false }
const MISNAMED = { ...TRUE_ONE, names: 'another request' }
const OTHERS = { ...TRUE_ONE, user: 'another-user' }

describe('a webhook marked', () => {
  test.each([
    ['lost', 'lost', {}],
    ['ok, with webhooks off,', 'ok', { webhooks: 'off' }],
  ])('%s is never sent', async (_, marker, settings) => {
    const bench = createBench()
    await bench.control('settings', settings)
    await bench.submit(`A [emulator: webhook=${marker}]`)
    await bench.advance(DONE_MS)
    expect(bench.hooks).toEqual([])
    expect(await deliveriesOf(bench)).toMatchObject([{ state: 'lost' }])
  })

  test.each([
    ['doubled comes twice, both genuine', 'doubled', [TRUE_ONE, TRUE_ONE]],
    ['forged is signed with an unpublished key', 'forged', [FORGED]],
    ['forged_first is a forgery, followed by the genuine one', 'forged_first', [FORGED, TRUE_ONE]],
    ['stale is signed, but ten minutes old', 'stale', [{ ...TRUE_ONE, lateSeconds: -600 }]],
    ['wrong_id is signed, but names another request', 'wrong_id', [MISNAMED]],
    ['other_user is signed for another user', 'other_user', [OTHERS]],
  ])('%s', async (_, marker, expected) => {
    const { hooks } = await arrived(`A [emulator: webhook=${marker}]`)
    expect(hooks).toEqual(expected)
  })

  test.each([
    ['late:7000', 1],
    ['late:7000,doubled', 2],
  ])('%s arrives as late as it says, %i time(s)', async (marker, times) => {
    const { bench } = await benchWithJob(`A [emulator: webhook=${marker}]`)
    await bench.advance(DONE_MS + 6_999)
    expect(bench.hooks).toHaveLength(0)
    await bench.advance(1)
    expect(bench.hooks).toHaveLength(times)
  })

  test('early arrives before the answer to submit', async () => {
    const order: string[] = []
    const bench = createBench({
      deliver: async () => {
        await new Promise((done) => setTimeout(done, 10))
        order.push('hook')
        return new Response()
      },
    })
    const id = await bench.submit('A [emulator: webhook=early]')
    order.push('answer')
    expect(order).toEqual(['hook', 'answer'])
    expect((await bench.result(id)).status).toBe(200)
  })

  test('out_of_order arrives while the status is still IN_PROGRESS', async () => {
    const { bench, id, hooks } = await arrived('A [emulator: webhook=out_of_order:2000]')
    expect(hooks).toHaveLength(1)
    expect((await bench.status(id)).body).toMatchObject({ status: 'IN_PROGRESS' })
    expect((await bench.result(id)).status).toBe(400)
    await bench.advance(2_000)
    expect((await bench.status(id)).body).toMatchObject({ status: 'COMPLETED' })
  })
})

describe('held webhooks', () => {
  test('are signed but not sent, and the test decides how they are answered', async () => {
    const bench = createBench()
    await bench.control('settings', { webhooks: 'hold' })
    await bench.submit('A paper boat')
    await bench.advance(DONE_MS)
    expect(bench.hooks).toEqual([])
    const [held = {}] = await deliveriesOf(bench)
    expect(held).toMatchObject({ state: 'held', url: HOOK_URL })
    const body = field(held, 'body')
    const headers = new Headers(Object(held['headers']))
    const hook = new Request(HOOK_URL, { method: 'POST', headers, body })
    expect(await isSigned(hook, body, await keysOf(bench))).toBe(true)

    const path = `webhooks/${field(held, 'id')}/ack`
    expect((await bench.control(path, { status: 500 })).status).toBe(200)
    expect(await deliveriesOf(bench)).toMatchObject([{ state: 'retrying' }])
    await bench.advance(5_000)
    expect(await deliveriesOf(bench)).toMatchObject([{ state: 'held' }])
    expect((await bench.control(path, { status: 200 })).status).toBe(200)
    expect(await deliveriesOf(bench)).toMatchObject([{ state: 'acknowledged' }])
    expect((await bench.control(path, { status: 200 })).status).toBe(400)
  })
})

describe('the signing key', () => {
  test('changes on rotation, and the previous one stays published on request', async () => {
    const bench = createBench()
    const [first] = await keysOf(bench)
    await bench.control('settings', { rotate_key: true, keep_previous_key: true })
    const both = await keysOf(bench)
    expect(both).toEqual([expect.anything(), first])
    await bench.control('settings', { rotate_key: true })
    const after = await keysOf(bench)
    expect(after).toHaveLength(1)
    expect(both).not.toContainEqual(after[0])
    await bench.submit('A paper boat')
    await bench.advance(DONE_MS)
    const [hook = new Request('https://none.test')] = bench.hooks
    expect(await isSigned(hook, await hook.text(), after)).toBe(true)
  })

  test("signs any body at a test's request", async () => {
    const bench = createBench()
    const asked = { body: { request_id: 'abc' }, user_id: 'me', timestamp: 5 }
    const { body, headers } = Object((await bench.control('sign', asked)).body)
    expect(body).toBe('{"request_id":"abc"}')
    expect(headers).toMatchObject({
      'x-fal-webhook-request-id': 'abc',
      'x-fal-webhook-user-id': 'me',
      'x-fal-webhook-timestamp': '5',
    })
    expect(await isSigned(new Request(HOOK_URL, { headers }), body, await keysOf(bench))).toBe(true)
  })
})
