/** Connections that end without an answer, and waits that end with the connection. */

/**
 * What `fetch` throws instead of an answer: `lost` if the connection was closed after the request
 * was accepted, `reset` if it was torn down before.
 */
export class ConnectionLost extends TypeError {
  readonly how: 'lost' | 'reset'

  constructor(how: 'lost' | 'reset') {
    super(`fetch failed: the emulator ${how === 'lost' ? 'closed' : 'reset'} the connection`)
    this.name = 'ConnectionLost'
    this.how = how
  }
}

/** Sleeps in real time; rejects as soon as the caller leaves or the emulator closes. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => {
      clearTimeout(timer)
      reject(new ConnectionLost('lost'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', fail)
      resolve()
    }, ms)
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })
}

/** Never answers: rejects when the caller leaves or the emulator closes. */
export function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(new ConnectionLost('lost'))
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })
}
