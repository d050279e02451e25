import { describe, expect, test } from 'vitest'
import { ConnectionLost } from '../../src/emulator/index.ts'
import { answer, createBench, field, MODEL, ORIGIN, START_MS } from './harness.ts'

const INPUT = { prompt: 'A paper boat' }

describe('submit', () => {
  test.each([
    ['the request used', {}, ORIGIN],
    ['is configured', { origin: 'http://127.0.0.1:8788' }, 'http://127.0.0.1:8788'],
  ])('answers with the id, the position and URLs under the origin that %s', async (...row) => {
    const [, options, origin] = row
    const bench = createBench(options)
    const answered = await bench.call('POST', MODEL, INPUT)
    const id = field(answered.body, 'request_id')
    const url = `${origin}/fal-ai/pika/requests/${id}`
    const ticket = {
      status: 'IN_QUEUE',
      request_id: id,
      gateway_request_id: expect.any(String),
      queue_position: 3,
      response_url: url,
      status_url: `${url}/status`,
      cancel_url: `${url}/cancel`,
    }
    expect(answered).toEqual(answer(200, ticket, { 'x-fal-request-id': id }))
  })

  test('refuses a missing or bad key and any other application, and keeps no job', async () => {
    const bench = createBench()
    for (const authorization of ['', 'Key wrong', 'Bearer emulator-key-id:emulator-key-secret']) {
      expect((await bench.call('POST', MODEL, INPUT, { authorization })).status).toBe(401)
    }
    for (const path of ['/fal-ai/pika/v2.2/image-to-video', '/fal-ai/flux', '/']) {
      expect((await bench.call('POST', path, INPUT)).status).toBe(404)
    }
    expect(bench.emulator.jobs()).toEqual([])
  })

  test('accepts input that the model will refuse, as fal does, but only in a JSON object', async () => {
    const bench = createBench()
    expect((await bench.call('POST', MODEL, ['a prompt'])).status).toBe(400)
    expect(bench.emulator.jobs()).toEqual([])
    expect((await bench.call('POST', MODEL, { duration: 7 })).status).toBe(200)
  })

  test('refuses an unknown marker, and names it', async () => {
    const bench = createBench()
    const unknown = ['sumbit=lost', 'submit=gone', 'render_ms=-1', 'webhook=ok:5', 'outcome']
    for (const marker of unknown) {
      const detail = `The emulator does not know the marker ${marker}`
      expect(await bench.post(`A [emulator: ${marker}]`)).toEqual(answer(400, { detail }))
    }
    expect(bench.emulator.jobs()).toEqual([])
  })

  test('keeps the input, the webhook and the headers that affect fal', async () => {
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

describe('a submit marked', () => {
  test.each([
    ['503_before', 503, 0, 'nothing'],
    ['503_before_id', 503, 0, 'another, unknown request'],
    ['500_before', 500, 0, 'nothing'],
    ['429', 429, 0, 'nothing'],
    ['locked', 403, 0, 'nothing'],
    ['unauthorized', 401, 0, 'nothing'],
    ['redirect', 307, 0, 'nothing'],
    ['500_after', 500, 1, 'the job'],
    ['502_after', 502, 1, 'the job'],
    ['503_after', 503, 1, 'the job'],
    ['504_after', 504, 1, 'the job'],
    ['500_after_no_id', 500, 1, 'nothing'],
    ['504_after_inner_id', 504, 1, 'another, unknown request'],
  ])('%s answers %i, keeps %i jobs and names %s', async (behaviour, expected, count, named) => {
    const bench = createBench()
    const { status, headers } = await bench.post(`A [emulator: submit=${behaviour}]`)
    const id = headers['x-fal-request-id']
    const jobs = bench.emulator.jobs()
    expect([status, jobs.length]).toEqual([expected, count])
    const isKnown = id !== undefined && id === jobs[0]?.request_id
    expect([id !== undefined, isKnown]).toEqual([named !== 'nothing', named === 'the job'])
    expect((await bench.status(id ?? 'none')).status).toBe(isKnown ? 202 : 404)
  })

  test.each([
    ['reset', 0],
    ['lost', 1],
  ])('%s breaks the connection, and keeps %i jobs', async (behaviour, jobs) => {
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

  test('no_id and malformed answer 200 without a usable id', async () => {
    const bench = createBench()
    const nameless = await bench.post('A [emulator: submit=no_id]')
    expect(nameless).toEqual(answer(200, { status: 'IN_QUEUE' }))
    const broken = await bench.raw('POST', MODEL, { prompt: 'A [emulator: submit=malformed]' })
    expect(broken.status).toBe(200)
    await expect(broken.json()).rejects.toThrow(SyntaxError)
    expect(bench.emulator.jobs()).toHaveLength(2)
  })

  test('submit_ms delays the answer, but not the job', async () => {
    const bench = createBench()
    const answer = bench.post('A [emulator: submit_ms=40]')
    const first = await Promise.race([answer, new Promise((done) => setTimeout(done, 15, 'late'))])
    expect(first).toBe('late')
    expect(bench.emulator.jobs()).toHaveLength(1)
    expect((await answer).status).toBe(200)
  })
})
