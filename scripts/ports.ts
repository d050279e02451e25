/** Ports of this machine. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** A port that is free now. */
export const freePort = (): Promise<number> => listenOnce(0)

/** Throws an error for people if the port is taken. */
export const requireFree = async (port: number, flag: string): Promise<void> => {
  await listenOnce(port).catch(() => {
    throw new Error(`port ${port} is taken; choose another with ${flag} <port>`)
  })
}

const listenOnce = async (port: number): Promise<number> => {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: bound } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return bound
}
