/** Accounts that die in the middle of what they do, for the tests of what is left then. */
import { runInDurableObject } from 'cloudflare:test'
import { vi } from 'vitest'
import { stub } from './inside.ts'

/** What comes of a call; undefined if the account dies meanwhile. */
export const survived = <T>(call: Promise<T>): Promise<T | undefined> => call.catch(() => undefined)

/** What is logged in the turn in which the account dies, vitest would wait for in vain. */
export const logNothing = (): void => {
  for (const level of ['log', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation(() => undefined)
  }
}

/**
 * Has the account die before the `nth` of such writes from now on, of which setting its alarm is
 * one; answers whether it has.
 */
export const crashBefore = async (
  nth: number,
  isWrite: (query: string) => boolean,
  id = 'default',
): Promise<() => boolean> => {
  let writes = 0
  await runInDurableObject(stub(id), (_, state) => {
    const { storage } = state
    const write = () => {
      if (++writes === nth) state.abort('killed')
    }
    const exec = storage.sql.exec.bind(storage.sql)
    storage.sql.exec = (query: string, ...values: unknown[]) => {
      if (isWrite(query)) write()
      return exec<never>(query, ...values)
    }
    const setAlarm = storage.setAlarm.bind(storage)
    storage.setAlarm = (...args) => {
      if (isWrite('alarm')) write()
      return setAlarm(...args)
    }
  })
  return () => writes >= nth
}
