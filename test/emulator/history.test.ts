import { describe, expect, test } from 'vitest'
import { answer, type Bench, benchWithJob, createBench, START_MS } from './harness.ts'

const MODEL_ID = 'fal-ai/pika/v2.2/text-to-video'
const DAY_MS = 24 * 60 * 60 * 1000

interface Page {
  items: Record<string, unknown>[]
  next_cursor: string | null
  has_more: boolean
}

const ask = async (bench: Bench, query: object = {}, headers = {}) => {
  const search = new URLSearchParams({ endpoint_id: MODEL_ID, ...query })
  return bench.call('GET', `/v1/models/requests/by-endpoint?${search}`, undefined, headers)
}

const page = async (bench: Bench, query: object = {}): Promise<Page> => {
  const { status, body } = await ask(bench, query)
  expect(status).toBe(200)
  return Object(body)
}

const ids = async (bench: Bench, query: object = {}) =>
  (await page(bench, query)).items.map((item) => item['request_id'])

const at = (ms: number) => new Date(START_MS + ms).toISOString()

describe('the history', () => {
  test('shows a job while it waits, and its outcome once it has ended', async () => {
    const input = { seed: 7, negative_prompt: '', duration: 10 }
    const { bench, id } = await benchWithJob('A paper boat', input)
    await bench.advance(1_999)
    expect(await page(bench)).toEqual({ items: [], next_cursor: null, has_more: false })
    await bench.advance(1)
    const sent = { request_id: id, endpoint_id: MODEL_ID, sent_at: at(0) }
    expect((await page(bench)).items).toEqual([{ ...sent, started_at: at(1_000) }])
    await bench.advance(9_000)
    const times = { started_at: at(1_000), ended_at: at(11_000), duration: 10 }
    const ended = { ...sent, ...times, status_code: 200 }
    expect((await page(bench)).items).toEqual([ended])
    const asSent = { prompt: 'A paper boat', ...input }
    const defaults = { aspect_ratio: '16:9', resolution: '720p', enable_safety_checker: true }
    const json_input = { ...asSent, ...defaults }
    const json_output = (await bench.result(id)).body
    const [item] = (await page(bench, { expand: 'payloads' })).items
    expect(item).toEqual({ ...ended, json_input, json_output })
    await bench.control('settings', { history_defaults: false })
    const [plain] = (await page(bench, { expand: 'payloads' })).items
    expect(plain?.['json_input']).toEqual(asSent)
    expect(JSON.stringify(plain?.['json_input'])).not.toBe(JSON.stringify(asSent))
  })

  test("keeps a failed job's error for a month, long after the queue has forgotten it", async () => {
    const { bench, id } = await benchWithJob('A [emulator: outcome=content_policy]')
    await bench.advance(11_000)
    const json_output = (await bench.result(id)).body
    await bench.advance(30 * DAY_MS - 1)
    expect((await bench.result(id)).status).toBe(404)
    const query = { start: at(0), request_id: id, expand: 'payloads' }
    expect((await page(bench, query)).items).toMatchObject([{ status_code: 422, json_output }])
    await bench.advance(1)
    expect(await ids(bench, query)).toEqual([])
  })

  test('lists jobs late, at random or never, as settings and markers say', async () => {
    const bench = createBench({ historyQueued: false, historyUnlisted: 0.5 })
    const late = await bench.submit('A [emulator: history=late:60000]')
    const listed = await bench.submit('A [emulator: history=listed]')
    await bench.submit('A [emulator: history=never]')
    await bench.advance(10_999)
    expect(await ids(bench)).toEqual([])
    await bench.advance(1)
    expect(await ids(bench)).toEqual([listed])
    await bench.advance(60_000)
    expect(new Set(await ids(bench))).toEqual(new Set([late, listed]))

    const submitted: string[] = []
    for (let count = 0; count < 60; count += 1) submitted.push(await bench.submit('A boat'))
    await bench.advance(20_000)
    const found = await ids(bench, { limit: 100 })
    const share = submitted.filter((id) => found.includes(id)).length
    expect(share).toBeGreaterThan(10)
    expect(share).toBeLessThan(50)
    expect(await ids(bench, { limit: 100 })).toEqual(found)
    const told = bench.emulator.jobs().filter((job) => job.listed)
    expect(new Set(told.map((job) => job.request_id))).toEqual(new Set(found))
    expect((await bench.control('settings', { history_queued: 1 })).status).toBe(400)
  })

  test('can be filtered by submit time, status and id, and sorted', async () => {
    const bench = createBench({ queueMs: 0 })
    const quick = await bench.submit('A [emulator: render_ms=1000]')
    await bench.advance(5_000)
    const failed = await bench.submit('A [emulator: render_ms=3000 outcome=model_500]')
    const refused = await bench.submit('A [emulator: render_ms=2000 outcome=no_media]')
    const running = await bench.submit('A [emulator: render_ms=60000]')
    await bench.advance(5_000)
    expect(await ids(bench)).toEqual([running, failed, refused, quick])
    expect(await ids(bench, { sort_by: 'duration' })).toEqual([failed, refused, quick, running])
    expect(await ids(bench, { end: at(5_000) })).toEqual([quick])
    expect(await ids(bench, { start: at(1), end: at(5_001) })).toEqual([running, failed, refused])
    expect(await ids(bench, { status: 'success' })).toEqual([quick])
    expect(await ids(bench, { status: 'error' })).toEqual([failed])
    expect(await ids(bench, { status: 'user_error' })).toEqual([refused])
    expect(await ids(bench, { request_id: failed })).toEqual([failed])
    expect(await ids(bench, { endpoint_id: 'fal-ai/flux/dev' })).toEqual([])
    const wrong = { limit: 101, cursor: 'no', start: 'May', status: 'done', sort_by: 'id' }
    for (const [name, value] of Object.entries(wrong)) {
      expect((await ask(bench, { [name]: value })).status).toBe(400)
    }
    expect((await bench.call('GET', '/v1/models/requests/by-endpoint')).status).toBe(400)
    await bench.advance(DAY_MS)
    expect(await ids(bench)).toEqual([])
  })

  test('stays stable between pages, or shifts by one if configured to', async () => {
    const bench = createBench({ queueMs: 0, renderMs: 0, historyLagMs: 0, historyPage: 3 })
    const sent: string[] = []
    for (let count = 0; count < 5; count += 1) {
      sent.unshift(await bench.submit('A boat'))
      await bench.advance(1_000)
    }
    const first = await page(bench, { limit: 4 })
    await bench.advance(1_000)
    sent.unshift(await bench.submit('A boat'))
    const next = await page(bench, { limit: 4, cursor: first.next_cursor })
    const found = [first, next].map(({ items }) => items.map((item) => item['request_id']))
    expect(found).toEqual([sent.slice(1, 4), sent.slice(4)])
    expect([first.has_more, next.has_more, next.next_cursor]).toEqual([true, false, null])

    await bench.control('settings', { history_shifts: true })
    const shifting = await page(bench)
    expect(shifting.next_cursor).toBe(btoa('2'))
    expect(await ids(bench, { cursor: btoa('2') })).toEqual(sent.slice(2, 5))
    expect(await ids(bench, { cursor: btoa('3') })).toEqual(sent.slice(4))
  })

  test("contains strangers' requests, which the queue knows too", async () => {
    const { bench, id: own } = await benchWithJob('A [emulator: history=never]')
    const [job] = bench.emulator.jobs()
    const { body } = await bench.control('strangers', {
      input: job?.input,
      sent_at_ms: START_MS - 5_000,
      ended_ms: 4_000,
      outcome: 'no_media',
    })
    const { request_id: id } = Object(body)
    const { items } = await page(bench)
    const ended = { sent_at: at(-5_000), ended_at: at(-1_000), status_code: 422 }
    expect(items).toMatchObject([{ request_id: id, ...ended }])
    expect((await bench.status(id)).body).toMatchObject({ status: 'COMPLETED' })
    expect((await bench.result(id)).status).toBe(422)
    expect(bench.emulator.jobs()).toMatchObject([
      { request_id: own, stranger: false, listed: false },
      { request_id: id, stranger: true, listed: true, webhook_url: null },
    ])
    expect((await bench.control('strangers', { outcome: 'none' })).status).toBe(400)
  })

  test('keeps the submit time of a job that is moved ahead in time', async () => {
    const { bench, id } = await benchWithJob()
    await bench.control(`jobs/${id}/advance`, { ms: 60_000 })
    const ended = { sent_at: at(0), started_at: at(0), ended_at: at(0), duration: 10 }
    expect((await page(bench)).items).toMatchObject([ended])
  })

  test('requires a key, and fails as its faults say', async () => {
    const bench = createBench()
    const error = { type: 'authorization_error', message: 'Invalid API key' }
    const refused = answer(401, { error })
    expect(await ask(bench, {}, { authorization: 'Key no:body' })).toEqual(refused)
    await bench.control('faults', { op: 'history', fault: 403, for_ms: 1_000 })
    await bench.control('faults', { op: 'history', fault: 'malformed' })
    expect((await ask(bench)).status).toBe(403)
    expect((await ask(bench)).status).toBe(403)
    await bench.advance(1_000)
    await expect(ask(bench)).rejects.toThrow(SyntaxError)
    expect((await ask(bench)).status).toBe(200)
    const { body } = await bench.call('GET', '/_emulator/calls')
    const statuses = [401, 403, 403, 200, 200]
    expect(body).toMatchObject({ calls: statuses.map((status) => ({ op: 'history', status })) })
  })
})
