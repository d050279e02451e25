/** Time for the tests in workerd: the gateway's clock, fal's clock and the accounts' alarms. */
import { env } from 'cloudflare:workers'
import { runDurableObjectAlarm } from 'cloudflare:test'
import { vi } from 'vitest'
import { control } from './fal.ts'

export { settle } from './wait.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** Stops both clocks at the present, so that only {@link travel} moves them. */
export const stop = async (): Promise<void> => {
  const nowMs = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: nowMs })
  await control('/clock', { frozen: true })
  await control('/clock', { set_ms: nowMs })
}

/** Moves the gateway's clock and fal's to the same later moment; rings no alarm. */
export const travel = async (ms: number): Promise<void> => {
  vi.setSystemTime(Date.now() + ms)
  await control('/clock', { set_ms: Date.now() })
}

/** Rings the account's alarm now, whatever time it is set for. */
export const ring = (id = 'default'): Promise<boolean> =>
  runDurableObjectAlarm(env.ACCOUNTS.getByName(id))

/** Moves the clocks, and then rings the alarm. */
export const pass = async (ms: number, id = 'default'): Promise<void> => {
  await travel(ms)
  await ring(id)
}
