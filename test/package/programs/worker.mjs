/** The client in another Worker, over a service binding: answers what came of it. */
import { tryEverything } from './try-everything.mjs'

export default {
  async fetch(request, env) {
    return Response.json(
      await tryEverything({
        baseUrl: 'https://gateway.internal',
        apiKey: request.headers.get('x-test-key'),
        fetch: env.GATEWAY.fetch.bind(env.GATEWAY),
      }),
    )
  },
}
