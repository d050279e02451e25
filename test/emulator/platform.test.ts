import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { createEmulator, DEFAULT_BILLING_KEY, DEFAULT_FAL_KEY } from '../../src/emulator/index.ts'

const MODEL = 'fal-ai/pika/v2.2/text-to-video'
const START_MS = Date.parse('2026-11-23T09:00:00Z')
const DAY_MS = 24 * 3600_000

/** What these answer, as far as it is looked at. */
const answer = z.looseObject({
  request_id: z.catch(z.string(), ''),
  items: z.catch(
    z.array(z.looseObject({ request_id: z.string(), json_input: z.optional(z.unknown()) })),
    [],
  ),
  billing_events: z.catch(z.array(z.unknown()), []),
  next_cursor: z.catch(z.nullable(z.string()), null),
})

const createBench = () => {
  let nowMs = START_MS
  const emulator = createEmulator({
    loadVideo: async () => new Uint8Array(8),
    queueMs: 0,
    renderMs: 1000,
    nowMs: () => nowMs,
  })
  const ask = async (url: string, init: RequestInit = {}, key = DEFAULT_FAL_KEY) => {
    const headers = { authorization: `Key ${key}` }
    const response = await emulator.fetch(new Request(url, { headers, ...init }))
    return { status: response.status, body: answer.parse(await response.json()) }
  }
  const post = async (path: string, body: object) =>
    (
      await ask(`https://queue.fal.run${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { authorization: `Key ${DEFAULT_FAL_KEY}` },
      })
    ).body
  const range = `start=${new Date(START_MS - DAY_MS).toISOString()}&end=${new Date(START_MS + DAY_MS).toISOString()}`
  return {
    travel: (ms: number) => (nowMs += ms),
    submit: async (input: object): Promise<string> => (await post(`/${MODEL}`, input)).request_id,
    control: (path: string, body: object) => post(`/_emulator${path}`, body),
    history: (more = '', key?: string) =>
      ask(
        `https://api.fal.ai/v1/models/requests/by-endpoint?endpoint_id=${MODEL}&${range}&${more}`,
        {},
        key,
      ),
    bills: (more = '', key = DEFAULT_BILLING_KEY) =>
      ask(`https://api.fal.ai/v1/models/billing-events?${range}&${more}`, {}, key),
  }
}

const idsOf = ({ body }: { readonly body: z.infer<typeof answer> }) =>
  body.items.map(({ request_id }) => request_id)

describe('the history', () => {
  test('lists a job after its lag, with its end once it has one, and fills in what was left open', async () => {
    const bench = createBench()
    await bench.control('/settings', { history_lag_ms: 500 })
    const request_id = await bench.submit({ prompt: 'A paper boat', seed: 7 })
    expect((await bench.history()).body).toMatchObject({ items: [], has_more: false })
    bench.travel(500)
    const known = {
      request_id,
      endpoint_id: MODEL,
      sent_at: '2026-11-23T09:00:00.000Z',
      started_at: '2026-11-23T09:00:00.000Z',
    }
    expect((await bench.history()).body.items).toEqual([known])
    bench.travel(500)
    const [item] = (await bench.history('expand=payloads')).body.items
    expect(item).toMatchObject({
      ...known,
      ended_at: '2026-11-23T09:00:01.000Z',
      status_code: 200,
      json_input: { prompt: 'A paper boat', seed: 7, negative_prompt: 'ugly, bad, terrible' },
      json_output: { video: { content_type: 'video/mp4' } },
    })
    expect(Object.keys(Object(item?.json_input))[0]).toBe('seed')
  })

  test('needs the key, and knows what the queue has forgotten', async () => {
    const bench = createBench()
    await bench.submit({ prompt: 'A [emulator: outcome=content_policy]' })
    bench.travel(2 * 3600_000)
    expect((await bench.history('', 'other:key')).status).toBe(401)
    expect((await bench.history('status=user_error')).body.items).toMatchObject([
      { status_code: 422 },
    ])
  })

  test('lists what a marker or a setting says, and when', async () => {
    const bench = createBench()
    await bench.control('/settings', { history_queued: false, history_lag_ms: 0 })
    const never = await bench.submit({ prompt: 'A [emulator: history=never]' })
    const late = await bench.submit({ prompt: 'A [emulator: history=late:60000]' })
    const usual = await bench.submit({ prompt: 'A' })
    expect(idsOf(await bench.history())).toEqual([])
    bench.travel(1000)
    expect(idsOf(await bench.history())).toEqual([usual])
    bench.travel(60_000)
    expect(idsOf(await bench.history()).toSorted()).toEqual([usual, late].toSorted())
    expect(idsOf(await bench.history(`request_id=${never}`))).toEqual([])
    await bench.control('/settings', { history_unlisted: 1 })
    expect(idsOf(await bench.history())).toEqual([late])
  })

  test('has pages, which shift where they are to, and strangers', async () => {
    const bench = createBench()
    for (let seed = 0; seed < 4; seed++) await bench.submit({ prompt: 'A', seed })
    const stranger = await bench.control('/strangers', {
      input: { prompt: 'A' },
      sent_at_ms: START_MS - 1000,
    })
    bench.travel(5000)
    const first = await bench.history('limit=3')
    const second = await bench.history(`limit=3&cursor=${first.body.next_cursor}`)
    expect([...idsOf(first), ...idsOf(second)]).toHaveLength(5)
    expect(idsOf(second)).toContain(stranger.request_id)
    await bench.control('/settings', { history_shifts: true })
    const shifted = await bench.history(`limit=3&cursor=${first.body.next_cursor}`)
    expect(idsOf(shifted)[0]).toBe(idsOf(first)[2])
  })
})

describe('what was charged', () => {
  test('is told to an admin key, some time after the end, for what had an output', async () => {
    const bench = createBench()
    const paid = await bench.submit({ prompt: 'A', resolution: '1080p', duration: 10 })
    const odd = await bench.submit({ prompt: 'A [emulator: bill_usd=0.123456]' })
    await bench.submit({ prompt: 'A [emulator: outcome=model_500]' })
    bench.travel(1000)
    expect((await bench.bills('', DEFAULT_FAL_KEY)).status).toBe(403)
    expect((await bench.bills()).body.billing_events).toEqual([])
    bench.travel(2000)
    expect((await bench.bills()).body.billing_events).toMatchObject([
      { request_id: paid, cost_total: 0.9, cost_estimate_nano_usd: 900_000_000 },
      { request_id: odd, cost_total: 0.123456 },
    ])
    const asked = await bench.bills(`request_id=${odd},other`)
    expect(asked.body.billing_events).toHaveLength(1)
  })
})
