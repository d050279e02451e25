import { runInDurableObject } from 'cloudflare:test'
import { expect, it, vi } from 'vitest'
import type { GenerationEvent } from '../../src/contract/events.ts'
import { newCaller } from './callers.ts'
import { follow } from './sse.ts'
import { api, clock, eventually, fal, freshWorld, inside } from './world.ts'

freshWorld()

/** A generation that takes long at fal, and a follower of its events. */
const followed = async (lastEventId?: number) => {
  const created = await api.create({ prompt: fal.marked('render_ms=600000') })
  return { created, follower: await follow(created.id, lastEventId) }
}

const lookCount = async (): Promise<number> => (await fal.calls('status')).length

const asJson = async (id: string, lastEventId = 0): Promise<readonly GenerationEvent[]> => {
  const headers = { 'last-event-id': String(lastEventId) }
  return (await api.get<api.Page<GenerationEvent>>(`/v1/generations/${id}/events`, headers)).data
}

it('streams each change as it happens, numbered and named, and ends after the last', async () => {
  const { created, follower } = await followed()
  expect(follower.response.headers.get('content-type')).toMatch('text/event-stream')
  expect(follower.response.headers.get('cache-control')).toBe('no-store')
  await eventually(async () => follower.events.length >= 2)
  await fal.finish()
  await follower.ended
  // The follower may have seen it running, with its log.
  const seen = new Set(['generation.in_progress', 'generation.log'])
  const states = follower.events.filter(({ name }) => !seen.has(name))
  const life = ['submitting', 'queued', 'completed'].map((name) => `generation.${name}`)
  expect(states.map(({ name }) => name)).toEqual(life)
  expect(follower.events.map(({ id }) => id)).toEqual(follower.events.map((_, index) => index + 1))
  for (const { id, name, data } of follower.events) {
    expect(data).toMatchObject({ id, type: name, generation_id: created.id })
  }
  expect(states.at(-1)?.data).toMatchObject({ generation: { status: 'completed' } })
  expect(await asJson(created.id)).toEqual(follower.events.map(({ data }) => data))
})

it('shows in each event the generation as it was at that moment', async () => {
  const created = await api.create({ prompt: fal.marked('submit=lost') })
  await fal.deliverAll()
  expect(await asJson(created.id)).toMatchObject([
    { type: 'generation.submitting', generation: { status: 'submitting' } },
    { type: 'generation.unconfirmed', generation: { status: 'submitting' } },
    { type: 'generation.queued', generation: { status: 'queued' } },
    { type: 'generation.completed', generation: { status: 'completed' } },
  ])
})

it('resumes after the last event seen, with none missed and none repeated', async () => {
  const { created, follower: first } = await followed()
  await eventually(async () => first.events.length === 2)
  first.leave()
  const second = await follow(created.id, 1)
  await fal.finish()
  await second.ended
  const whole = await follow(created.id)
  await whole.ended
  expect([...first.events.slice(0, 1), ...second.events]).toEqual(whole.events)
  const rest = await follow(created.id, whole.events.length - 1)
  await rest.ended
  expect(rest.events.map(({ name }) => name)).toEqual(['generation.completed'])
})

it('answers 204 to a follower that has seen the end', async () => {
  const { id } = await api.create()
  await fal.deliverAll()
  const { response, ended, events } = await follow(id, 3)
  await ended
  expect([response.status, events, await asJson(id, 3)]).toEqual([204, [], []])
})

it('skips past events if the Last-Event-ID lies ahead, and still sends the last event', async () => {
  const { follower } = await followed(999_999)
  await fal.finish()
  await follower.ended
  expect(follower.events.map(({ name }) => name)).not.toContain('generation.submitting')
  expect(follower.events.at(-1)?.name).toBe('generation.completed')
})

it('refuses an invalid Last-Event-ID', async () => {
  const { id } = await api.create()
  const headers = { 'last-event-id': 'x' }
  const refused = api.call(`/v1/generations/${id}/events`, { headers })
  expect(await api.codeOf(refused)).toBe('invalid_header')
})

