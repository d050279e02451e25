import { runInDurableObject } from 'cloudflare:test'
import { afterEach, expect, it, vi } from 'vitest'
import { newCaller } from './callers.ts'
import { accountStub, call, control, create, freshWorld, marked, read, ring } from './harness.ts'
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
