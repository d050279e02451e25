/**
 * A webhook receiver outside the tested Worker. Each host under receiver.test answers as the path
 * says, and remembers what it was sent.
 */

/** What a receiver was sent, and when. */
export interface Received {
  readonly url: string
  readonly atMs: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The parts of a request from workerd that are used here. */
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
      // Sets how a host answers from now on, whatever the path.
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
