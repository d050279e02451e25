import { expect, test, vi } from 'vitest'
import type { AccountEvent, AccountEventsOptions } from '../../src/client/index.ts'
import { type Answer, clientOf, eventStream, json, problem } from './scripted-gateway.ts'

const happened = (id: number): AccountEvent => ({
  id,
  type: 'generation.deleted',
  generation_id: 'gen_1',
  created_at: '2026-11-28T10:00:00.000Z',
})
const stream = (...ids: number[]) =>
  eventStream(ids.map((id) => `id: ${id}\ndata: ${JSON.stringify(happened(id))}\n\n`)).answer
const page = (next: string, more: boolean, ...ids: number[]) =>
  json({ object: 'list', data: ids.map(happened), has_more: more, next_cursor: next })

/** The first so many events that a client gives, and what it asked for meanwhile. */
const take = async (count: number, options: AccountEventsOptions, ...answers: Answer[]) => {
  vi.useFakeTimers()
  const { pika, asked: calls } = clientOf(...answers)
  const ids: number[] = []
  const read = async () => {
    for await (const { id } of pika.accountEvents(options)) if (ids.push(id) === count) break
  }
  await Promise.all([read(), vi.runAllTimersAsync()])
  vi.useRealTimers()
  const asked = calls.map(
    ({ url, headers }) => `${new URL(url).search} ${headers.get('last-event-id')}`,
  )
  return { ids, asked }
}

test('follows a stream from now on, and misses nothing if it is cut before its first event', async () => {
  const { ids, asked } = await take(3, {}, page('7', false), stream(), stream(8, 9), stream(9, 10))
  expect(ids).toEqual([8, 9, 10])
  expect(asked).toEqual(['?after=now null', ' 7', ' 7', ' 9'])
})

test('asks for pages where it is told to, each after the one before', async () => {
  const answers = [
    page('2', true, 1, 2),
    page('3', false, 3),
    page('3', false),
    page('5', false, 5),
  ]
  const options = { lastEventId: 0, pollSeconds: 2, types: ['generation.deleted'] } as const
  const { ids, asked } = await take(4, options, ...answers)
  expect(ids).toEqual([1, 2, 3, 5])
  const types = 'types=generation.deleted'
  expect(asked).toEqual([0, 2, 3, 3].map((after) => `?${types}&after=${after} null`))
})

test('says so if some events are no longer kept', async () => {
  const first = clientOf(problem('events_expired')).pika.accountEvents({ lastEventId: 3 }).next()
  await expect(first).rejects.toMatchObject({ code: 'events_expired' })
})
