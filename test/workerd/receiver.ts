/**
 * A receiver of webhooks, outside of the Worker under test. Each host under receiver.test answers
 * as its path says, and remembers what it was sent.
 */

/** What a receiver was sent, and when. */
export interface Received {
  readonly url: string
  readonly atMs: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What is used of a request that leaves workerd. */
export interface Outgoing {
  readonly url: string
  readonly method: string
  readonly headers: Iterable<[string, string]>
  arrayBuffer(): Promise<ArrayBuffer>
}

export const createReceiver = (): ((request: Outgoing) => Promise<Response>) => {
  let received: Received[] = []
  let answers: Record<string, string> = {}
  return async (request) => {
    const { url, headers } = request
    const { host, pathname } = new URL(url)
    const body = new TextDecoder().decode(await request.arrayBuffer())
    if (host === 'receiver.test') {
      if (request.method === 'GET') return Response.json(received)
      if (request.method === 'DELETE') [received, answers] = [[], {}]
      // How a host answers from now on, whatever its path.
      else answers = { ...answers, ...(JSON.parse(body) as Record<string, string>) }
      return Response.json({})
    }
    received.push({ url, atMs: Date.now(), headers: Object.fromEntries(headers), body })
    const [how = 'ok', after] = (answers[host] ?? pathname.slice(1)).split('/')
    if (how === 'hang') return new Promise<Response>(() => undefined)
    if (how === 'redirect') return Response.redirect('https://elsewhere.receiver.test/ok')
    if (how === 'ok') return new Response('thanks')
    const retryAfter = after === undefined ? {} : { 'retry-after': after }
    return new Response('no', { status: Number(how), headers: retryAfter })
  }
}
