/** A fresh gateway and emulator for each test in workerd, and what nearly every test uses. */
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

/** The names of the objects that were reached since the last reset, whoever reached them. */
const reached = new Set<string>()
const namespaces: DurableObjectNamespace = Object.getPrototypeOf(env.ACCOUNTS)
namespaces.getByName = new Proxy(Reflect.get(namespaces, 'getByName'), {
  apply(target, namespace, [name, ...options]: Parameters<typeof namespaces.getByName>) {
    reached.add(name)
    return Reflect.apply(target, namespace, [name, ...options])
  },
})

/**
 * Deletes every account and its storage. A reset deletes only the storage of objects that are
 * awake. One that crashed or was evicted would come back with everything, so each is woken first.
 * Objects that an earlier reset emptied are not woken: they stay on the platform's list for good,
 * and waking them all would take ever longer.
 */
const deleteAccounts = async (): Promise<void> => {
  reached.delete(DIRECTORY_NAME)
  for (const id of reached) await runInDurableObject(stub(id), () => undefined)
  await reset()
  reached.clear()
}

/**
 * Call this once per file. Webhooks are held until a test delivers them.
 *
 * @param history whether fal's history lists what was sent, so that a lost submit is found there
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
