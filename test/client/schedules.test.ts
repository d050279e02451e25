import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPikaClient, PikaError } from '../../src/client/index.ts'
import { ID, queued } from './example.ts'
import { type Answer, brokenNetwork, json, problem, scriptedGateway } from './scripted-gateway.ts'

const SCHEDULE_ID = 'sch_01m836txt7gb5hjrvqqthaem5x'
const REQUEST = {
  name: 'Good morning',
  cron: '0 9 * * MON-FRI',
  timezone: 'Europe/Paris',
  input: { prompt: 'Paris on {{weekday}}' },
} as const
const made = { id: SCHEDULE_ID, object: 'schedule' }
const page = { object: 'list', data: [made], has_more: false, next_cursor: null }

const client = (...answers: Answer[]) => {
  const gateway = scriptedGateway(...answers)
  const { schedules } = createPikaClient({
    baseUrl: 'https://gateway.example/',
    apiKey: 'k',
    fetch: gateway.fetch,
  })
  return { schedules, asked: gateway.asked }
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test.each([
  ['GET', `/${SCHEDULE_ID}`, page, ({ schedules }: Asking) => schedules.get(SCHEDULE_ID)],
  [
    'GET',
    '?limit=5&cursor=x',
    page,
    ({ schedules }: Asking) => schedules.list({ limit: 5, cursor: 'x' }),
  ],
  ['GET', '', page, ({ schedules }: Asking) => schedules.list()],
  [
    'GET',
    `/${SCHEDULE_ID}/runs?limit=1`,
    page,
    ({ schedules }: Asking) => schedules.runs(SCHEDULE_ID, { limit: 1 }),
  ],
  ['POST', '/preview', made, ({ schedules }: Asking) => schedules.preview(REQUEST)],
  [
    'PATCH',
    `/${SCHEDULE_ID}`,
    made,
    ({ schedules }: Asking) => schedules.update(SCHEDULE_ID, { paused: true }),
  ],
  ['GET', '/a%2Fb', made, ({ schedules }: Asking) => schedules.get('a/b')],
] as const)('%s /v1/schedules%s', async (method, path, answer, work) => {
  const asking = client(json(answer))
  expect(await work(asking)).toEqual(answer)
  expect(asking.asked.map((call) => [call.method, call.url])).toEqual([
    [method, `https://gateway.example/v1/schedules${path}`],
  ])
})

test('deletes, and answers nothing', async () => {
  const { schedules, asked } = client(json({ ...made, deleted: true }))
  expect(await schedules.delete(SCHEDULE_ID)).toBeUndefined()
  expect(asked[0]).toMatchObject({ method: 'DELETE', body: null })
})

test('creates once: what breaks is sent again under the same key', async () => {
  const { schedules, asked } = client(brokenNetwork, problem('unavailable'), json(made, 201))
  const creating = schedules.create(REQUEST)
  await vi.runAllTimersAsync()
  expect(await creating).toEqual(made)
  expect(asked).toHaveLength(3)
  expect(new Set(asked.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(1)
  expect(asked.map(({ body }) => JSON.parse(body ?? ''))).toEqual([REQUEST, REQUEST, REQUEST])
})

test('runs once, under the key that is given', async () => {
  const { schedules, asked } = client(
    brokenNetwork,
    json({ ...queued, schedule_id: SCHEDULE_ID }, 202),
  )
  const running = schedules.run(SCHEDULE_ID, { idempotencyKey: 'today' })
  await vi.runAllTimersAsync()
  expect(await running).toMatchObject({ id: ID, schedule_id: SCHEDULE_ID })
  expect(asked.map(({ headers, url }) => [headers.get('idempotency-key'), url])).toEqual(
    Array.from({ length: 2 }, () => [
      'today',
      `https://gateway.example/v1/schedules/${SCHEDULE_ID}/run`,
    ]),
  )
})

test('throws what the gateway says, and does not ask again', async () => {
  const errors = [{ path: 'cron', message: 'never fires' }]
  const { schedules, asked } = client(problem('invalid_input', { errors }))
  const error: unknown = await schedules
    .create(REQUEST, { idempotencyKey: 'k1' })
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PikaError)
  expect(error).toMatchObject({ code: 'invalid_input', problem: { errors }, idempotencyKey: 'k1' })
  expect(asked).toHaveLength(1)
})

test('ends with its signal', async () => {
  const { schedules } = client(brokenNetwork)
  const controller = new AbortController()
  const reading = schedules.get(SCHEDULE_ID, { signal: controller.signal })
  setTimeout(() => controller.abort(new Error('enough')), 1)
  vi.advanceTimersByTimeAsync(1).catch(() => undefined)
  await expect(reading).rejects.toThrow('enough')
})

type Asking = ReturnType<typeof client>
