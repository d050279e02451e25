/** Where every outgoing request of the Worker under test ends up: fal's emulator, or nowhere. */
import { createEmulator, readVideo } from '../../src/emulator/index.ts'

const HOSTS = new Set(['queue.fal.run', 'rest.fal.ai', 'emulator.test'])

const emulator = createEmulator({
  loadVideo: readVideo,
  queueMs: 0,
  renderMs: 0,
  // A Worker under test listens on no port: the tests fetch what is held and deliver it.
  deliver: async () => new Response(null, { status: 503 }),
})

export const emulatorOutbound = async (request: {
  url: string
  method: string
  headers: Iterable<[string, string]>
  arrayBuffer(): Promise<ArrayBuffer>
}): Promise<Response> => {
  const { host } = new URL(request.url)
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
