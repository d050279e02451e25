/** A receiver of fal's webhooks on this machine. It rejects the first, so that fal repeats it. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { arrayBuffer } from 'node:stream/consumers'
import { createWebhookVerifier } from '../../src/adapters/fal-webhook.ts'

/** @param path known only to fal; a request to another path is none of its webhooks */
export const receiveHooks = async (port: number, path: string, jwksUrl: string) => {
  const verifier = createWebhookVerifier(jwksUrl, (input, init) => fetch(input, init))
  const signatures = new Set<string>()
  const told = new Readable({ objectMode: true, read: () => undefined })
  const server = createServer((request, response) => {
    if (request.url?.endsWith(path) !== true) return void response.writeHead(404).end()
    void arrayBuffer(request).then(async (body) => {
      const headers = new Headers(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      )
      const signature = headers.get('x-fal-webhook-signature') ?? ''
      const isFirst = signatures.size === 0
      const again = signatures.has(signature) ? 'with the signature of before' : 'signed afresh'
      signatures.add(signature)
      const verified = await verifier.verify(headers, body, Date.now())
      const names = [...headers.keys()].filter((name) => name.startsWith('x-fal-'))
      told.push(
        `${verified.ok ? 'signature verified' : verified.error}, ${isFirst ? 'the first' : again}, ${names.join(', ')}`,
      )
      response.writeHead(isFirst ? 500 : 200).end()
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    /** A description of the next webhook; undefined if none comes in time. */
    next: async (patienceMs: number): Promise<string | undefined> => {
      const signal = AbortSignal.timeout(patienceMs)
      if (told.readableLength === 0) await once(told, 'readable', { signal }).catch(() => undefined)
      return told.read() ?? undefined
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
