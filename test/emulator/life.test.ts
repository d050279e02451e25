import { describe, expect, test } from 'vitest'
import { answer, type Bench, benchWithJob, createBench } from './harness.ts'

const HOUR_MS = 60 * 60 * 1000

const NOT_FOUND = answer(404, { status: 'NOT_FOUND' })

const line = (percent: number, timestamp: string) => ({
  message: `Rendering: ${percent}%`,
  level: 'INFO',
  source: 'USER',
  timestamp,
})

describe('a job', () => {
  test('counts down in line, renders with log lines, and completes', async () => {
    const { bench, id } = await benchWithJob()
    const url = `https://queue.fal.run/fal-ai/pika/requests/${id}`
    const ids = {
      request_id: id,
      response_url: url,
      status_url: `${url}/status`,
      cancel_url: `${url}/cancel`,
    }
    const positions: unknown[] = []
    for (let step = 0; step < 4; step += 1) {
      const { status, body } = await bench.status(id)
      expect(status).toBe(202)
      positions.push(body)
      await bench.advance(250)
    }
    expect(positions).toMatchObject([3, 2, 1, 0].map((queue_position) => ({ queue_position })))
    expect(positions[0]).toEqual({ status: 'IN_QUEUE', queue_position: 3, ...ids })

    await bench.advance(1_500)
    const running = { status: 'IN_PROGRESS', ...ids }
    const logs = [line(0, '2026-01-01T00:00:01.000Z'), line(10, '2026-01-01T00:00:02.000Z')]
    expect(await bench.status(id, 1)).toEqual(answer(202, { ...running, logs }))
    expect(await bench.status(id, 0)).toEqual(answer(202, { ...running, logs: null }))

    await bench.advance(8_500)
    const done = { status: 'COMPLETED', logs: null, metrics: { inference_time: 10 }, ...ids }
    expect(await bench.status(id)).toEqual(answer(200, done, { 'x-fal-request-id': id }))
    expect(bench.emulator.jobs()).toMatchObject([{ final: 'completed', billed: true }])
  })

  test('starts at the queue position that its marker gives', async () => {
    const markers = 'queue_ms=100000 queue_position=1200'
    const { bench, id } = await benchWithJob(`A [emulator: ${markers}]`)
    expect((await bench.status(id)).body).toMatchObject({ queue_position: 1200 })
    await bench.advance(50_000)
    expect((await bench.status(id)).body).toMatchObject({ queue_position: 600 })
    await bench.advance(49_999)
    expect((await bench.status(id)).body).toMatchObject({ queue_position: 0 })
    await bench.advance(1)
    expect((await bench.status(id)).body).toMatchObject({ status: 'IN_PROGRESS' })
  })

  test('has no result until it ends, and then gives the video', async () => {
    const { bench, id } = await benchWithJob('A paper boat [emulator: billable_units=2.5]')
    const early = answer(400, { detail: 'Request is still in progress' })
    expect(await bench.result(id)).toEqual(early)
    await bench.advance(11_000)
    const url = `https://queue.fal.run/files/${id}/output.mp4`
    const file = { content_type: 'video/mp4', file_name: 'output.mp4' }
    const video = { url, ...file, file_size: expect.any(Number) }
    const headers = { 'x-fal-request-id': id, 'x-fal-billable-units': '2.5' }
    expect(await bench.result(id)).toEqual(answer(200, { video }, headers))
  })

  test('is forgotten an hour after its end, while its file stays', async () => {
    const { bench, id } = await benchWithJob()
    await bench.advance(11_000 + HOUR_MS - 1)
    expect((await bench.result(id)).status).toBe(200)
    await bench.advance(1)
    for (const operation of ['result', 'status', 'cancel'] as const) {
      expect(await bench[operation](id)).toEqual(NOT_FOUND)
    }
    expect((await bench.raw('HEAD', `/files/${id}/output.mp4`)).status).toBe(200)
  })

  test('fails once it has waited longer than its start timeout', async () => {
    const headers = { 'x-fal-request-start-timeout': '30' }
    const { bench, id } = await benchWithJob('A [emulator: queue_ms=60000]', {}, headers)
    await bench.advance(29_999)
    expect((await bench.status(id)).body).toMatchObject({ status: 'IN_QUEUE' })
    await bench.advance(1)
    const metrics = { inference_time: null }
    const error = { error: 'Request timed out', error_type: 'request_timeout' }
    expect((await bench.status(id)).body).toMatchObject({ status: 'COMPLETED', metrics, ...error })
    const detail = { detail: 'Request timed out', error_type: 'request_timeout' }
    const told = { 'x-fal-request-timeout-type': 'user', 'x-fal-retryable': 'false' }
    expect(await bench.result(id)).toEqual(answer(504, detail, told))
  })

  test('requires a valid key and a known request in every operation', async () => {
    const { bench, id } = await benchWithJob()
    const asked = ['GET /status', 'GET /status/stream', 'GET ', 'PUT /cancel']
    for (const [method = '', path] of asked.map((call) => call.split(' '))) {
      const url = (request: string) => `/fal-ai/pika/requests/${request}${path}`
      const stranger = { authorization: 'Key no:body' }
      expect((await bench.call(method, url(id), undefined, stranger)).status).toBe(401)
      expect(await bench.call(method, url('none'))).toEqual(NOT_FOUND)
    }
  })
})

