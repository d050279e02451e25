import { runInDurableObject } from 'cloudflare:test'
import { afterEach, expect, it, vi } from 'vitest'
import { newCaller } from './callers.ts'
import {
  accountStub,
  call,
  calls,
  control,
  create,
  eventually,
  freshWorld,
  marked,
  read,
  ring,
  settle,
  stopClocks,
  travel,
} from './harness.ts'
import { schedule } from './schedules-world.ts'

freshWorld()
afterEach(() => vi.restoreAllMocks())

/** The lengths of the timers that the account has set since and that are still to ring. */
const pendingTimers = (): (() => number[]) => {
  const pending = new Map<unknown, number>()
  const [set, clear] = [globalThis.setTimeout, globalThis.clearTimeout]
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((ring: () => void, ms: number) => {
    const timer: unknown = set(() => {
      pending.delete(timer)
      ring()
    }, ms)
    if (new Error('where').stack?.includes('/src/account/')) pending.set(timer, ms)
    return timer
  }) as typeof setTimeout)
  vi.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
    pending.delete(timer)
    clear(timer as number)
  })
  return () => [...pending.values()]
}

it('leaves no timer pending once it has answered, so that an idle account can sleep', async () => {
  const { id } = await create({ prompt: marked('render_ms=600000') })
  await schedule({ cron: '0 0 1 1 *' })
  const pending = pendingTimers()
  await ring()
  await read(id)
  await call(`/v1/generations/${id}/cancel`, { method: 'POST' })
  const { made, call: asKey } = await newCaller()
  await asKey(`/v1/keys/${made.id}`, { method: 'DELETE' })
  // An alarm of its own may be at work just now, and is done in a moment.
  await expect.poll(pending, { timeout: 3000 }).toEqual([])
})

it('leaves what cannot be sent to the alarm, ever more rarely, and sends the rest', async () => {
  await stopClocks()
  const sign = crypto.subtle.sign.bind(crypto.subtle)
  let broken = 1000
  let tries = 0
  // The address for the webhook of a submit cannot be made.
  vi.spyOn(crypto.subtle, 'sign').mockImplementation((algorithm, key, data) => {
    const isRoot = new TextDecoder().decode(data as Uint8Array) === 'pika-edge/callback/default'
    if (!isRoot || tries >= broken) return sign(algorithm, key, data)
    tries++
    return Promise.reject(new Error('broken'))
  })
  await create({}, { prefer: 'wait=0' })
  await settle()
  expect(tries).toBe(1)
  for (let second = 0; second < 300; second += 5) {
    await travel(5000)
    await ring()
  }
  expect(tries).toBeGreaterThan(4)
  expect(tries).toBeLessThan(12)
  broken = tries
  await create()
  expect(await calls('submit')).toHaveLength(1)
  await travel(300_000)
  await ring()
  await eventually(async () => (await calls('submit')).length === 2)
})
