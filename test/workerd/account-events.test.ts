import { abortAllDurableObjects } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { type AccountEvent, accountEvent } from '../../src/contract/events.ts'
import { newCaller } from './callers.ts'
import { followPath } from './sse.ts'
import { api, clock, eventually, fal, freshWorld, HOUR_MS, inside } from './world.ts'

freshWorld()

const page = (query = ''): Promise<api.Page<AccountEvent>> => api.get(`/v1/events${query}`)

const streamed = (query = '', lastEventId?: number, ask = api.call) =>
  followPath(`/v1/events${query}`, lastEventId, ask, (data) => accountEvent.parse(data))

const { removeGeneration: remove } = api

const made = async (): Promise<string> => (await fal.completed()).id

const LIFE = ['generation.submitting', 'generation.queued', 'generation.completed']

/** Each event's generation and type, without `in_progress`, which may or may not have been seen. */
const told = (events: readonly AccountEvent[]) =>
  events
    .filter(({ type }) => type !== 'generation.in_progress')
    .map(({ generation_id, type }) => `${generation_id} ${type}`)

const toldIn = ({ events }: Pick<Awaited<ReturnType<typeof streamed>>, 'events'>) =>
  told(events.map(({ data }) => data))

it("lists each generation's events, page by page", async () => {
  const ids = [await made(), await made()]
  const whole = await page()
  expect(told(whole.data)).toEqual(ids.flatMap((id) => LIFE.map((type) => `${id} ${type}`)))
  expect(whole.has_more).toBe(false)
  const read: AccountEvent[] = []
  let next: string | null = '0'
  for (let more = true; more;) {
    const part: api.Page<AccountEvent> = await page(`?limit=2&after=${next}`)
    read.push(...part.data)
    ;[more, next] = [part.has_more, part.next_cursor]
  }
  expect(read).toEqual(whole.data)
  const ends = await page('?types=generation.completed,generation.failed')
  expect(told(ends.data)).toEqual(ids.map((id) => `${id} generation.completed`))
  expect(ends.next_cursor).toBe(whole.next_cursor)
  expect(await page('?after=now')).toEqual({ ...ends, data: [] })
  const wrong = ['types=nothing', 'after=-1', 'limit=0', 'after=soon']
  const refused = wrong.map((query) => api.call(`/v1/events?${query}`))
  expect(await api.codesOf(refused)).toEqual(['invalid_input'])
})

it('streams new events, and resumes after the last one seen without losing or repeating any', async () => {
  await made()
  const follower = await streamed()
  const id = await made()
  await eventually(async () => toldIn(follower).length === 3)
  follower.leave()
  // A follower that was away during a crash and more events gets each event once.
  const seen = follower.events.slice(0, 1)
  await abortAllDurableObjects()
  const later = await made()
  const resumed = await streamed('', seen[0]?.id)
  await eventually(async () => toldIn(resumed).length === 5)
  resumed.leave()
  const all = toldIn({ events: [...seen, ...resumed.events] })
  expect(all).toEqual([id, later].flatMap((one) => LIFE.map((type) => `${one} ${type}`)))
  for (const { id, name, data } of resumed.events) expect(data).toMatchObject({ id, type: name })
  const ends = await streamed('?types=generation.completed', 0)
  await eventually(async () => ends.events.length === 3)
  ends.leave()
})

it("lists a generation's deletion, and drops its earlier events", async () => {
  const id = await made()
  const { next_cursor } = await page('?after=now')
  await remove(id)
  const { data } = await page()
  expect(told(data)).toEqual([`${id} generation.deleted`])
  expect((await page(`?after=${next_cursor}`)).data).toEqual(data)
})

it('keeps events for seven days, and refuses a cursor that is older', async () => {
  const id = await made()
  await clock.stop()
  await clock.travel(8 * 24 * HOUR_MS)
  const later = await made()
  await inside.stub().runDue(Date.now(), null)
  expect(told((await page()).data)).toEqual(LIFE.map((type) => `${later} ${type}`))
  const refused = ['application/json', 'text/event-stream'].map((accept) =>
    api.call('/v1/events?after=1', { headers: { accept } }),
  )
  expect(await api.codesOf(refused)).toEqual(['events_expired'])
  // The newest event stays, however old: the next event's number follows it.
  await remove(id)
  await remove(later)
  await clock.travel(8 * 24 * HOUR_MS)
  await inside.stub().runDue(Date.now(), null)
  const [last] = (await page()).data
  expect(last?.type).toBe('generation.deleted')
  await made()
  expect((await page(`?after=${last?.id}`)).data[0]?.id).toBe((last?.id ?? 0) + 1)
})

it('opens at most ten streams, and ends each after 15 minutes or when its key is revoked', async () => {
  await clock.stop()
  const { call: ask, made: key } = await newCaller({ account_id: 'default' })
  const own = await streamed('', undefined, ask)
  const others = await Promise.all(Array.from({ length: 9 }, () => streamed()))
  const refused = api.call('/v1/events', { headers: { accept: 'text/event-stream' } })
  expect(await api.codeOf(refused)).toBe('too_many_streams')
  await api.remove(`/v1/keys/${key.id}`)
  await own.ended
  await clock.travel(15 * 60_000)
  await api.create()
  await Promise.all(others.map(({ ended }) => ended))
})

it('also lists events written by an older release, which does not know this log', async () => {
  const id = await made()
  const [first] = await inside.sql<{ doc: string }>('SELECT doc FROM events LIMIT 1')
  const insert = 'INSERT INTO events (generation_id, seq, doc) VALUES (?, 99, ?)'
  await inside.sql(insert, id, first?.doc)
  expect((await page()).data.at(-1)?.type).toBe(JSON.parse(first?.doc ?? '').type)
})
