/** Makes accounts die in the middle of their work, for tests of what they leave behind. */
import { runInDurableObject } from 'cloudflare:test'
import { vi } from 'vitest'
import { stub } from './inside.ts'

/** The result of a call, or undefined if the account dies meanwhile. */
export const survived = <T>(call: Promise<T>): Promise<T | undefined> => call.catch(() => undefined)

/** Mutes the logs: vitest waits in vain for lines logged in the turn in which the account dies. */
export const logNothing = (): void => {
  for (const level of ['log', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation(() => undefined)
  }
}

/**
 * Kills the account before its `nth` write from now on that `isWrite` accepts; it sees the setting
 * of the alarm as `alarm`. The returned function says whether the account has died.
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
