/** Ports of this machine. */
import { createServer } from 'node:net'

/** A port that is free now. */
export const freePort = (): Promise<number> => listenOnce(0)

/** Throws an error for people if the port is taken. */
export const requireFree = async (port: number, flag: string): Promise<void> => {
  await listenOnce(port).catch(() => {
    throw new Error(`port ${port} is taken; choose another with ${flag} <port>`)
  })
}

const listenOnce = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      const bound = typeof address === 'object' && address !== null ? address.port : port
      server.close(() => resolve(bound))
    })
  })
