import { abortAllDurableObjects } from 'cloudflare:test'
import { beforeEach, expect, it, vi } from 'vitest'
import { Webhook as Verifier } from 'standardwebhooks'
import type { CreatedWebhook, Webhook, WebhookDelivery } from '../../src/contract/webhook.ts'
import { answering, clearReceived, received } from './received.ts'
import { newCaller, revoke } from './callers.ts'
import type { Received } from './receiver.ts'
import { nextMinute, SCHEDULE, schedule } from './schedules-world.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside } from './world.ts'

freshWorld()

const HEARD = 'https://a.receiver.test/ok'
beforeEach(clearReceived)

const endpoint = async (body: object = {}): Promise<CreatedWebhook> => {
  const response = await api.post('/v1/webhooks', { url: HEARD, ...body })
  expect(response.status).toBe(201)
  return response.json()
}

const show = (id: string): Promise<Webhook> => api.get(`/v1/webhooks/${id}`)

const deliveries = async (id: string): Promise<WebhookDelivery[]> =>
  (await api.get<{ data: WebhookDelivery[] }>(`/v1/webhooks/${id}/deliveries?limit=100`)).data

/** Waits until the newest delivery has had this many attempts. */
const attempted = (id: string, attempts: number): Promise<WebhookDelivery> =>
  eventually(async () => {
    const [newest] = await deliveries(id)
    return newest !== undefined && newest.attempts.length >= attempts && newest
  })

/** Makes a generation that ends, so that every endpoint is notified. */
const ended = async (input: object = {}): Promise<string> => {
  const { id } = await api.create(input)
  await fal.deliverAll()
  return id
}

/** Returns what a message says; throws unless it was signed with this secret. */
const verified = (secret: string, message: Received | undefined): unknown =>
  new Verifier(secret).verify(message?.body ?? '', message?.headers ?? {})

const body = ({ body: text }: Received): { type: string; timestamp: string; data: unknown } =>
  JSON.parse(text)

it("notifies an endpoint of a generation's end, in a message that Standard Webhooks verifies", async () => {
  const { id, secret } = await endpoint({ events: ['generation.completed'] })
  const made = await ended()
  await attempted(id, 1)
  const [message] = await received()
  expect(verified(secret, message)).toEqual({
    type: 'generation.completed',
    timestamp: expect.any(String),
    data: await api.read(made),
  })
  const times = { at: expect.any(String), took_ms: expect.any(Number) }
  const other = `whsec_${btoa('x'.repeat(32))}`
  expect(() => verified(other, message)).toThrow('No matching signature')
  expect(await deliveries(id)).toEqual([
    {
      id: message?.headers['webhook-id'],
      object: 'webhook_delivery',
      type: 'generation.completed',
      url: HEARD,
      generation_id: made,
      state: 'delivered',
      attempts: [{ ...times, status: 200, error: null, body: 'thanks' }],
      next_attempt_at: null,
      created_at: expect.any(String),
    },
  ])
})

it('shows a secret once, and signs with the old and the new one for a day after a rotation', async () => {
  const first = await endpoint()
  expect(await show(first.id)).not.toHaveProperty('secret')
  expect(JSON.stringify(await api.get('/v1/webhooks'))).not.toContain('whsec_')
  const rotating = await api.post(`/v1/webhooks/${first.id}/rotate-secret`, {})
  const rotated = await rotating.json<CreatedWebhook>()
  await ended()
  const message = await eventually(async () => (await received())[0])
  for (const { secret } of [first, rotated]) verified(secret, message)
  await clock.stop()
  await clock.travel(24 * HOUR_MS + 1)
  await api.post(`/v1/webhooks/${first.id}/test`, {})
  const later = (await received()).at(-1)
  expect(later?.headers['webhook-signature']?.split(' ')).toHaveLength(1)
  verified(rotated.secret, later)
})

it("notifies the address that a generation names, and signs with the account's secret", async () => {
  const secretOf = async (): Promise<CreatedWebhook> =>
    (await api.post('/v1/accounts/default/webhook-secret', {})).json()
  const { secret } = await secretOf()
  const id = await ended({ webhook_url: 'https://own.receiver.test/ok' })
  const message = await eventually(async () => (await received())[0])
  const data = { id, status: 'completed' }
  expect(verified(secret, message)).toMatchObject({ type: 'generation.completed', data })
  // The address is not shown: a browser with the client secret may read this.
  expect(JSON.stringify(await api.read(id))).not.toContain('own.receiver')
  await attempted('account', 1)
  const previous_secret_until = expect.any(String)
  expect(await secretOf()).toMatchObject({ object: 'webhook_secret', previous_secret_until })
})

