/** Where every outgoing request of a Worker under test ends up: fal's emulator, a receiver of webhooks, or nowhere. */
import { createReceiver, type Outgoing } from './receiver.ts'
import { createEmulator, readVideo } from '../../src/emulator/index.ts'

const HOSTS = new Set(['queue.fal.run', 'api.fal.ai', 'rest.fal.ai', 'emulator.test'])

/** An emulator of its own for each Worker, so that test files can run beside each other. */
export const createOutbound = (): ((request: Outgoing) => Promise<Response>) => {
  const emulator = createEmulator({
    loadVideo: readVideo,
    queueMs: 0,
    renderMs: 0,
    // A Worker under test listens on no port: the tests fetch what is held and deliver it.
    deliver: async () => new Response(null, { status: 503 }),
  })
  const receiver = createReceiver()
  return async (request) => {
    const { host } = new URL(request.url)
    if (/(^|\.)receiver\.test$/.test(host)) return receiver(request)
    if (!HOSTS.has(host)) return new Response(`no request may go to ${host}`, { status: 599 })
    const hasBody = request.method !== 'GET' && request.method !== 'HEAD'
    return emulator.fetch(
      new Request(request.url, {
        method: request.method,
        headers: [...request.headers],
        redirect: 'manual',
        ...(hasBody ? { body: await request.arrayBuffer() } : {}),
      }),
    )
  }
}
