/** Connections that end without an answer, and waiting that ends with the connection. */

/**
 * What `fetch` sees instead of an answer: `lost` is a connection closed after the request was taken,
 * `reset` one that was torn down before.
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
    const leave = () => {
      clearTimeout(timer)
      reject(new ConnectionLost('lost'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave)
      resolve()
    }, ms)
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
  })
}

/** Never answers: rejects when the caller leaves or the emulator closes. */
export function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = () => reject(new ConnectionLost('lost'))
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
  })
}
