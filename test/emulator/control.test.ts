import { describe, expect, test } from 'vitest'
import { ConnectionLost } from '../../src/emulator/index.ts'
import { answer, benchWithJob, createBench, START_MS } from './harness.ts'

describe('faults', () => {
  test('hit an operation as often as they say, and then it works again', async () => {
    const { bench, id } = await benchWithJob()
    await bench.control('faults', { op: 'status', fault: 503, times: 2 })
    const seen = [await bench.status(id), await bench.status(id), await bench.status(id)]
    expect(seen.map(({ status }) => status)).toEqual([503, 503, 202])
    expect((await bench.result(id)).status).toBe(400)
  })

  test('hit once by default, or for a given time', async () => {
    const { bench, id } = await benchWithJob()
    await bench.control('faults', { op: 'result', fault: 500 })
    expect((await bench.result(id)).status).toBe(500)
    expect((await bench.result(id)).status).toBe(400)
    await bench.control('faults', { op: 'result', fault: 502, for_ms: 100 })
    expect((await bench.result(id)).status).toBe(502)
    expect((await bench.result(id)).status).toBe(502)
    await bench.advance(100)
    expect((await bench.result(id)).status).toBe(400)
  })

  test('hit only the prompts that they name', async () => {
    const { bench, id: boat } = await benchWithJob()
    const cat = await bench.submit('A cat')
    await bench.control('faults', { op: 'status', fault: 500, times: 9, prompt_includes: 'cat' })
    expect((await bench.status(boat)).status).toBe(202)
    expect((await bench.status(cat)).status).toBe(500)
  })

  test('answer with the given body and headers', async () => {
    const { bench, id } = await benchWithJob()
    const headers = { 'x-fal-retryable': 'true' }
    await bench.control('faults', { op: 'result', fault: 500, body: { a: 1 }, headers })
    expect(await bench.result(id)).toEqual(answer(500, { a: 1 }, headers))
  })

  test('reset, lost, hang and delay work on any operation as they do on submit', async () => {
    const { bench, id } = await benchWithJob()
    for (const fault of ['reset', 'lost']) {
      await bench.control('faults', { op: 'cancel', fault })
      await expect(bench.cancel(id)).rejects.toThrow(ConnectionLost)
    }
    await bench.control('faults', { op: 'jwks', fault: 'delay:30' })
    const startedMs = performance.now()
    expect((await bench.call('GET', '/.well-known/jwks.json')).status).toBe(200)
    expect(performance.now() - startedMs).toBeGreaterThan(25)
    await bench.control('faults', { op: 'status', fault: 'hang' })
    const hanging = bench.status(id)
    bench.emulator.close()
    await expect(hanging).rejects.toThrow(ConnectionLost)
  })

  test('accept every submit marker, but on submit alone, and are refused if unknown', async () => {
    const bench = createBench()
    expect((await bench.control('faults', { op: 'guess', fault: 500 })).status).toBe(400)
    expect((await bench.control('faults', { op: 'status', fault: '504_after' })).status).toBe(400)
    expect((await bench.control('faults', { op: 'status', fault: 99 })).status).toBe(400)
    await bench.control('faults', { op: 'submit', fault: '504_after' })
    const { status, headers } = await bench.post('A paper boat')
    const [job] = bench.emulator.jobs()
    expect([status, headers['x-fal-request-id']]).toEqual([504, job?.request_id])
  })
})

