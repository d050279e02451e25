/** A TCP relay in front of a server, which can break the connections through it, or hold answers back. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { listen } from '../shared/listen.ts'

interface Line {
  readonly caller: Socket
  readonly server: Socket
  isWaiting: boolean
}

/** @param onAnswer called with the first bytes of an answer, before they go on */
export const startRelay = async (target: string, onAnswer = (): void => undefined) => {
  const { hostname, port } = new URL(target)
  const lines = new Set<Line>()
  let isHolding = false

  const relay = createServer((caller) => {
    const server = connect({ host: hostname, port: Number(port), noDelay: true })
    const line: Line = { caller: caller.setNoDelay(true), server, isWaiting: false }
    lines.add(line)
    caller.on('data', (bytes) => {
      line.isWaiting = true
      server.write(bytes)
    })
    server.on('data', (bytes) => {
      if (line.isWaiting) onAnswer()
      line.isWaiting = false
      caller.write(bytes)
    })
    if (isHolding) server.pause()
    for (const [end, other] of [
      [caller, server],
      [server, caller],
    ] as const) {
      end.on('error', () => end.destroy())
      end.on('close', () => {
        lines.delete(line)
        other.destroySoon()
      })
    }
  })
  const url = await listen(relay)

  /** Breaks every connection, and says how many requests were waiting. */
  const cut = (): number => {
    const cutting = [...lines]
    lines.clear()
    for (const { caller, server } of cutting) {
      // A plain close is noticed by no server here, a reset is.
      server.resetAndDestroy()
      caller.resetAndDestroy()
    }
    return cutting.filter(({ isWaiting }) => isWaiting).length
  }
  return {
    url,
    /** How many requests are under way of whose answers not a byte has come back. */
    waiting: () => [...lines].filter(({ isWaiting }) => isWaiting).length,
    cut,
    /** Lets no byte of an answer through until they are released. */
    hold: () => {
      isHolding = true
      for (const { server } of lines) server.pause()
    },
    release: () => {
      isHolding = false
      for (const { server } of lines) server.resume()
    },
    [Symbol.asyncDispose]: async () => {
      cut()
      relay.close()
      await once(relay, 'close')
    },
  }
}
