/** What a request costs the Worker's bindings, and what an account costs fal, timers and memory. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { expect, it, vi } from 'vitest'
import { type Asking, callIn, changedEnv, listening, newCaller } from './callers.ts'
import { hold } from './hold.ts'
import { follow } from './sse.ts'
import { schedule } from './schedules-world.ts'
import { api, clock, eventually, fal, freshWorld, inside } from './world.ts'

freshWorld()

/** A gateway that records what it asks, in order, and lets a key make `mayCall` requests. */
const listenedTo = (mayCall = Infinity) => {
  const asked: string[] = []
  const limiter = (name: string, left: number) => ({
    limit: async () => {
      asked.push(name)
      return { success: left-- > 0 }
    },
  })
  const bindings = changedEnv({
    ...listening({
      onRead: (key) => asked.push(`KV ${key.split(':')[0]}`),
      onAccount: () => asked.push('account'),
    }),
    DIRECTORY: { getByName: () => asked.push('directory') },
    KEY_LIMIT: limiter('limit on keys', mayCall),
    ADDRESS_LIMIT: limiter('limit on addresses', Infinity),
  })
  const send = (path: string, init: Asking) => callIn(bindings, path, init)
  const ask = async (token: string, path: string, body?: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const asking = { ...(body === undefined ? {} : { method: 'POST', body }), headers }
    return (await send(`/v1/generations${path}`, asking)).status
  }
  return { asked, ask, send }
}

/** Counts the calls of each crypto function from here on. */
const counted = () => {
  const spies = (['importKey', 'sign', 'digest'] as const).map(
    (name) => [name, vi.spyOn(crypto.subtle, name)] as const,
  )
  return () => Object.fromEntries(spies.map(([name, { mock }]) => [name, mock.calls.length]))
}

const settledOne = async () => {
  const caller = await newCaller()
  const { id, client_secret } = await caller.create()
  await fal.deliverAll()
  await inside.settledInKv(id)
  return { id, secret: client_secret, key: caller.made.key }
}

it.each([
  ['an API key', 'key', { importKey: 0, sign: 0, digest: 1 }],
  ['a client secret', 'secret', { importKey: 0, sign: 1, digest: 1 }],
] as const)('reads a settled generation with one KV read, given %s', async (_what, by, crypto) => {
  const { id, ...tokens } = await settledOne()
  const { asked, ask } = listenedTo()
  expect(await ask(tokens[by], `/${id}`)).toBe(200)
  asked.length = 0
  const calls = counted()
  expect(await ask(tokens[by], `/${id}`)).toBe(200)
  expect(asked).toEqual(['limit on keys', 'KV generation'])
  expect(calls()).toEqual(crypto)
})

it('creates a generation with one call to the account, and imports no crypto key', async () => {
  const { made } = await newCaller()
  const { asked, ask } = listenedTo()
  const create = () => ask(made.key, '', JSON.stringify({ prompt: api.PROMPT }))
  expect(await create()).toBe(202)
  asked.length = 0
  const calls = counted()
  expect(await create()).toBe(202)
  expect(asked).toEqual(['limit on keys', 'account'])
  // It signs the client secret, the webhook's address and the video's address.
  expect(calls()).toEqual({ importKey: 0, sign: 3, digest: 1 })
})

it('reads nothing for a key that calls too often', async () => {
  const { id, key } = await settledOne()
  const { asked, ask } = listenedTo(1)
  expect(await ask(key, `/${id}`)).toBe(200)
  asked.length = 0
  expect(await ask(key, `/${id}`)).toBe(429)
  expect(asked).toEqual(['limit on keys'])
})

it("reads no generation for an invalid token, or for another generation's client secret", async () => {
  const { id, secret } = await settledOne()
  const changed = (text: string) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0')
  const { asked, ask } = listenedTo()
  for (const token of ['wrong', `pika_${'x'.repeat(43)}`, changed(secret)]) {
    expect(await ask(token, `/${id}`)).toBe(401)
  }
  expect(await ask(secret, `/${changed(id)}`)).toBe(404)
  expect(asked).toEqual(['limit on addresses', 'KV key', 'limit on keys'])
})

it("takes a known request's webhook with one call to the account, and without KV", async () => {
  const caller = await newCaller()
  const hookOfNew = async () => {
    const { fal_request_id } = await caller.create()
    return eventually(async () =>
      (await fal.heldHooks()).find(({ body }) => body.includes(fal_request_id ?? '')),
    )
  }
  const { asked, send } = listenedTo()
  const deliver = async ({ url, headers, body }: fal.HeldHook) => {
    const response = await send(new URL(url).pathname, { method: 'POST', headers, body })
    expect(await response.json()).toEqual({ outcome: 'taken' })
  }
  // The first one fetches fal's keys.
  await deliver(await hookOfNew())
  const hook = await hookOfNew()
  asked.length = 0
  const calls = counted()
  await deliver(hook)
  expect(asked).toEqual(['account'])
  expect(calls()).toEqual({ importKey: 0, sign: 1, digest: 1 })
})

it('leaves no timer pending once it has answered, so that an idle account can sleep', async () => {
  const { id } = await api.create({ prompt: fal.marked('render_ms=600000') })
  await schedule({ cron: '0 0 1 1 *' })
  const pending = new Map<unknown, number>()
  const [set, clear] = [globalThis.setTimeout, globalThis.clearTimeout]
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((ring: () => void, ms: number) => {
    if (!new Error('where').stack?.includes('/src/')) return set(ring, ms)
    // The gateway's own timers never ring, so that only clearing ends them.
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

it('retries by alarm, less and less often, what it cannot send, and sends the rest at once', async () => {
  await clock.stop()
  const sign = crypto.subtle.sign.bind(crypto.subtle)
  let broken = 1000
  let tries = 0
  // Signing the address of a submit's webhook fails.
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

it('sends one cancel at a time per generation, and at most four in all', async () => {
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

it("counts its own look once, however often it joins a reader's look", async () => {
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

it('keeps nothing about a generation in memory once a webhook has ended it', async () => {
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

/** How often the gateway asks fal about a generation in its first two minutes with a watcher. */
const looksWhileWatched = async (hooks: 'on' | 'off'): Promise<number> => {
  const { id } = await api.create({ prompt: fal.marked('render_ms=600000') })
  if (hooks === 'off') {
    await inside.sql(`UPDATE generations SET doc = json_set(doc, '$.webhookOrigin', NULL)`)
    // The account caches its rows in memory.
    await evictDurableObject(inside.stub())
  }
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  const { leave } = await follow(id)
  for (let second = 0; second < 120; second++) {
    await inside.advanceTimers(1000)
    await fal.calls()
    // This clock is ahead of the one that rings alarms.
    if (second % 10 === 9) await clock.ring()
  }
  leave()
  vi.useRealTimers()
  return (await fal.calls('status')).length
}

it('asks less and less often about a watched generation, unless no webhook can come', async () => {
  const looks = await looksWhileWatched('on')
  expect(looks).toBeGreaterThan(12)
  expect(looks).toBeLessThan(30)
  expect((await looksWhileWatched('off')) - looks).toBeGreaterThan(50)
})
