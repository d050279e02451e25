import { describe, expect, test } from 'vitest'
import { ConnectionLost } from '../../src/emulator/index.ts'
import { MODEL, ORIGIN, START_MS, createBench, field } from './harness.ts'

const INPUT = { prompt: 'A paper boat' }

describe('submit', () => {
  test.each([
    ['it was asked under', {}, ORIGIN],
    ['is configured', { origin: 'http://127.0.0.1:8788' }, 'http://127.0.0.1:8788'],
  ])('answers with the id, the position and URLs under the origin that %s', async (...row) => {
    const [, options, origin] = row
    const bench = createBench(options)
    const { status, headers, body } = await bench.call('POST', MODEL, INPUT)
    const id = field(body, 'request_id')
    const url = `${origin}/fal-ai/pika/requests/${id}`
    expect(status).toBe(200)
    expect(headers.get('x-fal-request-id')).toBe(id)
    expect(body).toEqual({
      status: 'IN_QUEUE',
      request_id: id,
      gateway_request_id: expect.any(String),
      queue_position: 3,
      response_url: url,
      status_url: `${url}/status`,
      cancel_url: `${url}/cancel`,
    })
  })

  test('refuses a missing and a bad key, and any other application, and keeps no job', async () => {
    const bench = createBench()
    for (const authorization of ['', 'Key wrong', 'Bearer emulator-key-id:emulator-key-secret']) {
      expect((await bench.call('POST', MODEL, INPUT, { authorization })).status).toBe(401)
    }
    for (const path of ['/fal-ai/pika/v2.2/image-to-video', '/fal-ai/flux', '/']) {
      expect((await bench.call('POST', path, INPUT)).status).toBe(404)
    }
    expect(bench.emulator.jobs()).toEqual([])
  })

  test('takes input that the model will refuse, as fal does, but no body that is no object', async () => {
    const bench = createBench()
    expect((await bench.call('POST', MODEL, ['a prompt'])).status).toBe(400)
    expect(bench.emulator.jobs()).toEqual([])
    expect((await bench.call('POST', MODEL, { duration: 7 })).status).toBe(200)
  })

  test('refuses a marker that it does not know, and says which', async () => {
    const bench = createBench()
    const unknown = ['sumbit=lost', 'submit=gone', 'render_ms=-1', 'webhook=ok:5', 'outcome']
    for (const marker of unknown) {
      const { status, body } = await bench.post(`A [emulator: ${marker}]`)
      const detail = `The emulator does not know the marker ${marker}`
      expect([status, body]).toEqual([400, { detail }])
    }
    expect(bench.emulator.jobs()).toEqual([])
  })

  test('keeps the input, the webhook and the headers that change what fal does', async () => {
    const bench = createBench()
    const headers = { 'x-fal-queue-priority': 'low', 'x-fal-no-retry': '1', cookie: 'none' }
    const id = await bench.submit('A paper boat', { seed: 0 }, headers)
    expect(bench.emulator.jobs()).toEqual([
      {
        request_id: id,
        input: { prompt: 'A paper boat', seed: 0 },
        headers: {
          'content-type': 'text/plain;charset=UTF-8',
          'x-fal-queue-priority': 'low',
          'x-fal-no-retry': '1',
        },
        webhook_url: 'https://gateway.test/callbacks/fal?token=1',
        accepted_at: '2026-01-01T00:00:00.000Z',
        accepted_at_ms: START_MS,
        ends_at_ms: START_MS + 11_000,
        outcome: 'ok',
        status: 'IN_QUEUE',
        final: null,
        billed: false,
        billed_usd: null,
        listed: false,
        stranger: false,
        cancel_asked: false,
      },
    ])
  })
})

describe('a submit that is not accepted', () => {
  test.each([
    ['503_before', 503, false],
    ['503_before_id', 503, true],
    ['500_before', 500, false],
    ['429', 429, false],
    ['locked', 403, false],
    ['unauthorized', 401, false],
    ['redirect', 307, false],
  ])('%s answers %i', async (behaviour, expected, hasId) => {
    const bench = createBench()
    const { status, headers } = await bench.post(`A paper boat [emulator: submit=${behaviour}]`)
    expect(status).toBe(expected)
    expect(bench.emulator.jobs()).toEqual([])
    const id = headers.get('x-fal-request-id')
    expect(id !== null).toBe(hasId)
    expect((await bench.status(id ?? 'none')).status).toBe(404)
  })

  test.each([
    ['reset', 0],
    ['lost', 1],
  ])('%s tears the connection down, with %i jobs kept', async (behaviour, jobs) => {
    const bench = createBench()
    const answer = bench.post(`A [emulator: submit=${behaviour}]`)
    await expect(answer).rejects.toThrow(ConnectionLost)
    await expect(answer).rejects.toBeInstanceOf(TypeError)
    expect(bench.emulator.jobs()).toHaveLength(jobs)
  })

  test('locked says why', async () => {
    const { body } = await createBench().post('[emulator: submit=locked]')
    expect(field(body, 'detail')).toMatch(/^User is locked\. Reason: Exhausted balance/)
  })
})

describe('a submit that is accepted and does not say so', () => {
  test.each([
    ['500_after', 500, 'the job'],
    ['502_after', 502, 'the job'],
    ['503_after', 503, 'the job'],
    ['504_after', 504, 'the job'],
    ['500_after_no_id', 500, 'nothing'],
    ['504_after_inner_id', 504, 'another, unknown request'],
  ])('%s answers %i, and names %s', async (behaviour, expected, named) => {
    const bench = createBench()
    const { status, headers } = await bench.post(`A [emulator: submit=${behaviour}]`)
    const id = headers.get('x-fal-request-id')
    const isIt = id === bench.emulator.jobs()[0]?.request_id
    expect([status, id !== null, isIt]).toEqual([
      expected,
      named !== 'nothing',
      named === 'the job',
    ])
    expect(bench.emulator.jobs()).toHaveLength(1)
    expect((await bench.status(id ?? 'none')).status).toBe(isIt ? 202 : 404)
  })

  test('hang never answers, until the caller leaves', async () => {
    const bench = createBench()
    const leaving = new AbortController()
    const answer = bench.emulator.fetch(
      new Request(`${ORIGIN}${MODEL}`, {
        method: 'POST',
        headers: { authorization: 'Key emulator-key-id:emulator-key-secret' },
        body: JSON.stringify({ prompt: 'A [emulator: submit=hang]' }),
        signal: leaving.signal,
      }),
    )
    const lost = answer.catch((error: unknown) => error)
    await expect.poll(() => bench.emulator.jobs()).toHaveLength(1)
    leaving.abort()
    expect(await lost).toBeInstanceOf(ConnectionLost)
  })

  test('no_id and malformed answer 200 with nothing to go by', async () => {
    const bench = createBench()
    const nameless = await bench.post('A [emulator: submit=no_id]')
    expect([nameless.status, nameless.body]).toEqual([200, { status: 'IN_QUEUE' }])
    const broken = await bench.raw('POST', MODEL, { prompt: 'A [emulator: submit=malformed]' })
    expect(broken.status).toBe(200)
    await expect(broken.json()).rejects.toThrow(SyntaxError)
    expect(bench.emulator.jobs()).toHaveLength(2)
  })

  test('submit_ms delays the answer, not the job', async () => {
    const bench = createBench()
    const answer = bench.post('A [emulator: submit_ms=40]')
    const first = await Promise.race([answer, new Promise((done) => setTimeout(done, 15, 'late'))])
    expect(first).toBe('late')
    expect(bench.emulator.jobs()).toHaveLength(1)
    expect((await answer).status).toBe(200)
  })
})
