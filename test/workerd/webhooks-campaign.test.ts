/** Deliveries under faults: receivers that fail, hang or are busy, and an account that dies. */
import { abortAllDurableObjects } from 'cloudflare:test'
import { beforeEach, expect, it, vi } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { crashBefore, logNothing, survived } from './crash.ts'
import { answering, clearReceived, received } from './received.ts'
import { api, clock, eventually, fal, freshWorld, inside, MINUTE_MS } from './world.ts'

freshWorld()

const SEED = 20_261_128
const STEPS = 60
const HOSTS = ['one', 'two', 'three'].map((name) => `${name}.receiver.test`)
const FATES = ['ok', 'ok', '500', '429/120', 'redirect', 'hang']

/** @see https://en.wikipedia.org/wiki/Xorshift */
const randomOf = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

beforeEach(async () => {
  await clearReceived()
  logNothing()
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(ms === 15_000 ? 100 : ms))
})

const owes = () =>
  inside.storage(({ sql }) => {
    const pending = 'SELECT COUNT(*) AS n FROM webhook_deliveries WHERE due_at_ms IS NOT NULL'
    return sql.exec<{ n: number }>(pending).one().n
  })

/** Has the account die before its `nth` write from now on. */
const dieBefore = (nth: number) =>
  crashBefore(nth, (query) => query.includes('webhook_deliveries') && !/^\s*SELECT/.test(query))

it('delivers all that is true and nothing else, each under one id, whatever fails and dies', async () => {
  await clock.stop()
  const random = randomOf(SEED)
  for (const host of HOSTS) await api.post('/v1/webhooks', { url: `https://${host}/ok` })
  let deaths = 0
  for (let step = 0; step < STEPS; step++) {
    const fates = HOSTS.map((host) => [host, FATES[random(FATES.length)] ?? 'ok'])
    await answering(Object.fromEntries(fates))
    const dies = random(3)
    if (dies === 0) await survived(dieBefore(1 + random(4)))
    if (random(2) === 0) {
      const prompt = random(4) === 0 ? fal.marked('outcome=model_500') : api.PROMPT
      await survived(api.create({ prompt }))
    }
    await survived(fal.deliverAll())
    await clock.settle(random(60))
    if (dies === 1) await abortAllDurableObjects()
    if (dies < 2) deaths++
    await clock.travel(random(20) * MINUTE_MS)
    await survived(clock.ring())
    await clock.settle(20)
  }
  await answering(Object.fromEntries(HOSTS.map((host) => [host, 'ok'])))
  await abortAllDurableObjects()
  await eventually(async () => {
    await fal.deliverAll()
    await clock.travel(10 * MINUTE_MS)
    await survived(clock.ring())
    const all = await api.list()
    return all.every(({ status }) => /completed|failed/.test(status)) && (await owes()) === 0
  })
  // Whose caller saw the account die may be there as well.
  const generations = new Map((await api.list()).map((each) => [each.id, each]))
  const made = [...generations.keys()]
  const bodies = new Map<string, string>()
  const taken = new Set<string>()
  for (const { headers, body, url } of await received()) {
    const id = headers['webhook-id'] ?? ''
    expect(bodies.get(id) ?? body).toBe(body)
    bodies.set(id, body)
    const { type, data }: { type: string; data: Generation } = JSON.parse(body)
    expect(type).toBe(`generation.${data.status}`)
    expect(data).toEqual(generations.get(data.id))
    taken.add(`${new URL(url).host} ${data.id}`)
  }
  const wanted = HOSTS.flatMap((host) => made.map((id) => `${host} ${id}`))
  expect([...taken].toSorted()).toEqual(wanted.toSorted())
  expect([bodies.size, deaths > 20, made.length > 20]).toEqual([made.length, true, true])
})