it('streams the queue position and the log while someone watches', async () => {
  await clock.stop()
  const markers = 'queue_ms=9000 queue_position=2 render_ms=10000'
  const created = await api.create({ prompt: fal.marked(markers) })
  const follower = await follow(created.id)
  for (let second = 1; second <= 22; second++) {
    await clock.travel(1000)
    await eventually(async () => {
      const { status } = await api.read(created.id)
      return status === 'completed' || (await lookCount()) >= second
    })
  }
  await follower.ended
  const told = follower.events.map(({ data }) =>
    data.type === 'generation.log' ? data.message : data.type.replace('generation.', ''),
  )
  const lines = Array.from({ length: 11 }, (_, step) => `Rendering: ${step * 10}%`)
  expect(told.filter((each) => lines.includes(each))).toEqual(lines)
  const others = told.filter((each) => !lines.includes(each)).join()
  expect(others).toBe('submitting,queued,queue_position,queue_position,in_progress,completed')
})

it('asks fal at most once a second for any number of watchers and readers', async () => {
  const { id } = await api.create({ prompt: fal.marked('render_ms=600000') })
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  const followers = await Promise.all(Array.from({ length: 200 }, () => follow(id)))
  const readMany = () => Promise.all(Array.from({ length: 50 }, () => api.read(id)))
  await readMany()
  expect(await lookCount()).toBe(1)
  for (const looks of [2, 3]) {
    await inside.advanceTimers(999)
    await readMany()
    expect(await lookCount()).toBe(looks - 1)
    await inside.advanceTimers(1)
    await readMany()
    expect(await lookCount()).toBe(looks)
  }
  await clock.travel(600_000)
  await fal.deliverAll()
  await Promise.all(followers.map(({ ended }) => ended))
  for (const { events } of followers) {
    expect(events.at(-1)?.name).toBe('generation.completed')
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1))
  }
})

it('stops asking fal when the last watcher has gone', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  const { follower } = await followed()
  await inside.advanceTimers(1000)
  await eventually(async () => (await lookCount()) === 1)
  follower.leave()
  await eventually(async () => vi.getTimerCount() === 0)
  await inside.advanceTimers(60_000)
  expect(await lookCount()).toBe(1)
})

it('closes a stream when the key or client secret that opened it expires', async () => {
  await clock.stop()
  const nowMs = Date.now()
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: nowMs })
  const caller = await newCaller({ expires_at: new Date(nowMs + 60_000).toISOString() })
  // Nothing happens to it while it is queued, so that only a heartbeat can end a stream.
  const { id, client_secret } = await caller.create({ prompt: fal.marked('queue_ms=600000') })
  const lasting = await newCaller()
  const byKey = await follow(id, 0, caller.call)
  const bySecret = await follow(id, 0, api.holderOf(client_secret).call)
  const others = await follow(id, 0, lasting.call)
  await eventually(async () => byKey.events.length === 2)
  vi.setSystemTime(nowMs + 59_999)
  await inside.advanceTimers(12_000, 'studio')
  await byKey.ended
  await eventually(async () => bySecret.comments() === 1)

  const expiresAtMs = nowMs + 24 * 3600_000 + 1000
  vi.setSystemTime(expiresAtMs)
  await lasting.send('POST', `/v1/generations/${id}/cancel`, {})
  await bySecret.ended
  const toldLate = ({ events }: typeof others) =>
    events.some(({ data }) => Date.parse(data.created_at) >= expiresAtMs)
  await eventually(async () => toldLate(others))
  expect(toldLate(bySecret)).toBe(false)
  others.leave()
})

it('opens at most 1,000 streams per generation and 5 per client secret', async () => {
  const { call: asKey, create } = await newCaller()
  const { id, client_secret } = await create({ prompt: fal.marked('render_ms=600000') })
  const path = `/v1/generations/${id}/events`
  await runInDurableObject(inside.stub('studio'), async (account) => {
    const open = () => account.fetch(new Request(`https://account/events?id=${id}&key=admin`))
    const streams = [await open()]
    while (streams.length < 1000) streams.push(await open())
    expect((await api.readProblem(asKey(path))).detail).toContain('1000 event streams')
    expect((await asKey(`/queue/fal-ai/pika/requests/${id}/status/stream`)).status).toBe(429)
    for (const { body } of streams) await body?.cancel()
  })
  const holder = api.holderOf(client_secret)
  const own = await Promise.all(Array.from({ length: 5 }, () => follow(id, 0, holder.call)))
  const refused = await holder.call(path)
  expect(refused.headers.get('retry-after')).toBe('15')
  const { code, retryable } = await api.readProblem(refused)
  expect([code, retryable]).toEqual(['too_many_streams', true])
  const other = await follow(id, 0, asKey)
  expect(other.response.status).toBe(200)
  own.pop()?.leave()
  await eventually(async () => (await holder.call(path)).status === 200)
  for (const { leave } of [...own, other]) leave()
})
