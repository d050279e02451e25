/** Waiting in real time, for the tests in workerd. */

/** The real one, even if a test has faked the clock since. */
const realTimeout = globalThis.setTimeout

/** Waits in real time for what the object does on its own; the clocks may stand still. */
export const settle = (ms = 50): Promise<void> => new Promise((resolve) => realTimeout(resolve, ms))

/**
 * Waits until something holds, and looks every 20 ms in real time. It waits as long as a test may
 * take, since the time it needs depends only on how busy the machine is.
 */
export const eventually = async <T>(look: () => Promise<T | undefined | false>): Promise<T> => {
  for (let tries = 0; tries < 2000; tries++) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    await settle(20)
  }
  throw new Error('it never came to that')
}
