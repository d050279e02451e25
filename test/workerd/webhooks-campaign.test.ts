/** Deliveries under faults: receivers that fail, hang or are busy, and an account that dies. */
import { abortAllDurableObjects } from 'cloudflare:test'
import * as fc from 'fast-check'
import { beforeEach, expect, it, vi } from 'vitest'
import type { Generation } from '../../src/contract/generation.ts'
import { crashBefore, logNothing, survived } from './crash.ts'
import { answering, clearReceived, received } from './received.ts'
import { api, clock, eventually, fal, freshWorld, inside, MINUTE_MS } from './world.ts'

freshWorld()

const HOSTS = ['one', 'two', 'three'].map((name) => `${name}.receiver.test`)
const FAILS = fal.marked('outcome=model_500')

const fate = fc.constantFrom('ok', 'ok', '500', '429/120', 'redirect', 'hang')
const step = fc.record({
  fates: fc.record(Object.fromEntries(HOSTS.map((host) => [host, fate]))),
  /** The prompt of a new generation; half of the time there is none. */
  prompt: fc.constantFrom(...Array(4).fill(null), ...Array(3).fill(api.PROMPT), FAILS),
  death: fc.constantFrom('before a write', 'afterwards', 'none'),
  write: fc.integer({ min: 1, max: 4 }),
  settleMs: fc.nat(59),
  minutes: fc.nat(19),
})
const STEPS = fc.sample(step, { seed: 20_261_128, numRuns: 60 })

beforeEach(async () => {
  await clearReceived()
  logNothing()
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(ms === 15_000 ? 100 : ms))
})

const owed = () => inside.sql('SELECT 1 FROM webhook_deliveries WHERE due_at_ms IS NOT NULL')

const isWrite = (query: string) => query.includes('webhook_deliveries') && !/^\s*SELECT/.test(query)

it('reports every end and nothing else, each under one id, whatever fails or crashes', async () => {
  await clock.stop()
  for (const host of HOSTS) await api.post('/v1/webhooks', { url: `https://${host}/ok` })
  for (const { fates, prompt, death, write, settleMs, minutes } of STEPS) {
    await answering(fates)
    if (death === 'before a write') await survived(crashBefore(write, isWrite))
    if (prompt !== null) await survived(api.create({ prompt }))
    await survived(fal.deliverAll())
    await clock.settle(settleMs)
    if (death === 'afterwards') await abortAllDurableObjects()
    await clock.travel(minutes * MINUTE_MS)
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
    return all.every(({ status }) => /completed|failed/.test(status)) && (await owed()).length === 0
  })
  // This includes generations whose caller saw the account die.
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
  expect(bodies.size).toBe(made.length)
  expect(made.length).toBeGreaterThan(20)
  expect(STEPS.filter(({ death }) => death !== 'none').length).toBeGreaterThan(20)
})
