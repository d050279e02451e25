/** A fresh gateway and a fresh emulator for each test in workerd, and what nearly every one uses. */
import { env } from 'cloudflare:workers'
import { reset, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { DIRECTORY_NAME } from '../../src/worker/directory.ts'
import { stop } from './clock.ts'
import { restart } from './fal.ts'
import { stub } from './inside.ts'
import { comeFrom } from './api.ts'

export * as api from './api.ts'
export * as clock from './clock.ts'
export { DAY_MS, HOUR_MS, MINUTE_MS } from './clock.ts'
export * as fal from './fal.ts'
export * as inside from './inside.ts'
export { eventually } from './wait.ts'

/** Names by which an object was reached since the last reset, whoever reached it. */
const reached = new Set<string>()
const namespaces: DurableObjectNamespace = Object.getPrototypeOf(env.ACCOUNTS)
namespaces.getByName = new Proxy(Reflect.get(namespaces, 'getByName'), {
  apply(target, namespace, [name, ...options]: Parameters<typeof namespaces.getByName>) {
    reached.add(name)
    return Reflect.apply(target, namespace, [name, ...options])
  },
})

/**
 * Deletes every account and what it has stored. A reset deletes the storage of what is awake, and
 * an object that crashed or was evicted would come back with all it had: each is woken first. Not
 * those that a reset has emptied: they stay on the list for good, and waking all of it would take
 * ever longer.
 */
const deleteAccounts = async (): Promise<void> => {
  reached.delete(DIRECTORY_NAME)
  for (const id of reached) await runInDurableObject(stub(id), () => undefined)
  await reset()
  reached.clear()
}

/**
 * To be called once in a file. Webhooks are held for each test to deliver.
 *
 * @param history whether fal's history lists what was sent: what is lost is found there
 * @param stopped whether every clock stands still from the start of each test
 */
export const freshWorld = ({ history = false, stopped = false } = {}): void => {
  beforeAll(deleteAccounts)
  beforeEach(async () => {
    comeFrom(`2001:db8:${crypto.randomUUID().slice(0, 4)}:${crypto.randomUUID().slice(0, 4)}::1`)
    await restart({ history_unlisted: history ? 0 : 1 })
    if (stopped) await stop()
  })
  afterEach(async () => {
    vi.useRealTimers()
    vi.restoreAllMocks()
    await deleteAccounts()
  })
}
