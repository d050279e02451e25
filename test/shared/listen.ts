/** Where a test's server listens: on this machine, at a free port. */
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'

/** Starts it, and gives its origin. */
export const listen = async (server: Server): Promise<string> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