it.each([
  ['500', { status: 500, error: null }, 5],
  ['redirect', { status: 302, error: null }, 5],
  ['429/600', { status: 429, error: null }, 600],
  ['503/0', { status: 503, error: null }, 5],
] as const)(
  'retries after %s, with the same id and body, and not too soon',
  async (how, last, seconds) => {
    await clock.stop()
    const { id, secret } = await endpoint({ url: `https://b.receiver.test/${how}` })
    await ended()
    const failed = await attempted(id, 1)
    expect(failed).toMatchObject({ state: 'pending', attempts: [last] })
    expect((await show(id)).failing_since).not.toBeNull()
    const waitMs = Date.parse(failed.next_attempt_at ?? '') - Date.now()
    expect(waitMs).toBeGreaterThanOrEqual(seconds * 900)
    expect(waitMs).toBeLessThanOrEqual(seconds * 1100)
    await answering({ 'b.receiver.test': 'ok' })
    await clock.pass(waitMs - 1)
    await clock.settle()
    expect(await received('b')).toHaveLength(1)
    await clock.pass(1)
    expect(await attempted(id, 2)).toMatchObject({ state: 'delivered', next_attempt_at: null })
    const [one, two] = await received('b')
    expect([two?.headers['webhook-id'], two?.body]).toEqual([one?.headers['webhook-id'], one?.body])
    verified(secret, two)
    expect(await received('elsewhere')).toEqual([])
    expect((await show(id)).failing_since).toBeNull()
  },
)

it('gives a receiver 15 seconds to answer, and then counts the attempt as failed', async () => {
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    expect(ms).toBe(15_000)
    return AbortSignal.any([AbortSignal.abort()])
  })
  const { id } = await endpoint({ url: 'https://b.receiver.test/hang' })
  await ended()
  const attempts = [{ status: null, error: 'timed_out' }]
  expect(await attempted(id, 1)).toMatchObject({ state: 'pending', attempts })
})

it('gives up a delivery after about a day, and disables an endpoint that fails for three days', async () => {
  await clock.stop()
  const { id } = await endpoint({ url: 'https://b.receiver.test/500' })
  const startMs = Date.now()
  for (let day = 0; day < 4; day++) {
    await ended()
    for (let tries = 1; ; tries++) {
      const { state, next_attempt_at } = await attempted(id, tries)
      if (state !== 'pending') break
      await clock.pass(Math.max(0, Date.parse(next_attempt_at ?? '') - Date.now()))
    }
    const hours = (Date.now() - startMs) / HOUR_MS
    expect(hours).toBeGreaterThan(20 * (day + 1))
    expect(hours).toBeLessThan(26 * (day + 1))
  }
  expect(await show(id)).toMatchObject({ enabled: false, disabled_reason: 'failing' })
  const sent = (await received()).length
  expect(sent).toBe(4 * 9)
  await ended()
  await clock.settle()
  expect(await received()).toHaveLength(sent)
  const enabled = await api.patch(`/v1/webhooks/${id}`, { enabled: true })
  expect(await enabled.json()).toMatchObject({ enabled: true, failing_since: null })
})

it('disables an endpoint that answers 410, cancels its deliveries, and resends one on request', async () => {
  await clock.stop()
  const { id } = await endpoint({ url: 'https://b.receiver.test/500' })
  await ended()
  await attempted(id, 1)
  await answering({ 'b.receiver.test': '410' })
  const logged = vi.spyOn(console, 'log')
  const tested = await api.post(`/v1/webhooks/${id}/test`, {})
  expect(await tested.json()).toMatchObject({ state: 'failed', attempts: [{ status: 410 }] })
  const alert = { event: 'webhook_given_up', endpoint_id: id, health: 'gone' }
  expect(logged.mock.calls.map(([line]) => JSON.parse(line))).toContainEqual(alert)
  expect(await show(id)).toMatchObject({ enabled: false, disabled_reason: 'gone' })
  const owed = (await deliveries(id)).find(({ type }) => type === 'generation.completed')
  expect(owed).toMatchObject({ state: 'canceled', next_attempt_at: null })
  const resend = () => api.post(`/v1/webhooks/${id}/deliveries/${owed?.id}/resend`, {})
  expect(await api.codeOf(resend())).toBe('webhook_disabled')
  await api.patch(`/v1/webhooks/${id}`, { enabled: true, url: HEARD })
  expect(await (await resend()).json()).toMatchObject({ id: owed?.id, state: 'delivered' })
  const [first] = await received('b')
  const [again] = await received('a')
  expect([again?.headers['webhook-id'], again?.body]).toEqual([owed?.id, first?.body])
})

it('delivers what a dead process had claimed, at least once and under one id', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  await clock.stop()
  const { id } = await endpoint({ url: 'https://b.receiver.test/hang' })
  await ended()
  await eventually(async () => (await received()).length === 1)
  await abortAllDurableObjects()
  await answering({ 'b.receiver.test': 'ok' })
  await clock.pass(59_000)
  await clock.settle()
  expect(await received()).toHaveLength(1)
  await clock.pass(2000)
  expect(await attempted(id, 1)).toMatchObject({ state: 'delivered' })
  const ids = (await received()).map(({ headers }) => headers['webhook-id'])
  expect([ids.length, new Set(ids).size]).toEqual([2, 1])
})

