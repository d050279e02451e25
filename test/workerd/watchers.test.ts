/** What watchers cost and what they receive, in counts that hold on any machine. */
import { runInDurableObject } from 'cloudflare:test'
import { expect, it, vi } from 'vitest'
import { meterStorage } from '../../bench/worker/meter.ts'
import type { Batch } from '../../src/account/generations/feeds.ts'
import { createEventStream } from '../../src/account/generations/streams.ts'
import { acceptingQueue, aloneWith, asked } from './accounts.ts'
import { hold } from './hold.ts'
import { follow } from './sse.ts'
import { api, eventually, fal, freshWorld, inside } from './world.ts'

freshWorld()

const WATCHERS = 100

const followMany = (id: string) => Promise.all(Array.from({ length: WATCHERS }, () => follow(id)))

it('reads the log once and encodes an event once, however many watch', async () => {
  const { id } = await api.create({ prompt: fal.marked('render_ms=600000') })
  await inside.allSent()
  const meter = await inside.storage(meterStorage)
  const ranOf = (table: string) => {
    const ran = meter.read().filter(({ query }) => query.includes(`FROM ${table} `))
    return inside.total(ran, 'statements')
  }
  const encode = vi.spyOn(TextEncoder.prototype, 'encode')
  const followers = await followMany(id)
  await eventually(async () => followers.every(({ events }) => events.length >= 2))
  // What they share is read for the first of them; a look at fal may read a little too.
  expect(ranOf('keys')).toBeLessThanOrEqual(1)
  expect(ranOf('events')).toBeLessThanOrEqual(3)
  expect(ranOf('generations')).toBeLessThanOrEqual(10)

  await fal.finish()
  await Promise.all(followers.map(({ ended }) => ended))
  for (const { events } of followers) expect(events.at(-1)?.name).toBe('generation.completed')
  expect(ranOf('events')).toBeLessThanOrEqual(3)
  const encoded = (name: string) =>
    encode.mock.calls.filter(([text]) => text?.includes(`event: generation.${name}\n`)).length
  expect([encoded('submitting'), encoded('completed')]).toEqual([1, 1])
})

it('keeps all streams alive with one timer, even after the first stream ends', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const { id } = await api.create({ prompt: fal.marked('render_ms=600000') })
  const [first, ...others] = await followMany(id)
  expect(vi.getTimerCount()).toBe(1)
  first?.leave()
  await eventually(async () => others.every(({ events }) => events.length >= 2))
  await inside.advanceTimers(12_000)
  await eventually(async () => others.every(({ comments }) => comments() === 1))
  for (const { leave } of others) leave()
  await eventually(async () => vi.getTimerCount() === 0)
})

it('asks fal for nothing more if a webhook reports the end before a look does', async () => {
  const { id } = await api.create({ prompt: fal.marked('render_ms=1') })
  await fal.control('/clock', { advance_ms: 1000 })
  const { held, letGo } = hold('/status')
  const reading = api.read(id)
  await eventually(async () => held.length === 1)
  await fal.deliverAll()
  await letGo()
  expect(await reading).toMatchObject({ status: 'completed' })
  await eventually(async () => (await fal.calls('status')).length === 1)
  expect(await api.codeOf(api.cancel(id))).toBe('already_final')
  expect(await fal.calls('result')).toEqual([])
})

it('writes to KV in a later turn than the one that sends watchers their event', async () => {
  const seen = await runInDurableObject(inside.stub(), async (_, state) => {
    const delivered: string[] = []
    const account = aloneWith(state, {
      fal: acceptingQueue(),
      deliver: async ({ key }) => void delivered.push(key),
    })
    const id = 'gen_new'
    await account.admit(asked(id, api.PROMPT))
    await eventually(async () => delivered.includes('request:new'))
    const payload = { video: { url: 'https://fal.test/video.mp4' } }
    const hook = { generationId: id, falRequestId: 'new', falUserId: 'user', payload }
    const stream = await account.fetch(new Request(`https://account/events?id=${id}&key=admin`))
    const told = stream.text()
    expect(await account.hookOfOwn({ ...hook, status: 'OK' })).toBe(true)
    expect(await told).toContain('event: generation.completed')
    const deliveredBefore = [...delivered]
    await eventually(async () => delivered.includes(`generation:${id}`))
    return deliveredBefore
  })
  expect(seen).not.toContain('generation:gen_new')
})

/** Opens a stream of this many events, each larger than half of the stream's buffer. */
const openOn = (lastSeq: number) => {
  const asked: number[] = []
  const after = (seq: number): Batch | undefined => {
    asked.push(seq)
    return seq < lastSeq ? { lastSeq: seq + 1, bytes: new Uint8Array(40 * 1024) } : undefined
  }
  const feed = { after, lastSeq: () => lastSeq, isOver: () => false }
  const stream = createEventStream(feed, 0, Infinity)
  const onEnd = vi.fn<() => void>()
  return { asked, stream, reader: stream.open(onEnd).getReader(), onEnd }
}

it('leaves events that its reader does not take in the log, and ends after five heartbeats', async () => {
  const { asked, stream, reader, onEnd } = openOn(100)
  expect(asked).toEqual([0, 1])
  for (let beats = 0; beats < 4; beats++) {
    stream.beat()
    stream.wake()
  }
  expect(onEnd).not.toHaveBeenCalled()
  stream.beat()
  expect(onEnd).toHaveBeenCalledOnce()
  expect(asked).toEqual([0, 1])
  let chunks = 0
  while (!(await reader.read()).done) chunks++
  // The retry hint, and the two events that there was room for.
  expect(chunks).toBe(3)
})

it('goes on from where it stopped as soon as its reader takes something', async () => {
  const { asked, stream, reader, onEnd } = openOn(4)
  for (let beats = 0; beats < 4; beats++) stream.beat()
  for (let chunks = 0; chunks < 5; chunks++) expect((await reader.read()).done).toBe(false)
  for (let beats = 0; beats < 4; beats++) stream.beat()
  expect(onEnd).not.toHaveBeenCalled()
  expect(new Set(asked)).toEqual(new Set([0, 1, 2, 3, 4]))
})