describe('the control endpoint', () => {
  test('lists its routes, clock and settings', async () => {
    const settings = { queueMs: 1_000, renderMs: 10_000, webhooks: 'deliver' }
    const routes = { 'GET /_emulator/jobs': expect.any(String) }
    expect(await createBench().call('GET', '/_emulator')).toMatchObject({
      status: 200,
      body: { routes, now_ms: START_MS, frozen: false, settings },
    })
  })

  test('reports every call with its prompt, its request and its outcome', async () => {
    const { bench, id } = await benchWithJob()
    await bench.status(id)
    await bench.call('GET', `/fal-ai/pika/requests/${id}`, undefined, { authorization: 'no' })
    await bench.post('[emulator: submit=lost]').catch(() => undefined)
    const { body } = await bench.call('GET', '/_emulator/calls')
    expect(body).toMatchObject({
      calls: [
        {
          op: 'submit',
          method: 'POST',
          path: expect.stringMatching(/^\/fal-ai\/pika\/v2\.2\/text-to-video\?fal_webhook=/),
          at_ms: START_MS,
          authorized: true,
          status: 200,
          prompt: 'A paper boat',
          request_id: id,
        },
        { op: 'status', status: 202, request_id: id, authorized: true },
        { op: 'result', status: 401, request_id: id, authorized: false },
        { op: 'submit', status: 'lost', prompt: '[emulator: submit=lost]' },
      ],
      concurrent: { all: { running: 0, maximum: 1 }, status: { running: 0, maximum: 1 } },
    })
  })

  test('counts how many calls ran at once', async () => {
    const bench = createBench()
    await Promise.all([1, 2, 3].map(async () => bench.post('A [emulator: submit_ms=30]')))
    const { body } = await bench.call('GET', '/_emulator/calls')
    expect(body).toMatchObject({ concurrent: { submit: { running: 0, maximum: 3 } } })
  })

  test('sets, freezes and advances the clock', async () => {
    let passedMs = 0
    const bench = createBench({ nowMs: () => START_MS + passedMs })
    await bench.control('clock', { frozen: true, set_ms: START_MS })
    const id = await bench.submit('A [emulator: queue_ms=0 render_ms=1]')
    passedMs += 5
    expect((await bench.status(id)).status).toBe(202)
    const { body } = await bench.advance(1)
    expect(body).toEqual({ now_ms: START_MS + 1, frozen: true })
    expect((await bench.status(id)).status).toBe(200)
    await bench.control('clock', { frozen: false })
    passedMs += 5
    expect((await bench.call('GET', '/_emulator')).body).toMatchObject({ now_ms: START_MS + 6 })
  })

  test('moves a single job ahead in time', async () => {
    const { bench, id: moved } = await benchWithJob()
    const other = await bench.submit('A cat')
    const advance = (ms: number) => bench.control(`jobs/${moved}/advance`, { ms })
    await advance(1_000)
    expect((await bench.status(moved)).body).toMatchObject({ status: 'IN_PROGRESS' })
    await advance(10_000)
    expect((await bench.status(moved)).body).toMatchObject({ status: 'COMPLETED' })
    expect((await bench.status(other)).body).toMatchObject({ status: 'IN_QUEUE' })
    const told = await Promise.all(bench.hooks.map(async (hook) => hook.json()))
    expect(told).toMatchObject([{ request_id: moved, status: 'OK' }])
    expect((await bench.control('jobs/none/advance', { ms: 1 })).status).toBe(400)
  })

  test('changes settings for later jobs, and refuses unknown settings', async () => {
    const bench = createBench()
    await bench.control('settings', { queue_ms: 0, render_ms: 0 })
    expect((await bench.status(await bench.submit('A paper boat'))).status).toBe(200)
    expect((await bench.control('settings', { render: 5 })).status).toBe(400)
    expect((await bench.control('settings', { webhooks: 'later' })).status).toBe(400)
  })

  test('forgets everything on DELETE, and keeps the signing key', async () => {
    const { bench, id } = await benchWithJob()
    const keys = await bench.call('GET', '/.well-known/jwks.json')
    await bench.control('settings', { queue_ms: 5 })
    await bench.control('faults', { op: 'status', fault: 500 })
    await bench.advance(500)
    await bench.call('DELETE', '/_emulator')
    expect(bench.emulator.jobs()).toEqual([])
    expect((await bench.status(id)).status).toBe(404)
    await bench.advance(60_000)
    expect(bench.hooks).toEqual([])
    const { body } = await bench.call('GET', '/_emulator')
    expect(body).toMatchObject({ settings: { queueMs: 1_000 }, now_ms: START_MS + 60_000 })
    expect((await bench.call('GET', '/.well-known/jwks.json')).body).toEqual(keys.body)
  })
})

test('ids are reproducible if the source of randomness is given', async () => {
  const ids = await Promise.all(
    [1, 2].map(async () => {
      let seed = 1
      const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
      return createBench({ random }).submit('A paper boat')
    }),
  )
  expect(ids[0]).toBe(ids[1])
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
})