it('notifies 49 endpoints within two seconds while one hangs, which gets one message at a time', async () => {
  for (let n = 1; n < 50; n++) await endpoint({ url: `https://n${n}.receiver.test/ok` })
  /** Ends another generation; returns how long the slowest message took. */
  const slowestMs = async (ends: number): Promise<number> => {
    await ended()
    await eventually(async () => (await received('n')).length === ends * 49)
    const newest = (await received('n')).slice(-49)
    return Math.max(...newest.map((one) => one.atMs - Date.parse(body(one).timestamp)))
  }
  const aloneMs = await slowestMs(1)
  const hanging = await endpoint({ url: 'https://hang.receiver.test/hang' })
  // A busy machine takes longer, but then it does so without the hanging one too.
  expect(await slowestMs(2)).toBeLessThan(Math.max(2000, 3 * aloneMs))
  await slowestMs(3)
  expect(await received('hang')).toHaveLength(1)
  expect((await deliveries(hanging.id)).map(({ state }) => state)).toEqual(['pending', 'pending'])
})

it('refuses a forbidden address, and sends nothing to one that was stored earlier', async () => {
  const webhook_url = 'https://localhost/'
  for (const [path, asked] of [
    ['/v1/webhooks', { url: 'http://a.receiver.test/ok' }],
    ['/v1/webhooks', { url: 'https://gateway.test/v1/generations' }],
    ['/v1/generations', { prompt: 'x', webhook_url: 'https://10.0.0.1/' }],
    ['/v1/schedules', { ...SCHEDULE, webhook_url }],
  ] as const) {
    const refused = await api.readProblem(api.post(path, asked))
    expect([path, refused.code, refused.errors?.length]).toEqual([path, 'invalid_input', 1])
  }
  const { id } = await endpoint()
  // As if the rules had been different when the endpoint was made.
  await inside.sql(`UPDATE webhook_endpoints SET doc = json_set(doc, '$.url', 'https://10.0.0.1/')`)
  await abortAllDurableObjects()
  await ended()
  const attempts = [{ status: null, error: 'url_refused' }]
  expect(await attempted(id, 1)).toMatchObject({ attempts })
})

it("disables a key's webhooks when the key is revoked", async () => {
  const owner = await newCaller()
  await owner.post('/v1/webhooks', { url: HEARD })
  await revoke(owner.made.id)
  const disabled = { enabled: false, disabled_reason: 'key_revoked' }
  const listed = await api.get('/v1/webhooks', { 'pika-account': 'studio' })
  expect(listed).toMatchObject({ data: [disabled] })
})

it("deletes a generation's deliveries together with the generation", async () => {
  const { id } = await endpoint()
  const made = await ended()
  await attempted(id, 1)
  await eventually(async () => (await api.remove(`/v1/generations/${made}`)).status === 200)
  expect(await deliveries(id)).toEqual([])
})

it('sends one message for each failed run, paused schedule and budget threshold', async () => {
  await clock.stop()
  await endpoint({ events: ['schedule.paused', 'schedule.run_failed', 'budget.threshold_reached'] })
  const made = await schedule({
    input: { prompt: fal.marked('outcome=model_500') },
    daily_budget_usd: 0.25,
    webhook_url: 'https://own.receiver.test/ok',
  })
  for (let run = 0; run < 5; run++) {
    await nextMinute()
    await inside.allSent()
    await clock.travel(5000)
    await fal.deliverAll()
    await clock.ring()
  }
  /** What a host was sent, by type, once it has the pause and five messages of one type. */
  const toldOf = (host: string, type: string) =>
    eventually(async () => {
      const told = Object.groupBy((await received(host)).map(body), (each) => each.type)
      return told['schedule.paused'] && (told[type]?.length ?? 0) >= 5 && told
    })
  const told = await toldOf('a', 'schedule.run_failed')
  const failed = { data: { object: 'schedule_run', schedule_id: made.id } }
  const paused = { id: made.id, object: 'schedule', paused_reason: 'failures' }
  const reached = { limit: 'schedule_daily', of: made.id, threshold_percent: 80 }
  expect(told).toMatchObject({
    'schedule.run_failed': Array.from({ length: 5 }, () => failed),
    'schedule.paused': [{ data: paused }],
    'budget.threshold_reached': [{ data: reached }],
  })
  expect((await toldOf('own', 'generation.failed'))['generation.failed']).toHaveLength(5)
  const log = await api.get('/v1/events?types=schedule.paused,budget.threshold_reached')
  const data = [{ type: 'budget.threshold_reached' }, { type: 'schedule.paused' }]
  expect(log).toMatchObject({ data })
})

it('writes three rows for a delivery, and none for a generation that nobody listens to', async () => {
  const ranForOne = async () => {
    // The first generation in a process reads the list of endpoints.
    await ended()
    await clock.settle(300)
    const ran = await inside.metered(() => ended().then(() => clock.settle(300)))
    return ran.filter(({ query }) => query.includes('webhook'))
  }
  expect(await ranForOne()).toEqual([])
  await endpoint({ events: ['generation.completed'] })
  expect(inside.total(await ranForOne(), 'rowsWritten')).toBe(3)
})
