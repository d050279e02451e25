/** A bare Worker: the same call to fal, the same write to KV, and no error handling. */

interface Env {
  readonly FAL_QUEUE_URL: string
  readonly FAL_KEY: string
  readonly WEBHOOK_URL: string
  readonly REQUESTS: KVNamespace
  readonly KEY_LIMIT: RateLimit
}

export default {
  async fetch(request, env) {
    if (request.method === 'GET') {
      const { pathname, search } = new URL(request.url)
      const key = pathname.slice(1)
      if (search === '?limited' && !(await env.KEY_LIMIT.limit({ key })).success) {
        return new Response(null, { status: 429 })
      }
      const kept = await env.REQUESTS.get(key, { type: 'json', cacheTtl: 30 })
      return kept === null ? new Response(null, { status: 404 }) : Response.json(kept)
    }
    const input = await request.json()
    const url = new URL(`${env.FAL_QUEUE_URL}/fal-ai/pika/v2.2/text-to-video`)
    url.searchParams.set('fal_webhook', env.WEBHOOK_URL)
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Key ${env.FAL_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
    })
    const { request_id } = await answer.json<{ request_id: string }>()
    await env.REQUESTS.put(`request:${request_id}`, JSON.stringify({ status: 'queued', input }))
    return Response.json({ request_id, status: 'queued' }, { status: 202 })
  },
} satisfies ExportedHandler<Env>
