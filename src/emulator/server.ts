/** Serves the emulator on a local port, where it can really drop a connection. Node only. */
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { ConnectionLost } from './connection.ts'
import { DEFAULT_FAL_KEY } from './context.ts'
import type { EmulatorOptions } from './context.ts'
import { restoreEmulator } from './emulator.ts'
import type { Emulator } from './emulator.ts'
import { openStore } from './store-file.ts'
import { readVideo } from './videos.ts'

/** The control endpoint needs no key, so the emulator listens on this machine only. */
export type LoopbackHost = '127.0.0.1' | '::1' | 'localhost'

/** How the emulated queue behaves, and where it listens. */
export interface ServerOptions extends Omit<EmulatorOptions, 'loadVideo'> {
  /** 0, the default, takes any free port. */
  port?: number
  host?: LoopbackHost
  /** A file that keeps jobs and the signing key across restarts; none by default. */
  statePath?: string
  /** Defaults to the videos that come with the emulator. */
  loadVideo?: EmulatorOptions['loadVideo']
}

/** fal's queue, listening on this machine. */
export interface EmulatorServer {
  url: string
  jwksUrl: string
  falKey: string
  emulator: Emulator
  /** Resolves when nothing is left open. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts the emulator on a port.
 *
 * @example
 * await using server = await startEmulator({ queueMs: 0, renderMs: 50 })
 */
export async function startEmulator(options: ServerOptions = {}): Promise<EmulatorServer> {
  const { port = 0, host = '127.0.0.1', loadVideo = readVideo, statePath, ...rest } = options
  if (!['127.0.0.1', '::1', 'localhost'].includes(host)) {
    throw new RangeError(`The emulator listens on loopback only, not on ${host}`)
  }
  const store = statePath === undefined ? undefined : openStore(statePath)
  const emulator = restoreEmulator({ ...rest, loadVideo }, store)
  const listen = getRequestListener(async (request, { incoming }) => {
    try {
      return await emulator.fetch(request)
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error
      endConnection(incoming, error.how)
      return RESPONSE_ALREADY_SENT
    }
  })
  const server = createServer((request, response) => void listen(request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const boundPort = typeof address === 'object' && address !== null ? address.port : port
  const url = `http://${host === '::1' ? '[::1]' : host}:${boundPort}`

  const close = async () => {
    emulator.close()
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }
  return {
    url,
    jwksUrl: `${url}/.well-known/jwks.json`,
    falKey: options.falKey ?? DEFAULT_FAL_KEY,
    emulator,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** `reset` sends a TCP reset, `lost` closes the socket normally. */
function endConnection(
  { socket }: Pick<IncomingMessage, 'socket'>,
  how: ConnectionLost['how'],
): void {
  if (how === 'reset') socket.resetAndDestroy()
  else socket.destroy()
}
