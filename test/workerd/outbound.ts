/** Where a tested Worker's requests end up: fal's emulator, a webhook receiver, or nowhere. */
import { createReceiver, type Outgoing } from './receiver.ts'
import { createEmulator, readVideo } from '../../src/emulator/index.ts'

const HOSTS = new Set(['queue.fal.run', 'api.fal.ai', 'rest.fal.ai', 'emulator.test'])

/** Gives each Worker its own emulator, so that test files can run in parallel. */
export const createOutbound = (): ((request: Outgoing) => Promise<Response>) => {
  const emulator = createEmulator({
    loadVideo: readVideo,
    queueMs: 0,
    renderMs: 0,
    // A tested Worker listens on no port: the tests fetch the held webhooks and deliver them.
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