describe('cancel', () => {
  test('ends a waiting job without a charge or a webhook', async () => {
    const { bench, id } = await benchWithJob()
    expect(await bench.cancel(id)).toEqual(answer(202, { status: 'CANCELLATION_REQUESTED' }))
    const error_type = 'client_cancelled'
    expect((await bench.status(id)).body).toMatchObject({ status: 'COMPLETED', error_type })
    expect(await bench.result(id)).toMatchObject({ status: 499, body: { error_type } })
    await bench.advance(60_000)
    expect(bench.hooks).toEqual([])
    const ended = { final: 'cancelled', billed: false, cancel_asked: true }
    expect(bench.emulator.jobs()).toMatchObject([ended])
  })

  test('sends a webhook if the marker says so', async () => {
    const bench = createBench()
    await bench.cancel(await bench.submit('A [emulator: cancel_webhook=true]'))
    await bench.advance(0)
    expect(bench.hooks).toHaveLength(1)
    const told = { status: 'ERROR', payload: { error_type: 'client_cancelled' } }
    expect(await bench.hooks[0]?.json()).toMatchObject(told)
  })

  test('makes a job unknown if the marker says gone', async () => {
    const { bench, id } = await benchWithJob('A [emulator: cancel=gone]')
    expect((await bench.cancel(id)).status).toBe(202)
    expect((await bench.status(id)).status).toBe(404)
    expect((await bench.result(id)).status).toBe(404)
  })

  test('lets a job finish anyway if the marker says ignored', async () => {
    const { bench, id } = await benchWithJob('A [emulator: cancel=ignored]')
    expect((await bench.cancel(id)).status).toBe(202)
    expect((await bench.status(id)).body).toMatchObject({ status: 'IN_QUEUE' })
    await bench.advance(11_000)
    expect((await bench.result(id)).status).toBe(200)
    expect(bench.hooks).toHaveLength(1)
    const ended = { final: 'completed', billed: true, cancel_asked: true }
    expect(bench.emulator.jobs()).toMatchObject([ended])
  })

  test('comes too late for a finished job', async () => {
    const { bench, id } = await benchWithJob()
    await bench.advance(11_000)
    expect(await bench.cancel(id)).toEqual(answer(400, { status: 'ALREADY_COMPLETED' }))
  })
})

/** Opens a job's status stream. */
const streamOf = (bench: Bench, id: string, query = '') =>
  bench.raw('GET', `/fal-ai/pika/requests/${id}/status/stream${query}`)

describe('the status stream', () => {
  test('sends each change with only its new log lines, and ends after COMPLETED', async () => {
    const { bench, id } = await benchWithJob()
    const response = await streamOf(bench, id, '?logs=1')
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const text = response.text()
    for (let step = 0; step < 12; step += 1) {
      await new Promise((done) => setTimeout(done, 5))
      await bench.advance(1_000)
    }
    const events = (await text).split('\n\n').filter((event) => event !== '')
    const statuses = events.map((event) => JSON.parse(event.replace(/^data: /, '')))
    expect(statuses[0]).toMatchObject({ status: 'IN_QUEUE' })
    expect(statuses.at(-1)).toMatchObject({ status: 'COMPLETED' })
    const messages = statuses.flatMap(({ logs }) => logs ?? []).map(({ message }) => message)
    const percents = Array.from({ length: 11 }, (_, step) => `Rendering: ${step * 10}%`)
    expect(messages).toEqual(percents)
  })

  test('sends comments while nothing happens', async () => {
    const bench = createBench()
    await bench.control('settings', { heartbeat_ms: 10 })
    const id = await bench.submit('A paper boat')
    const response = await streamOf(bench, id)
    let text = ''
    for await (const bytes of response.body ?? []) {
      text += new TextDecoder().decode(bytes)
      if (text.endsWith('heartbeat\n\n')) await bench.advance(11_000)
    }
    expect(text).toMatch(/^data: .*IN_QUEUE.*\n\n(: heartbeat\n\n)+data: .*COMPLETED/)
  })

  test('reports a cancel immediately', async () => {
    const { bench, id } = await benchWithJob()
    const response = await streamOf(bench, id)
    await bench.cancel(id)
    expect(await response.text()).toContain('client_cancelled')
  })

  test('counts as running while it is open, and ends when the emulator closes', async () => {
    const { bench, id } = await benchWithJob()
    const response = await streamOf(bench, id)
    const running = async () => (await bench.call('GET', '/_emulator/calls')).body
    expect(await running()).toMatchObject({ concurrent: { stream: { running: 1, maximum: 1 } } })
    await response.body?.cancel()
    expect(await running()).toMatchObject({ concurrent: { stream: { running: 0, maximum: 1 } } })
    const other = await streamOf(bench, id)
    bench.emulator.close()
    expect(await other.text()).toContain('IN_QUEUE')
  })
})
