import { describe, expect, test } from 'vitest'
import { DEFAULT_BILLING_KEY } from '../../src/emulator/index.ts'
import { answer, type Bench, createBench } from './harness.ts'

const MODEL_ID = 'fal-ai/pika/v2.2/text-to-video'
const ADMIN = { authorization: `Key ${DEFAULT_BILLING_KEY}` }

const ask = async (bench: Bench, search = '', headers: Record<string, string> = ADMIN) =>
  bench.call('GET', `/v1/models/billing-events?${search}`, undefined, headers)

const totals = async (bench: Bench, search = ''): Promise<unknown[]> => {
  const { body } = await ask(bench, search)
  const events: { request_id: string; cost_total: number }[] = Object(body).billing_events
  return events.map(({ cost_total }) => cost_total)
}

describe('billing events', () => {
  test("give a job's cost some time after its end", async () => {
    const bench = createBench()
    const id = await bench.submit('A paper boat', { resolution: '1080p', duration: '10' })
    await bench.advance(12_999)
    expect(await totals(bench)).toEqual([])
    await bench.advance(1)
    const event = {
      request_id: id,
      endpoint_id: MODEL_ID,
      timestamp: '2026-01-01T00:00:11.000Z',
      output_units: 22.5,
      unit_price: 0.04,
      percent_discount: null,
      cost_subtotal: 0.9,
      cost_discount: 0,
      cost_total: 0.9,
      cost_estimate_nano_usd: 900_000_000,
    }
    const page = { billing_events: [event], next_cursor: null, has_more: false }
    expect(await ask(bench)).toEqual(answer(200, page))
    expect(bench.emulator.jobs()).toMatchObject([{ billed: true, billed_usd: 0.9 }])
  })

  test('are missing for jobs that were not charged, and follow the markers', async () => {
    const bench = createBench({ billingLagMs: 0 })
    const prompts = ['', 'outcome=no_media', 'billed=false', 'bill_usd=0.123', 'bill_usd=0']
    for (const markers of prompts) await bench.submit(`A [emulator: ${markers}]`)
    await bench.submit('A [emulator: outcome=model_500 billed=true]')
    await bench.cancel(await bench.submit('A paper boat'))
    await bench.advance(11_000)
    expect(await totals(bench)).toEqual([0.2, 0.123, 0, 0.2])
    const billed = bench.emulator.jobs().map(({ billed_usd }) => billed_usd)
    expect(billed).toEqual([0.2, null, null, 0.123, 0, 0.2, null])
  })

  test('can be filtered by request id and time, and paged', async () => {
    const bench = createBench({ queueMs: 0, renderMs: 0, billingLagMs: 0 })
    const ids: string[] = []
    for (const usd of [1, 2, 3]) {
      ids.push(await bench.submit(`A [emulator: bill_usd=${usd}]`))
      await bench.advance(1_000)
    }
    expect(await totals(bench, `request_id=${ids[0]},${ids[2]}`)).toEqual([1, 3])
    expect(await totals(bench, `request_id=${ids[0]}&request_id=${ids[1]}`)).toEqual([1, 2])
    const window = 'start=2026-01-01T00:00:01Z&end=2026-01-01T00:00:02Z'
    expect(await totals(bench, window)).toEqual([2])
    const { body } = await ask(bench, 'limit=2')
    const { next_cursor: cursor, has_more: hasMore } = Object(body)
    expect([hasMore, await totals(bench, `limit=2&cursor=${cursor}`)]).toEqual([true, [3]])
    expect((await ask(bench, `request_id=${Array(51).fill(ids[0]).join(',')}`)).status).toBe(400)
    expect((await ask(bench, 'start=2025-10-01')).status).toBe(400)
  })

  test('need an admin key', async () => {
    const bench = createBench()
    const error = { type: 'authorization_error', message: 'Admin API key required' }
    expect(await ask(bench, '', {})).toEqual(answer(403, { error }))
    expect((await ask(bench, '', { authorization: 'Key no:body' })).status).toBe(401)
    await bench.control('faults', { op: 'billing', fault: 429 })
    expect((await ask(bench)).status).toBe(429)
    const { body } = await bench.call('GET', '/_emulator/calls')
    const calls = [403, 401, 429].map((status) => ({ op: 'billing', status }))
    expect(body).toMatchObject({ calls })
    const other = createBench({ billingKey: 'other:key' })
    expect((await ask(other, '', { authorization: 'Key other:key' })).status).toBe(200)
  })
})

test('serves prices, the model description and the webhook IP ranges', async () => {
  const bench = createBench()
  const prices = await bench.call('GET', `/v1/models/pricing?endpoint_id=${MODEL_ID}`)
  const price = { endpoint_id: MODEL_ID, unit_price: 0.04, unit: 'seconds', currency: 'USD' }
  expect(prices.body).toEqual({ prices: [price], next_cursor: null, has_more: false })
  expect((await bench.call('GET', '/v1/models/pricing')).status).toBe(400)
  const models = await bench.call('GET', `/v1/models?endpoint_id=${MODEL_ID}&expand=openapi-3.0`)
  expect(models.body).toMatchObject({ models: [{ endpoint_id: MODEL_ID, openapi: {} }] })
  const meta = await bench.call('GET', '/v1/meta', undefined, { authorization: '' })
  expect(meta).toEqual(answer(200, { webhook_ip_ranges: expect.any(Array) }))
})
