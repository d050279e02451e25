import { expect, test, vi } from 'vitest'
import { type PikaClient, PikaError } from '../../src/client/index.ts'
import { ID, queued } from './example.ts'
import {
  type Answer,
  brokenNetwork,
  clientOf,
  finish,
  json,
  problem,
  usePassingTime,
} from './scripted-gateway.ts'

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
  const { pika, asked } = clientOf(...answers)
  return { schedules: pika.schedules, asked }
}

usePassingTime()

type Work = (schedules: PikaClient['schedules']) => Promise<unknown>

test.each<[string, string, object, Work]>([
  ['GET', `/${SCHEDULE_ID}`, page, (schedules) => schedules.get(SCHEDULE_ID)],
  ['GET', '?limit=5&cursor=x', page, (schedules) => schedules.list({ limit: 5, cursor: 'x' })],
  ['GET', '', page, (schedules) => schedules.list()],
  ['GET', '/a/runs?limit=1', page, (schedules) => schedules.runs('a', { limit: 1 })],
  ['POST', '/preview', made, (schedules) => schedules.preview(REQUEST)],
  ['PATCH', '/sch_1', made, (schedules) => schedules.update('sch_1', { paused: true })],
  ['GET', '/a%2Fb', made, (schedules) => schedules.get('a/b')],
])('%s /v1/schedules%s', async (method, path, answer, work) => {
  const { schedules, asked } = client(json(answer))
  expect(await work(schedules)).toEqual(answer)
  const url = `https://gateway.example/v1/schedules${path}`
  expect(asked.map((call) => [call.method, call.url])).toEqual([[method, url]])
})

test('deletes, and answers nothing', async () => {
  const { schedules, asked } = client(json({ ...made, deleted: true }))
  expect(await schedules.delete(SCHEDULE_ID)).toBeUndefined()
  expect(asked[0]).toMatchObject({ method: 'DELETE', body: null })
})

test('creates once: what breaks is sent again under the same key', async () => {
  const { schedules, asked } = client(brokenNetwork, problem('unavailable'), json(made, 201))
  expect(await finish(schedules.create(REQUEST))).toEqual(made)
  expect(asked).toHaveLength(3)
  expect(new Set(asked.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(1)
  expect(asked.map(({ body }) => JSON.parse(body ?? ''))).toEqual([REQUEST, REQUEST, REQUEST])
})

test('runs once, under the key that is given', async () => {
  const made = json({ ...queued, schedule_id: SCHEDULE_ID }, 202)
  const { schedules, asked } = client(brokenNetwork, made)
  const running = schedules.run(SCHEDULE_ID, { idempotencyKey: 'today' })
  expect(await finish(running)).toMatchObject({ id: ID, schedule_id: SCHEDULE_ID })
  const call = ['today', `https://gateway.example/v1/schedules/${SCHEDULE_ID}/run`]
  expect(asked.map(({ headers, url }) => [headers.get('idempotency-key'), url])).toEqual([
    call,
    call,
  ])
})

test('throws what the gateway says, and does not ask again', async () => {
  const errors = [{ path: 'cron', message: 'never fires' }]
  const { schedules, asked } = client(problem('invalid_input', { errors }))
  const error = await finish(schedules.create(REQUEST, { idempotencyKey: 'k1' }))
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
