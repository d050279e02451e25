import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { expect, it, vi } from 'vitest'
import { newCaller } from './callers.ts'
import { hold } from './hold.ts'
import { follow } from './sse.ts'
import { schedule } from './schedules-world.ts'
import { api, clock, eventually, fal, freshWorld, inside } from './world.ts'

freshWorld()

it('leaves no timer pending once it has answered, so that an idle account can sleep', async () => {
  const { id } = await api.create({ prompt: fal.marked('render_ms=600000') })
  await schedule({ cron: '0 0 1 1 *' })
  const pending = new Map<unknown, number>()
  const [set, clear] = [globalThis.setTimeout, globalThis.clearTimeout]
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((ring: () => void, ms: number) => {
    if (!new Error('where').stack?.includes('/src/')) return set(ring, ms)
    // The gateway's own never ring, so that only what clears them ends them.
    const timer = set(() => undefined, ms)
    pending.set(timer, ms)
    return timer
  }) as typeof setTimeout)
  vi.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
    pending.delete(timer)
    clear(timer)
  })
  await clock.ring()
  await api.read(id)
  await api.cancel(id)
  const { made, remove } = await newCaller()
  await remove(`/v1/keys/${made.id}`)
  await eventually(async () => pending.size === 0).catch(() => undefined)
  expect([...pending.values()]).toEqual([])
})

it('leaves what cannot be sent to the alarm, ever more rarely, and sends the rest', async () => {
  await clock.stop()
  const sign = crypto.subtle.sign.bind(crypto.subtle)
  let broken = 1000
  let tries = 0
  // The address for the webhook of a submit cannot be made.
  vi.spyOn(crypto.subtle, 'sign').mockImplementation((algorithm, key, data) => {
    const isAddress = /^gen_\w+$/.test(new TextDecoder().decode(data))
    if (!isAddress || tries >= broken) return sign(algorithm, key, data)
    tries++
    return Promise.reject(new Error('broken'))
  })
  await api.create({}, { prefer: 'wait=0' })
  await clock.settle()
  // Each try signs twice: for the webhook, and for the video.
  expect(tries).toBe(2)
  for (let second = 0; second < 300; second += 5) await clock.pass(5000)
  expect(tries).toBeGreaterThan(8)
  expect(tries).toBeLessThan(24)
  broken = tries
  await api.create()
  expect(await fal.calls('submit')).toHaveLength(1)
  await clock.pass(300_000)
  await eventually(async () => (await fal.calls('submit')).length === 2)
})

const runDue = () => runInDurableObject(inside.stub(), (account) => void account.runDue(0, null))

it('sends one cancel at a time for a generation, and at most four at once', async () => {
  await clock.stop()
  const create = () => api.create({ prompt: fal.marked('render_ms=600000') })
  const { id } = await create()
  const made = await Promise.all([1, 2, 3, 4, 5].map(create))
  const { held, letGo } = hold('/cancel')
  const first = api.cancel(id)
  await eventually(async () => held.length === 1)
  await clock.travel(2000)
  await runDue()
  const again = api.cancel(id)
  await clock.settle()
  expect(held).toHaveLength(1)
  const others = made.map((other) => api.cancel(other.id))
  await eventually(async () => held.length >= 4)
  await clock.settle()
  expect(held).toHaveLength(4)
  await letGo()
  await Promise.all([first, again, ...others])
  await eventually(async () => (await fal.calls('cancel')).length === 6)
})

it('counts a look of its own once, however often it joins that of a reader', async () => {
  await clock.stop()
  const { id } = await api.create({ prompt: fal.marked('render_ms=600000 webhook=lost') })
  await clock.travel(121_000)
  const { held, letGo } = hold('/status')
  const reading = api.read(id)
  await eventually(async () => held.length === 1)
  // A claim lasts for a minute.
  for (let minutes = 0; minutes < 3; minutes++) {
    await runDue()
    await clock.travel(61_000)
  }
  await letGo()
  await reading
  const looked = `SELECT looks ->> '$.count' AS n FROM generations WHERE n > 0`
  const count = await eventually(async () => (await inside.sql(looked))[0])
  expect([count, held.length]).toEqual([{ n: 1 }, 1])
})

it('keeps nothing of a generation in memory once a webhook has ended it', async () => {
  const filled = [vi.spyOn(Map.prototype, 'set'), vi.spyOn(Set.prototype, 'add')]
  const holdersOf = (id: string) =>
    filled
      .flatMap(({ mock }) => mock.contexts as (Map<unknown, unknown> | Set<unknown>)[])
      .filter((collection) => collection.has(id))
  await clock.stop()
  const { id } = await api.create({ prompt: fal.marked('render_ms=10000') })
  const { ended } = await follow(id)
  await api.read(id)
  expect(holdersOf(id).length).toBeGreaterThan(2)
  await clock.travel(10_000)
  await fal.deliverAll()
  await ended
  expect(holdersOf(id)).toEqual([])
})

/** How often fal is asked about a generation in the first two minutes in which someone watches. */
const looksWhileWatched = async (hooks: 'on' | 'off'): Promise<number> => {
  const { id } = await api.create({ prompt: fal.marked('render_ms=600000') })
  if (hooks === 'off') {
    await inside.sql(`UPDATE generations SET doc = json_set(doc, '$.webhookOrigin', NULL)`)
    // It knows its rows by heart.
    await evictDurableObject(inside.stub())
  }
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  const { leave } = await follow(id)
  for (let second = 0; second < 120; second++) {
    await inside.advanceTimers(1000)
    await fal.calls()
    // The clock is ahead of the one that alarms ring by.
    if (second % 10 === 9) await clock.ring()
  }
  leave()
  vi.useRealTimers()
  return (await fal.calls('status')).length
}

it('asks ever less about what is watched, unless no webhook can come', async () => {
  const looks = await looksWhileWatched('on')
  expect(looks).toBeGreaterThan(12)
  expect(looks).toBeLessThan(30)
  expect((await looksWhileWatched('off')) - looks).toBeGreaterThan(50)
})
