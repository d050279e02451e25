/** A receiver of fal's webhooks on this machine, which asks for the first of them twice. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createWebhookVerifier } from '../../src/adapters/fal-webhook.ts'

export interface Hooks extends AsyncDisposable {
  /** What the next webhook was like, in words; undefined if none comes in time. */
  readonly next: (patienceMs: number) => Promise<string | undefined>
}

/** @param path what only fal is told; anything else is none of its webhooks */
export const receiveHooks = async (port: number, path: string, jwksUrl: string): Promise<Hooks> => {
  const verifier = createWebhookVerifier(jwksUrl, (input, init) => fetch(input, init))
  const told: string[] = []
  const signatures = new Set<string>()
  let wake = (): void => undefined
  const server = createServer((request, response) => {
    if (request.url?.endsWith(path) !== true) return void response.writeHead(404).end()
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const headers = new Headers(
        Object.entries(request.headers).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]),
      )
      const isFirst = signatures.size === 0
      const signature = headers.get('x-fal-webhook-signature') ?? ''
      const isFresh = !signatures.has(signature)
      signatures.add(signature)
      const body = Uint8Array.from(Buffer.concat(chunks)).buffer
      void verifier.verify(headers, body, Date.now()).then((verified) => {
        const names = [...headers.keys()].filter((name) => name.startsWith('x-fal-'))
        told.push(
          `${verified.ok ? 'signature verified' : verified.error}, ${isFirst ? 'the first' : isFresh ? 'signed afresh' : 'with the signature of before'}, ${names.join(', ')}`,
        )
        response.writeHead(isFirst ? 500 : 200).end()
        wake()
      })
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    next: async (patienceMs) => {
      if (told.length === 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, patienceMs)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      return told.shift()
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
