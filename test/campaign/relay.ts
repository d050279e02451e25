/** A TCP relay in front of a server that can break connections or hold answers back. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { listen } from '../shared/listen.ts'

interface Line {
  readonly caller: Socket
  readonly server: Socket
  isWaiting: boolean
}

/** @param onAnswer called at the first bytes of an answer, before they are passed on */
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

  /** Breaks every connection, and returns how many requests were waiting. */
  const cut = (): number => {
    const cutting = [...lines]
    lines.clear()
    for (const { caller, server } of cutting) {
      // No server here notices a plain close, but each notices a reset.
      server.resetAndDestroy()
      caller.resetAndDestroy()
    }
    return cutting.filter(({ isWaiting }) => isWaiting).length
  }
  return {
    url,
    /** How many requests are in flight without a byte of their answer. */
    waiting: () => [...lines].filter(({ isWaiting }) => isWaiting).length,
    cut,
    /** Holds all answers back until `release`. */
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
